import { NAMESPACE } from '../metrics';
import type { Metrics } from '../runtime';
import { setting, variables } from './settings';

interface Counted {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly counts: Record<string, number>;
}

/**
 * Writes metrics as log lines that CloudWatch parses, without a call (CloudWatch User Guide, "Specification: Embedded metric format").
 *
 * Not Powertools' metrics: 10 KB more in each consumer for these lines.
 */
export function embeddedMetrics(): Metrics {
  const common = { service: setting(variables.service), stage: setting(variables.stage) };
  const counted = new Map<string, Counted>();
  return {
    count(name, value, dimensions) {
      const key = JSON.stringify(Object.entries(dimensions).sort());
      const known = counted.get(key) ?? { dimensions, counts: {} };
      counted.set(key, known);
      known.counts[name] = (known.counts[name] ?? 0) + value;
    },
    flush() {
      // One line for each set of dimensions, because a line has only one set.
      for (const { dimensions, counts } of counted.values()) write({ ...common, ...dimensions }, counts);
      counted.clear();
    },
  };
}

function write(dimensions: Readonly<Record<string, string>>, counts: Readonly<Record<string, number>>): void {
  const metrics = {
    Namespace: NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
  };
  const _aws = { Timestamp: Date.now(), CloudWatchMetrics: [metrics] };
  process.stdout.write(`${JSON.stringify({ _aws, ...dimensions, ...counts })}\n`);
}
