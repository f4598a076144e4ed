import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Node } from 'constructs';
import { BusV2 } from './bus-v2';
import type { Bus } from './route';
import { deliver } from './routes';

const kinds = ['classic', 'v2'] as const;

/** `classic`: EventBridge's Custom Event Bus – Classic, with rules. `v2`: its Custom Event Bus, with subscribers. */
export type BusKind = (typeof kinds)[number];

/** Returns the bus with this ARN. Create one for each stack. */
export function importBus(kind: BusKind, arn: string): Bus {
  if (kind === 'v2') return new BusV2(arn);
  return { arn, deliver: (scope, props) => deliver(scope, EventBus.fromEventBusArn(scope, 'Bus', arn), props) };
}

/** Returns the kind of bus in the context, `-c bus=v2`. @default classic @throws Error when there is no such kind */
export function busKindOf(node: Node): BusKind {
  const named: unknown = node.tryGetContext('bus') ?? 'classic';
  const kind = kinds.find((one) => one === named);
  if (kind === undefined) throw new Error(`The bus "${named}" is not valid: use -c bus=classic or -c bus=v2.`);
  return kind;
}
