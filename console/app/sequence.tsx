import type { FlowDetail } from '../api';
import { entriesOf } from './timeline';

const LANE = 150;
const ROW = 26;
const TOP = 44;

/** The lane of clients, other systems and operators. */
const OUTSIDE = 'outside';

/** The flow as a sequence diagram: a lane for each service, an arrow for each delivery, dashed and red where it has not arrived. */
export function Sequence({ flow }: { flow: FlowDetail }) {
  const serviceOf = (name: string) => name.split('.')[0] ?? name;
  const arrows = entriesOf(flow).flatMap(({ id, step, request }) => {
    if (request) {
      const { function: name, route = 'schedule' } = request;
      return [{ key: id, name: route, from: OUTSIDE, to: serviceOf(name), state: 'request' }];
    }
    return step.receipts.map(({ subscriber, state }) => ({
      ...{ key: `${id}${subscriber}`, name: step.contract.split('.')[1] ?? '', state: String(state) },
      ...{ from: serviceOf(step.editedFrom ? OUTSIDE : step.emitter), to: serviceOf(subscriber) },
    }));
  });
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
        aria-label={`Sequence of ${arrows.length} deliveries`}
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
