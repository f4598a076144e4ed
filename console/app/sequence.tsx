import type { FlowDetail } from '../api';

const LANE = 150;
const ROW = 26;
const TOP = 44;

/** The flow as a sequence diagram: a lane for each service, an arrow for each delivery, dashed and red where it has not arrived. */
export function Sequence({ flow }: { flow: FlowDetail }) {
  const serviceOf = (name: string) => name.split('.')[0] ?? name;
  const arrows = flow.steps.flatMap(({ id, contract, emitter, receipts }) =>
    receipts.map(({ subscriber, state }) => {
      return {
        key: `${id}${subscriber}`,
        name: contract.split('.')[1],
        from: serviceOf(emitter),
        to: serviceOf(subscriber),
        state,
      };
    }),
  );
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
