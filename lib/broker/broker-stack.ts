import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { StageDashboard } from './alarms/dashboard';
import { type BusinessFlow, FlowAlarm } from './alarms/flow-alarm';
import type { BusKind } from './channels/bus';
import { EventBroker } from './event-broker';
import type { Stage } from './stage';
import { StageStack } from './stage-stack';

/** Props of the bus's stack. */
export interface BrokerStackProps {
  /** The deployment stage. */
  readonly stage: Stage;
  /** All contracts of the app. An event that matches none of them becomes a dead letter. */
  readonly contracts: readonly EventContract[];
  /** The events that begin and end the app's business. With them and a classic bus, an alarm reports that it does not flow. @default no such alarm */
  readonly flow?: BusinessFlow;
  /** The kind of bus: `v2` is EventBridge's Custom Event Bus. @default the context `bus`, else `classic` */
  readonly bus?: BusKind;
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
  constructor(scope: Construct, { stage, contracts, flow, bus }: BrokerStackProps) {
    super(scope, 'broker', stage, 'Event broker: the bus');
    this.broker = new EventBroker(this, 'Broker', {
      contracts,
      bus,
      useAlarmTopic: (topic) => {
        this.alarmTopic = topic;
      },
    });
    const flowAlarm = flow && this.watch(flow);
    if (stage.hasDashboard) new StageDashboard(this, 'Overview', flowAlarm?.metrics);
  }

  private watch(flow: BusinessFlow): FlowAlarm | undefined {
    // The emulator supports no composite alarms.
    if (this.deploymentStage.name === 'local') return undefined;
    const { classicBus: bus } = this.broker;
    if (bus) return new FlowAlarm(this, 'Flow', { ...flow, bus });
    Annotations.of(this).addInfo(
      'A Custom Event Bus counts only events that it delivers, so there is no alarm "not flowing".',
    );
    return undefined;
  }
}
