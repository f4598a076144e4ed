import { type Publisher, publish } from '../../lambdas/runtime/publish/publish';
import type { ProcessedRecord } from '../../lambdas/runtime/work/commit';
import type { World } from './world';

const RELAY_SECONDS = 60;
const BATCH = 100;

/** A table's stream and the relay that reads it: in order, one batch at a time, and the same batch until it is done. */
export class SimulatedStream {
  private readonly records: ProcessedRecord[] = [];
  private busy = false;

  constructor(
    private readonly world: World,
    private readonly service: string,
  ) {}

  append(record: ProcessedRecord): void {
    this.records.push(record);
    this.wake(this.world.chance.number(`${this.service} stream`) * 500);
  }

  private wake(milliseconds: number): void {
    if (this.busy) return;
    this.busy = true;
    this.world.time.after(milliseconds, () => this.read());
  }

  private read(): void {
    const { world, service } = this;
    const batch = this.records.slice(0, BATCH);
    const next = () => {
      this.busy = false;
      if (this.records.length > 0) this.wake(1_000);
    };
    const failed = () => (world.sabotage.forgetfulStream ? done() : next());
    const relay = world.invoke(`${service}.relay`, RELAY_SECONDS, failed);
    const publisher: Publisher = {
      send: (events) => world.bus.send(events, relay),
      setAside: async () => {
        throw new Error('Nothing that was staged may be refused by the bus.');
      },
      sleep: (milliseconds) => relay.sleep(milliseconds),
      random: () => world.chance.number(`${service}.relay random`),
      log: world.log(`${service}.relay`),
    };
    const done = () => {
      this.records.splice(0, batch.length);
      next();
    };
    relay.run(() => publish(batch, publisher), done, failed);
  }
}
