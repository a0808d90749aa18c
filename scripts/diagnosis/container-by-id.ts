import type { Case } from './case.ts';
import type { Container } from './facts.ts';
import { onceFor } from './once-for.ts';

/** What Docker says of the container with an id; absent where it does not tell. */
export function containerById(id: string, { facts: { containers } }: Pick<Case, 'facts'>): Container | undefined {
  return containers.kind === 'told' ? byId(containers.value).get(id) : undefined;
}

const byId = onceFor((containers: readonly Container[]) => new Map(containers.map((one) => [one.id, one])));
