import { useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import type { FlowList, FlowState } from '../../api';
import { useLive, useRead } from '../client';
import { duration, Empty, moment, Page, Problem, State } from '../parts';

const STATES: readonly FlowState[] = ['running', 'stuck', 'settled'];
const STEP = 100;

/** The latest chains of events with one correlation id. */
export function FlowsPage() {
  const [parameters, setParameters] = useSearchParams();
  const [, go] = useLocation();
  const [limit, setLimit] = useState(STEP);
  const state = parameters.get('state') ?? '';
  const { snapshot } = useLive();
  const { data, error } = useRead<FlowList>(`/api/flows?state=${encodeURIComponent(state)}&limit=${limit}`, 2);
  const counts = snapshot?.flows;
  const all = counts && counts.running + counts.stuck + counts.settled;
  return (
    <Page title="Flows">
      <fieldset className="filters" aria-label="State">
        {['', ...STATES].map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === state}
            onClick={() => setParameters(one ? { state: one } : {})}
          >
            {one || 'all'} <span>{one ? counts?.[one as FlowState] : all}</span>
          </button>
        ))}
      </fieldset>
      <Problem error={error} />
      {!data && !error && <p>Reading the journal …</p>}
      {data?.flows.length === 0 && (
        <Empty title={state ? `No flow is ${state}.` : 'Nothing has happened yet.'}>
          {!state && (
            <>
              Cause some traffic on the page <Link href="/load">Load</Link>.
            </>
          )}
        </Empty>
      )}
      {data && data.flows.length > 0 && (
        <div className="scroll">
          <table className="rows">
            <thead>
              <tr>
                <th>Flow</th>
                <th>State</th>
                <th>Stuck at</th>
                <th>Id</th>
                <th className="number">Events</th>
                <th className="number">Started</th>
                <th className="number">Took</th>
              </tr>
            </thead>
            <tbody>
              {data.flows.map((flow) => (
                <tr key={flow.correlationId} onClick={() => go(`/flows/${encodeURIComponent(flow.correlationId)}`)}>
                  <td>
                    <Link href={`/flows/${encodeURIComponent(flow.correlationId)}`}>{flow.title}</Link>
                    {flow.status && <span className="muted"> {flow.status}</span>}
                  </td>
                  <td>
                    <State of={flow.state} />
                  </td>
                  <td title={flow.stuckAt.join(', ')}>
                    {flow.stuckAt[0]}
                    {flow.stuckAt.length > 1 && <span className="muted"> and {flow.stuckAt.length - 1} more</span>}
                  </td>
                  <td>
                    <code>{flow.correlationId.slice(0, 8)}</code>
                  </td>
                  <td className="number">{flow.events}</td>
                  <td className="number">{moment(flow.startedAt)}</td>
                  <td className="number">{duration(Date.parse(flow.endedAt) - Date.parse(flow.startedAt))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data && data.total > limit && (
        <button type="button" className="more" onClick={() => setLimit(limit + 4 * STEP)}>
          Show more of {data.total.toLocaleString('en')}
        </button>
      )}
    </Page>
  );
}
