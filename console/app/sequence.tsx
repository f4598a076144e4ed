import type { ConsoleService, FlowDetail, FlowRequest } from '../api';
import { useSystem } from './client';
import { entriesOf, isAccepted, receiverOf, type TimelineEntry } from './timeline';

const LANE = 128;
const ROW = 26;
const TOP = 44;

/** The lane of clients, other systems and operators. */
const OUTSIDE = 'outside';

/**
 * The flow as a sequence diagram: a lane for each service, an arrow for each delivery, dashed and red where it has not arrived. An event
 * without subscribers comes back to its service.
 */
export function Sequence({ flow }: { flow: FlowDetail }) {
  const { services } = useSystem();
  const entries = entriesOf(flow);
  const calls = entries.flatMap((entry) => (entry.kind === 'call' ? [receiverOf(entry.call, services)] : []));
  // A request from a service of the flow has an arrow from there.
  const isShown = (entry: TimelineEntry) =>
    entry.kind !== 'request' || !calls.some((call) => isCallOf(call, entry.request));
  const arrows = entries.filter(isShown).flatMap((entry) => arrowsOf(entry, services));
  const lanes = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))];
  const x = (service: string) => lanes.indexOf(service) * LANE + LANE / 2;
  const height = TOP + arrows.length * ROW + 12;
  return (
    <div className="scroll">
      <svg
        className="sequence"
        width={lanes.length * LANE}
        height={height}
        role="img"
        aria-label={`Sequence of deliveries: ${arrows.length}`}
      >
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {lanes.map((lane) => (
          <g key={lane} className="lane">
            <text x={x(lane)} y={20}>
              {lane}
            </text>
            <line x1={x(lane)} x2={x(lane)} y1={30} y2={height} />
          </g>
        ))}
        {arrows.map(({ key, name, from, to, state }, row) => {
          const y = TOP + row * ROW + 12;
          const [start, end] = [x(from), x(to)];
          const path = from === to ? `M${start} ${y - 6}h28v10h-26` : `M${start} ${y}H${end}`;
          return (
            <g key={key} className={`arrow ${state}`}>
              <path d={path} markerEnd="url(#tip)" />
              <text x={from === to ? start + 34 : (start + end) / 2} y={y - 4} className={from === to ? 'own' : ''}>
                {name}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** Whether a call to an address of this system was the request that a function of it answered. */
function isCallOf({ service, path }: ReturnType<typeof receiverOf>, { function: name, route = '' }: FlowRequest) {
  const [, template = ''] = route.split(' ');
  const pattern = new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`);
  return service === serviceOf(name) && pattern.test(path);
}

interface Arrow {
  readonly key: string;
  readonly name: string;
  /** Lanes. */
  readonly from: string;
  readonly to: string;
  readonly state: string;
}

function arrowsOf(entry: TimelineEntry, services: readonly ConsoleService[]): Arrow[] {
  if (entry.kind === 'request') {
    const { function: name, route = 'schedule' } = entry.request;
    return [{ key: entry.id, name: route, from: OUTSIDE, to: serviceOf(name), state: 'request' }];
  }
  if (entry.kind === 'call') {
    const { call } = entry;
    const { service: to = OUTSIDE, path } = receiverOf(call, services);
    const what = call.about ?? `${call.method} ${to === OUTSIDE ? '' : path}`;
    const name = `${what} ${call.status ?? call.problem}`;
    return [{ key: entry.id, name, from: serviceOf(call.by), to, state: isAccepted(call) ? 'request' : 'dead' }];
  }
  const { contract, editedFrom, emitter, receipts } = entry.step;
  const name = contract.split('.')[1] ?? '';
  const from = editedFrom ? OUTSIDE : serviceOf(emitter);
  if (receipts.length === 0)
    return [{ key: entry.id, name: `${name}, no subscriber`, from, to: from, state: 'processed' }];
  return receipts.map(({ subscriber, state }) => {
    return { key: `${entry.id}${subscriber}`, name, from, to: serviceOf(subscriber), state };
  });
}

function serviceOf(name: string): string {
  return name.split('.')[0] ?? name;
}
