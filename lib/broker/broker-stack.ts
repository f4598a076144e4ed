import type { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { StageDashboard } from './alarms/dashboard';
import { type BusinessFlow, FlowAlarm } from './alarms/flow-alarm';
import { EventBroker } from './event-broker';
import type { Stage } from './stage';
import { StageStack } from './stage-stack';

/** Props of the bus's stack. */
export interface BrokerStackProps {
  /** The deployment stage. */
  readonly stage: Stage;
  /** All contracts of the app. An event that matches none of them becomes a dead letter. */
  readonly contracts: readonly EventContract[];
  /** The events that begin and end the app's business. With them, an alarm reports that it does not flow. @default no such alarm */
  readonly flow?: BusinessFlow;
}

/**
 * The stack of the bus. It is deployed before the services and does not depend on them.
 *
 * @example
 * const bus = new BrokerStack(app, { stage, contracts: [OrderCreated, StockReserved] });
 */
export class BrokerStack extends StageStack {
  /** The bus, which the stacks of all services take as a prop. */
  readonly broker: EventBroker;

  /**
   * @param scope the app
   * @param props the stage and all contracts
   */
  constructor(scope: Construct, { stage, contracts, flow }: BrokerStackProps) {
    super(scope, 'broker', stage, 'Event broker: the bus');
    this.broker = new EventBroker(this, 'Broker', {
      contracts,
      useAlarmTopic: (topic) => {
        this.alarmTopic = topic;
      },
    });
    // The emulator supports no composite alarms.
    const flowAlarm =
      flow && stage.name !== 'local' ? new FlowAlarm(this, 'Flow', { ...flow, bus: this.broker.bus }) : undefined;
    if (stage.hasDashboard) new StageDashboard(this, 'Overview', flowAlarm?.metrics);
  }
}
