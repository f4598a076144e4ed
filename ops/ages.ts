import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { messageOf } from '../cli/failure';

/** The age of the oldest message of each queue, in seconds, by the queues' physical names. */
export type AgeOf = (queueNames: readonly string[]) => Promise<ReadonlyMap<string, number>>;

/** CloudWatch's limit for one call (API reference, GetMetricData). */
const QUERIES_PER_CALL = 500;
/** SQS reports every minute, and may be a few late. */
const WINDOW_MS = 10 * 60_000;

/** Asks CloudWatch; without a permission to, the ages are left out. */
export async function oldestMessages(
  cloudwatch: CloudWatchClient,
  queueNames: readonly string[],
  note: (text: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const ages = new Map<string, number>();
  const now = Date.now();
  try {
    for (let from = 0; from < queueNames.length; from += QUERIES_PER_CALL) {
      const some = queueNames.slice(from, from + QUERIES_PER_CALL);
      const { MetricDataResults = [] } = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(now - WINDOW_MS),
          EndTime: new Date(now),
          ScanBy: 'TimestampDescending',
          MetricDataQueries: some.map(query),
        }),
      );
      for (const { Id, Values: [newest] = [] } of MetricDataResults) {
        const name = some[Number(Id?.slice(1))];
        if (name !== undefined && newest !== undefined) ages.set(name, newest);
      }
    }
  } catch (error) {
    note(`The ages are not known: ${messageOf(error)}`);
  }
  return ages;
}

function query(queueName: string, index: number): MetricDataQuery {
  return {
    Id: `q${index}`,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateAgeOfOldestMessage',
        Dimensions: [{ Name: 'QueueName', Value: queueName }],
      },
      Period: 60,
      Stat: 'Maximum',
    },
  };
}
