import { byLine, type Charge, sumUp, total } from '../../bench/bill';
import { type Chart, stackedBars } from '../../bench/chart';
import { dollarsOf, type Line, PRICE_LIST, prices } from '../../bench/prices';
import type { Table } from '../../bench/report';

const MILLION = 1_000_000;

/** A variant of processing orders, with its charges for one order. */
export interface Variant {
  readonly name: string;
  readonly charges: readonly Charge[];
}

/** The price lines by the part of the system that they pay. */
const GROUPS: Readonly<Record<string, readonly Line[]>> = {
  'table writes': ['writeUnits'],
  'table reads and storage': ['readUnits', 'tableStorage'],
  'bus, archive, schedules': ['events', 'archived', 'archiveStorage', 'schedules'],
  'queues and topics': ['queueRequests', 'topicRequests'],
  functions: ['invocations', 'gigabyteSeconds'],
  'HTTP API': ['apiRequests'],
  'logs and traces': ['logs', 'traces'],
  'steps of the workflow': ['transitions', 'durableOperations', 'durableWritten', 'durableRetained'],
};

export function variantsTable(variants: readonly Variant[]): Table {
  const [first] = variants;
  const base = total(first?.charges ?? []);
  const groups = Object.keys(GROUPS);
  return {
    id: 'variants',
    title: `Dollars for a million orders (${PRICE_LIST.region}, prices of ${PRICE_LIST.month})`,
    head: ['', 'all', 'ratio', ...groups],
    rows: variants.map(({ name, charges }) => [
      name,
      (total(charges) * MILLION).toFixed(0),
      (total(charges) / base).toFixed(2),
      ...groups.map((group) => (groupTotal(charges, group) * MILLION).toFixed(0)),
    ]),
  };
}

/** @param variants the project's first, the state machine's last */
export function flowTable(variants: readonly Variant[]): Table {
  const [ours, saga] = [variants[0], variants.at(-1)].map((variant) => total(variant?.charges ?? []));
  const ratio = (charges: readonly Charge[], base = 0) => (total(charges) / base).toFixed(2);
  return {
    id: 'flow',
    title: 'The flow alone, without journal and books: dollars for a million orders',
    head: ['', 'all', 'ratio', 'of Step Functions', 'write units of an order'],
    rows: variants.map(({ name, charges }) => [
      name,
      (total(charges) * MILLION).toFixed(0),
      ratio(charges, ours),
      ratio(charges, saga),
      writeUnitsIn(charges).toFixed(1),
    ]),
  };
}

export function linesTable(variants: readonly Variant[]): Table {
  const [burst, quiet] = variants.map(
    ({ charges }) => new Map(byLine(charges).map(({ line, quantity }) => [line, quantity])),
  );
  const lines = (Object.keys(prices) as Line[]).filter((line) => burst?.has(line) || quiet?.has(line));
  return {
    id: 'lines',
    title: 'Units of one order, and dollars for a million orders',
    head: ['unit', 'burst', 'quiet', '$ burst', '$ quiet'],
    rows: lines.map((line) => {
      const [one, other] = [burst?.get(line) ?? 0, quiet?.get(line) ?? 0];
      const dollars = [one, other].map((quantity) => (dollarsOf(line, quantity) * MILLION).toFixed(2));
      return [prices[line].unit, formatted(one), formatted(other), ...dollars];
    }),
  };
}

export function servicesTable(charges: readonly Charge[]): Table {
  const services = [...new Set(charges.map(({ service }) => service))];
  const rows = services.map((service) => {
    const own = charges.filter((charge) => charge.service === service);
    return { service, dollars: total(own) * MILLION, share: total(own) / total(charges), write: writeUnitsIn(own) };
  });
  return {
    id: 'services',
    title: 'By service, in a burst',
    head: ['service', '$ per million orders', 'share (%)', 'write units of an order'],
    rows: rows
      .sort((one, other) => other.dollars - one.dollars)
      .map(({ service, dollars, share, write }) => [
        service,
        dollars.toFixed(2),
        (share * 100).toFixed(1),
        write.toFixed(1),
      ]),
  };
}

export function idleTable(idle: readonly Charge[]): Table {
  return {
    id: 'idle',
    title: `An idle stage dev for a month: $${total(idle).toFixed(2)} without free tiers`,
    head: ['unit', 'units', '$ per month'],
    rows: byLine(idle).map(({ line, quantity }) => [
      prices[line].unit,
      Math.round(quantity).toLocaleString('en'),
      dollarsOf(line, quantity).toFixed(2),
    ]),
  };
}

export function chartOf(variants: readonly Variant[]): Chart {
  return stackedBars(
    'US dollars for a million orders',
    variants.map(({ name }) => name),
    Object.keys(GROUPS).map((name) => ({
      name,
      values: variants.map(({ charges }) => groupTotal(charges, name) * MILLION),
    })),
  );
}

function writeUnitsIn(charges: readonly Charge[]): number {
  return charges.filter(({ line }) => line === 'writeUnits').reduce((sum, { quantity }) => sum + quantity, 0);
}

function groupTotal(charges: readonly Charge[], group: string): number {
  const lines = GROUPS[group] ?? [];
  return total(charges.filter(({ line }) => lines.includes(line)));
}

export function toData({ name, charges }: Variant) {
  return { name, dollarsPerMillion: total(charges) * MILLION, charges: sumUp(charges).map(priced) };
}

export function priced<Priced extends { readonly line: Line; readonly quantity: number }>(charge: Priced) {
  return { ...charge, dollars: dollarsOf(charge.line, charge.quantity) };
}

function formatted(quantity: number): string {
  return quantity >= 0.01 ? quantity.toFixed(2) : quantity.toExponential(1);
}
