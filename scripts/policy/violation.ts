import { excerptOf, type Finding, type Severity } from './finding.ts';
import { type KeyPath, locate, type Part, type Source } from './source.ts';

/** A place in policy by name; `locate` makes line and column of it. */
export interface Spot {
  readonly source: Source;
  readonly path: KeyPath;
  /** What to point at: the value, unless said otherwise. */
  readonly part?: Part;
}

/** What a rule found. */
export interface Violation extends Spot {
  /** One sentence, lower case, no full stop; quotes the value and says what is allowed. */
  readonly message: string;
  readonly related?: readonly (Spot & { readonly message: string })[];
  readonly fix?: string;
}

/** A violation with its line, column and source line. */
export function toFinding(rule: { readonly id: string; readonly severity: Severity }, violation: Violation): Finding {
  const { source, path, part, message, related = [], fix } = violation;
  const location = locate(source, path, part);
  return {
    rule: rule.id,
    severity: rule.severity,
    message,
    location,
    excerpt: excerptOf(source.text, location),
    related: related.map((spot) => ({ location: locate(spot.source, spot.path, spot.part), message: spot.message })),
    ...(fix === undefined ? {} : { fix }),
  };
}
