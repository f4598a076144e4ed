import { ConflictException, CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { channelLimits } from '../../../lambdas/runtime/publish/sizes';
import { ServiceError } from './service-error';

/** EventBridge Scheduler: schedules for one time, which send a message to a queue and are deleted then. */
export class SimulatedScheduler {
  private readonly names = new Set<string>();

  /** @param at sends a message to a queue at a time in milliseconds since 1970, and calls back when it did */
  constructor(private readonly at: (time: number, queueArn: string, body: string, sent: () => void) => void) {}

  execute(command: object): object {
    if (!(command instanceof CreateScheduleCommand)) {
      throw new Error(`The simulated Scheduler has no ${command.constructor.name}.`);
    }
    const { Name = '', ScheduleExpression = '', Target } = command.input;
    const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression) ?? [];
    const { Arn = '', Input = '' } = Target ?? {};
    if (!time || !/^[\w.-]{1,64}$/.test(Name) || Buffer.byteLength(Input) > channelLimits.schedule) {
      throw new ServiceError('ValidationException', `The schedule ${Name} at ${ScheduleExpression} is not valid.`);
    }
    if (this.names.has(Name)) {
      const message = `Schedule ${Name} already exists.`;
      throw new ConflictException({ message, Message: message, $metadata: { httpStatusCode: 409 } });
    }
    this.names.add(Name);
    this.at(Date.parse(`${time}Z`), Arn, Input, () => this.names.delete(Name));
    return {};
  }
}
