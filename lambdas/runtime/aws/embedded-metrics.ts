import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { NAMESPACE } from '../metrics';
import type { Metrics } from '../runtime';
import { setting, variables } from './settings';

interface Counted {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly counts: Map<string, number>;
}

/** Writes metrics as log lines that CloudWatch parses (Embedded Metric Format), without a call. */
export function embeddedMetrics(): Metrics {
  const powertools = new PowertoolsMetrics({
    namespace: NAMESPACE,
    serviceName: setting(variables.service),
    defaultDimensions: { stage: setting(variables.stage) },
  });
  const counted = new Map<string, Counted>();
  return {
    count(name, value, dimensions) {
      const key = JSON.stringify(Object.entries(dimensions).sort());
      const { counts } = getOrAdd(counted, key, () => ({ dimensions, counts: new Map() }));
      counts.set(name, (counts.get(name) ?? 0) + value);
    },
    flush() {
      // One line for each set of dimensions, because a line has only one set.
      for (const { dimensions, counts } of counted.values()) {
        powertools.addDimensions({ ...dimensions });
        for (const [name, value] of counts) powertools.addMetric(name, MetricUnit.Count, value);
        powertools.publishStoredMetrics();
      }
      counted.clear();
    },
  };
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
