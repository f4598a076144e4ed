import { Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EventBroker, type EventBrokerProps } from './event-broker';

/** The stack of the bus. It is deployed before the services, and knows none of them. */
export class BrokerStack extends Stack {
  readonly broker: EventBroker;

  constructor(scope: Construct, props: EventBrokerProps) {
    const { stage } = props;
    super(scope, 'broker', { stackName: `event-broker-${stage.name}-broker`, description: 'Event broker: the bus' });
    this.broker = new EventBroker(this, 'Broker', props);
    for (const [key, value] of Object.entries({ project: 'event-broker', stage: stage.name }))
      Tags.of(this).add(key, value);
  }
}
