import { Aws, Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metricNames, NAMESPACE } from '../../../lambdas/runtime/metrics';
import { StageStack } from '../stage-stack';

const PERIOD = Duration.minutes(1);
const WIDTH = 8;
const FULL_WIDTH = 24;

/**
 * One dashboard for a stage. It finds metrics by search, because CloudFormation begins the names of queues, functions and tables with the
 * name of their stack: a new service appears without a change here.
 */
export class StageDashboard extends Construct {
  /** @param flows the numbers of flows that started and ended */
  constructor(scope: Construct, id: string, flows: readonly IMetric[] = []) {
    super(scope, id);
    const { name: stage } = StageStack.of(this).deploymentStage;
    const { outcomes, circuitOpen, rateExceeded } = metricNames;
    const named = `event broker ${stage}`;
    const ofConsumers = (metric: string) =>
      search(`{${NAMESPACE},service,stage,consumer} stage="${stage}"`, metric, 'Sum');
    const ofDependencies = (metric: string) =>
      search(`{${NAMESPACE},service,stage,dependency} stage="${stage}"`, metric, 'Sum');
    const ofQueues = (metric: string, which: string) =>
      search(`{AWS/SQS,QueueName} ${named} ${which}`, metric, 'Maximum');
    const ofFunctions = (metric: string, statistic: string) =>
      search(`{AWS/Lambda,FunctionName} ${named}`, metric, statistic);
    const ofTables = (metric: string) => search(`{AWS/DynamoDB,TableName} ${named}`, metric, 'Sum');

    new Dashboard(this, 'Dashboard', {
      // Dashboards of all regions share one list of names.
      dashboardName: `event-broker-${stage}-${Aws.REGION}`,
      widgets: [
        [new TextWidget({ markdown: introduction(stage), width: FULL_WIDTH, height: 2 })],
        ...(flows.length > 0
          ? [[new GraphWidget({ title: 'Flows', left: [...flows], width: FULL_WIDTH, height: 6 })]]
          : []),
        [
          graph('Dead letters', ofQueues('ApproximateNumberOfMessagesVisible', 'DeadLetters')),
          graph('Messages that wait', ofQueues('ApproximateNumberOfMessagesVisible', 'Queue')),
          graph('Age of the oldest message (s)', ofQueues('ApproximateAgeOfOldestMessage', 'Queue')),
        ],
        [
          graph('Processed messages', ofConsumers(outcomes.processed)),
          graph('Retried messages', ofConsumers(outcomes.retried)),
          graph('Parked messages', ofConsumers(outcomes.parked)),
        ],
        [
          graph('Waiting for a dependency', ofDependencies(circuitOpen), ofDependencies(rateExceeded)),
          graph('Age of committed events in relays (ms)', ofFunctions('IteratorAge', 'Maximum')),
          graph('Concurrent executions', ofFunctions('ConcurrentExecutions', 'Maximum')),
        ],
        [
          graph('Failed invocations', ofFunctions('Errors', 'Sum'), ofFunctions('Throttles', 'Sum')),
          graph('Duration, p99 (ms)', ofFunctions('Duration', 'p99')),
          graph('Throttled table requests', ofTables('ThrottledRequests'), ofTables('TransactionConflict')),
        ],
      ],
    });
  }
}

function introduction(stage: string): string {
  return [
    `**Stage ${stage}.** Each alarm's description names its runbook entry.`,
    `Where is it stuck? \`npm run ops -- queues --stage ${stage}\`, \`npm run ops -- dlq list --stage ${stage}\`,`,
    `\`npm run ops -- trace <any id> --stage ${stage}\``,
  ].join(' ');
}

function graph(title: string, ...left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: WIDTH, height: 6, leftYAxis: { min: 0, showUnits: false } });
}

/** CloudWatch: "Search expression syntax". */
function search(where: string, metric: string, statistic: string): MathExpression {
  return new MathExpression({
    expression: `SEARCH('${where} MetricName="${metric}"', '${statistic}', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    // The label of each metric that is found.
    label: '',
    period: PERIOD,
  });
}
