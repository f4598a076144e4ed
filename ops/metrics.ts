import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { messageOf } from '../cli/failure';

/** A CloudWatch metric with one dimension. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimension: string;
  readonly value: string;
}

/** CloudWatch: the limit of metrics for one call of `GetMetricData`. */
const METRICS_PER_CALL = 500;
const PERIOD_SECONDS = 60;
/** Services report every minute, and a few minutes late. */
const WINDOW_MS = 5 * 60_000;

/**
 * Reads the newest value of each metric from the last five minutes: the maximum of one minute.
 *
 * Without the permission `cloudwatch:GetMetricData`, all values are undefined and a note says so.
 */
export async function newestValues(
  cloudwatch: CloudWatchClient,
  metrics: readonly Metric[],
  note: (text: string) => void,
): Promise<(number | undefined)[]> {
  const found = metrics.map((): number | undefined => undefined);
  const now = Date.now();
  try {
    for (let from = 0; from < metrics.length; from += METRICS_PER_CALL) {
      const { MetricDataResults = [] } = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(now - WINDOW_MS),
          EndTime: new Date(now),
          MetricDataQueries: metrics.slice(from, from + METRICS_PER_CALL).map(toQuery),
        }),
      );
      for (const result of MetricDataResults) found[from + Number(result.Id?.slice(1))] = newestOf(result);
    }
  } catch (error) {
    note(`The ages could not be read from CloudWatch: ${messageOf(error)}`);
  }
  return found;
}

/** The order of the values differs between CloudWatch and emulators. */
function newestOf({ Timestamps = [], Values = [] }: MetricDataResult): number | undefined {
  const times = Timestamps.map((time) => time.getTime());
  return Values[times.indexOf(Math.max(...times))];
}

function toQuery({ namespace, name, dimension, value }: Metric, index: number): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: name, Dimensions: [{ Name: dimension, Value: value }] },
      Period: PERIOD_SECONDS,
      Stat: 'Maximum',
    },
  };
}
