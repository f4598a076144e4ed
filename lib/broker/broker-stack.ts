import type { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { StageDashboard } from './alarms/dashboard';
import { EventBroker } from './event-broker';
import type { Stage } from './stage';
import { StageStack } from './stage-stack';

export interface BrokerStackProps {
  readonly stage: Stage;
  /** All contracts of the app. An event that matches none of them becomes a dead letter. */
  readonly contracts: readonly EventContract[];
}

/** The stack of the bus. It is deployed before the services and does not depend on them. */
export class BrokerStack extends StageStack {
  readonly broker: EventBroker;

  constructor(scope: Construct, { stage, contracts }: BrokerStackProps) {
    super(scope, 'broker', stage, 'Event broker: the bus');
    this.broker = new EventBroker(this, 'Broker', {
      contracts,
      useAlarmTopic: (topic) => {
        this.alarmTopic = topic;
      },
    });
    if (stage.hasDashboard) new StageDashboard(this, 'Overview');
  }
}
