import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { StatusHistory } from '../../observe/histories';
import type { Change } from '../../test/simulation/aws/dynamodb';

/** Table → the statuses that can follow each status. The process manager can skip some, because it joins events. */
const NEXT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'orders.orders': {
    unknown: ['created', 'confirmed', 'dispatched', 'completed', 'cancelling', 'cancelled'],
    created: ['confirmed', 'dispatched', 'completed', 'cancelling', 'cancelled'],
    confirmed: ['dispatched', 'completed'],
    dispatched: ['completed'],
    cancelling: ['cancelled'],
  },
  'payments.payments': {
    requested: ['completed', 'failed', 'cancelled', 'refunded'],
    // A charge can succeed at the bank after the cancellation. It is refunded then.
    cancelled: ['completed', 'failed', 'refunded'],
    completed: ['refunded'],
  },
  'inventory.reservations': { reserved: ['released'] },
  'shipping.shipments': { dispatched: ['delivered'] },
};

/**
 * Checks what must hold after every transaction, not only at the end: no article's stock is negative, leaks or is held twice; no
 * order is shipped whose stock or money is not held, or loses them later; no status goes back.
 */
export class StepChecks {
  readonly violations: string[] = [];
  /** Orders that were flagged, so that an operator had to act. */
  readonly flagged = new Set<string>();
  private readonly available = new Map<string, number>();
  private readonly held = new Map<string, number>();
  /** Table → key → status. */
  private readonly statuses = new Map(Object.entries(NEXT).map(([table, next]) => [table, new StatusHistory(next)]));

  /** @param shelf the seeded stock: article → quantity */
  constructor(private readonly shelf: Readonly<Record<string, number>>) {}

  /** Checks the changes of one write or transaction, after it was applied. */
  check(changes: readonly Change[]): void {
    const touched = new Set<string>();
    for (const { table, image } of changes) {
      if (table === 'inventory.stock') {
        const sku = text(image.sku);
        this.available.set(sku, Number(image.available?.N));
        touched.add(sku);
        continue;
      }
      const history = this.statuses.get(table);
      if (!history) continue;
      const [orderId, status] = [text(image.orderId), text(image.status)];
      if (table === 'orders.orders' && image.flagged?.BOOL) this.flagged.add(orderId);
      const before = history.statusOf(orderId);
      const back = history.see(orderId, status);
      if (back)
        this.violations.push(`The status in ${table} of order ${orderId} went from ${back.from} to ${back.to}.`);
      if (before === status) continue;
      if (table === 'inventory.reservations') {
        const sign = status === 'reserved' ? 1 : before === 'reserved' ? -1 : 0;
        for (const { M } of image.lines?.L ?? []) {
          const sku = text(M?.sku);
          this.held.set(sku, (this.held.get(sku) ?? 0) + sign * Number(M?.quantity?.N));
          touched.add(sku);
        }
      }
      this.checkShipment(orderId);
    }
    for (const sku of touched) this.checkStock(sku);
  }

  private checkStock(sku: string): void {
    const [free, held, all] = [this.available.get(sku) ?? 0, this.held.get(sku) ?? 0, this.shelf[sku] ?? 0];
    if (free < 0) this.violations.push(`The stock of ${sku} was ${free}.`);
    if (free + held !== all) this.violations.push(`Of ${all} ${sku}, ${free} were available and ${held} held at once.`);
  }

  private checkShipment(orderId: string): void {
    const of = (table: string) => this.statuses.get(table)?.statusOf(orderId) ?? 'unknown';
    if (of('shipping.shipments') === 'unknown') return;
    const [stock, money] = [of('inventory.reservations'), of('payments.payments')];
    if (stock === 'reserved' && money === 'completed') return;
    this.violations.push(`Order ${orderId} is shipped, its stock is ${stock} and its payment ${money}.`);
  }
}

function text(value: AttributeValue | undefined): string {
  return value?.S ?? '';
}
