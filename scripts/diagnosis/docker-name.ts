import type { Case } from './case.ts';
import { containerOf } from './work-owner.ts';

/** What a command calls a container: its name, if it is one that Docker takes, or the digits that `docker ps` shows. */
export function dockerName(id: string, found: Pick<Case, 'facts'>): string {
  const name = containerOf({ container: id }, found)?.name;
  return name !== undefined && NAME.test(name) ? name : id.slice(0, 12);
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
