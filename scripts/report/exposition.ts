/** One number of a metric, with the labels that tell it from the others. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A metric, with all of its numbers. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  /** One sentence, without a line break or a backslash. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * Metrics in the text format of Prometheus, version 0.0.4, sorted: the same numbers are the same bytes. A metric of which
 * nothing is known is left out.
 */
export function expositionText(metrics: readonly Metric[]): string {
  const known = metrics.filter(({ samples }) => samples.length > 0);
  return known
    .sort((a, b) => compare(a.name, b.name))
    .flatMap(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${numberText(value)}\n`);
      return [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${type}\n`, ...lines.sort(compare)];
    })
    .join('');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.sort(compare).join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

// By code units: the order of a locale is another one elsewhere.
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
