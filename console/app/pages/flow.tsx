import { Fragment, useState } from 'react';
import { Link } from 'wouter';
import type { FlowDetail, FlowRequest, FlowStep, LogEntry, Receipt } from '../../api';
import { useAction, useRead } from '../client';
import { Code, duration, Page, PersonalSwitch, Problem, State, time } from '../parts';
import { Sequence } from '../sequence';
import { entriesOf } from '../timeline';

/** The page of one flow. */
export function FlowPage({ id }: { id: string }) {
  const [personal, setPersonal] = useState(false);
  const [view, setView] = useState<'timeline' | 'sequence'>('timeline');
  const { data: flow, error } = useRead<FlowDetail>(
    `/api/flows/${encodeURIComponent(id)}${personal ? '?personal=1' : ''}`,
    2,
  );
  if (!flow) return <Page title="Flow">{error ? <Problem error={error} /> : <p>Loading …</p>}</Page>;
  return (
    <Page title={flow.title} actions={<PersonalSwitch isOn={personal} onChange={setPersonal} />}>
      <p className="facts">
        <State of={flow.state} /> {flow.status && <b>{flow.status}</b>} <code>{flow.correlationId}</code>
        <span className="muted">
          {flow.events} events in {duration(Date.parse(flow.endedAt) - Date.parse(flow.startedAt))}
        </span>
      </p>
      {flow.stuckAt.length > 0 && (
        <p className="problem">
          Stuck at <b>{flow.stuckAt.join(', ')}</b>. <Link href="/dead-letters">Look at the dead letters.</Link>
        </p>
      )}
      <fieldset className="filters" aria-label="View">
        {(['timeline', 'sequence'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === view} onClick={() => setView(one)}>
            {one}
          </button>
        ))}
      </fieldset>
      {view === 'sequence' ? (
        <Sequence flow={flow} />
      ) : (
        <ol className="timeline">
          {entriesOf(flow).map((entry) => (
            <Fragment key={entry.id}>
              {entry.gap > GAP_MS && <li className="gap">{duration(entry.gap)} without an event</li>}
              {entry.step ? (
                <Step step={entry.step} flow={flow} />
              ) : (
                <RequestLine request={entry.request} flow={flow} />
              )}
            </Fragment>
          ))}
        </ol>
      )}
      <Logs id={flow.correlationId} />
    </Page>
  );
}

/** A time without an event that is worth a line, in milliseconds. */
const GAP_MS = 5_000;

/** A request from a client, or a webhook from another system. */
function RequestLine({
  request: { id, route, function: name, status, at },
  flow,
}: {
  request: FlowRequest;
  flow: FlowDetail;
}) {
  return (
    <li className="request">
      <time dateTime={at}>+{duration(Date.parse(at) - Date.parse(flow.startedAt))}</time>
      <p>
        <b>{route ?? 'schedule'}</b> {status !== undefined && <span>answered {status}</span>}{' '}
        <span className="muted">by {name}</span>
      </p>
      <Logs id={id} />
    </li>
  );
}

/** The log lines of a flow or an event, loaded on request. */
function Logs({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Log lines</summary>
      {isOpen && <LogLines id={id} />}
    </details>
  );
}

function LogLines({ id }: { id: string }) {
  const { data, error } = useRead<LogEntry[]>(`/api/logs/${encodeURIComponent(id)}`);
  if (error) return <Problem error={error} />;
  const text = data?.map(
    (line) => `${time(line.at)}  ${line.level}  ${line.function}  ${line.message}  ${line.error ?? ''}`,
  );
  return <Code>{text === undefined ? 'Reading the logs …' : text.join('\n') || 'Nothing was logged.'}</Code>;
}

function Step({ step, flow }: { step: FlowStep; flow: FlowDetail }) {
  const cause = flow.steps.find(({ id }) => id === step.causationId);
  const isWrong = step.receipts.some(({ state }) => state === 'dead');
  return (
    <li className={isWrong ? 'wrong' : ''} id={step.id}>
      <time dateTime={step.occurredAt}>+{duration(Date.parse(step.occurredAt) - Date.parse(flow.startedAt))}</time>
      <div>
        <h2>
          {step.contract} <small>v{step.version}</small>{' '}
          {step.channel !== 'bus' && <small className="tag">{step.channel}</small>}
          {step.editedFrom && <small className="tag edited">edited copy</small>}
        </h2>
        <p className="muted">
          {step.editedFrom ? 'sent by' : 'emitted by'} {step.emitter}
          {cause ? (
            <>
              {' '}
              after <a href={`#${cause.id}`}>{cause.contract}</a>
            </>
          ) : (
            ' for a request'
          )}
          {step.due && `, due ${time(step.due)}`}
        </p>
        <ul className="receipts">
          {step.receipts.map((receipt) => (
            <ReceiptLine key={receipt.subscriber} receipt={receipt} step={step} correlationId={flow.correlationId} />
          ))}
          {step.receipts.length === 0 && <li className="muted">No subscriber in this system.</li>}
        </ul>
        <details>
          <summary>Data</summary>
          <Code>{JSON.stringify(step.data, null, 2)}</Code>
          <code>{step.id}</code>
        </details>
        <Logs id={step.id} />
      </div>
    </li>
  );
}

function ReceiptLine({ receipt, step, correlationId }: { receipt: Receipt; step: FlowStep; correlationId: string }) {
  const action = useAction();
  const { subscriber, state, at, reason, error } = receipt;
  const redrive = () =>
    action.mutate({ path: '/api/dead-letters/redrive', body: { consumer: subscriber, correlationId } });
  return (
    <li>
      <State of={state} /> {subscriber}
      {at && <span className="muted"> after {duration(Date.parse(at) - Date.parse(step.due ?? step.occurredAt))}</span>}
      {reason && <b> {reason}</b>}
      {error && <span className="bad"> {error}</span>}
      {state === 'dead' && (
        <button type="button" disabled={action.isPending} onClick={redrive}>
          {action.isPending ? 'Redriving …' : 'Redrive'}
        </button>
      )}
      <Problem error={action.error} />
    </li>
  );
}
