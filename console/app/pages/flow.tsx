import { Fragment, type ReactNode, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { FlowDetail, FlowRequest, FlowStep, LogEntry, Receipt } from '../../api';
import { isNotFound, useAction, useRead, useSystem } from '../client';
import { Code, Copy, duration, Empty, Page, PersonalSwitch, Problem, State, time } from '../parts';
import { Sequence } from '../sequence';
import { entriesOf, isAccepted, receiverOf, type SentCall } from '../timeline';

/** The page of one flow. */
export function FlowPage({ id }: { id: string }) {
  const [parameters] = useSearchParams();
  const [personal, setPersonal] = useState(false);
  const [view, setView] = useState<'timeline' | 'sequence'>('timeline');
  // The first events of a flow that has just begun reach the journal some seconds later.
  const isNew = parameters.has('new');
  const address = `/api/flows/${encodeURIComponent(id)}${personal ? '?personal=1' : ''}`;
  const { data: flow, error } = useRead<FlowDetail>(address, 2, isNew);
  if (!flow) return <Page title="Flow">{error ? <Missing id={id} isNew={isNew} error={error} /> : 'Loading …'}</Page>;
  return (
    <Page title={flow.title} actions={<PersonalSwitch isOn={personal} onChange={setPersonal} />}>
      <p className="facts">
        <State of={flow.state} /> {flow.status && <b>{flow.status}</b>}
        <span className="muted">
          {flow.events} events in {duration(Date.parse(flow.endedAt) - Date.parse(flow.startedAt))}, from{' '}
          {new Date(flow.startedAt).toLocaleString('en-GB')}
        </span>
        <span>
          <code>{flow.correlationId}</code> <Copy text={flow.correlationId} />
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
      {view === 'sequence' ? <Sequence flow={flow} /> : <Timeline flow={flow} />}
      <section className="card">
        <Folds of={{ 'All log lines': <LogLines ids={flow.correlationIds} since={flow.startedAt} /> }} />
      </section>
    </Page>
  );
}

function Missing({ id, isNew, error }: { id: string; isNew: boolean; error: Error }) {
  if (!isNotFound(error)) return <Problem error={error} />;
  if (isNew) return <Empty title="Waiting for the first event …">It reaches the journal some seconds later.</Empty>;
  return (
    <Empty title="There is no such flow.">
      Nothing known has the id <code>{id}</code>. Events are kept for 30 days.{' '}
      <Link href="/flows">Show all flows.</Link>
    </Empty>
  );
}

/** A time without an event that is worth a line, in milliseconds. */
const GAP_MS = 5_000;

function Timeline({ flow }: { flow: FlowDetail }) {
  return (
    <ol className="timeline">
      {entriesOf(flow).map((entry) => (
        <Fragment key={entry.id}>
          {entry.gap > GAP_MS && <li className="gap">{duration(entry.gap)} without an event</li>}
          {entry.kind === 'event' && <Step step={entry.step} flow={flow} />}
          {entry.kind === 'request' && <RequestLine request={entry.request} flow={flow} />}
          {entry.kind === 'call' && <CallLine call={entry.call} flow={flow} />}
        </Fragment>
      ))}
    </ol>
  );
}

/** A request from a client, or a webhook from another system. */
function RequestLine({ request, flow }: { request: FlowRequest; flow: FlowDetail }) {
  const { id, route, function: name, response, at } = request;
  return (
    <li className="request">
      <Since at={at} flow={flow} />
      <h2>
        {route ?? 'Schedule'} {response && <Status of={response.status} />}
      </h2>
      <p className="muted">
        {response ? 'answered by' : 'started'} {name}
      </p>
      <Folds
        of={{
          ...(response && { Response: <Code>{textOf(response)}</Code> }),
          'Log lines': <LogLines ids={[id]} since={at} />,
        }}
      />
    </li>
  );
}

function textOf({ headers, body }: NonNullable<FlowRequest['response']>): string {
  return [...Object.entries(headers).map((one) => one.join(': ')), '', body].join('\n');
}

/** A webhook to a customer, or another request to another system, and the answer. */
function CallLine({ call, flow }: { call: SentCall; flow: FlowDetail }) {
  const { at, method, about, key, status, problem, milliseconds, by, attempt } = call;
  const { services } = useSystem();
  const { service, path } = receiverOf(call, services);
  const end = new Date(Date.parse(at) + milliseconds).toISOString();
  return (
    <li className={isAccepted(call) ? 'request' : 'request wrong'}>
      <Since at={at} flow={flow} />
      <Track from={at} to={end} flow={flow} isWrong={!isAccepted(call)} />
      <h2>
        {method} {path} {service && <span className="muted">of {service} </span>}
        {status === undefined ? <b className="bad">no response: {problem}</b> : <Status of={status} />}{' '}
        {about && <small className="tag">{about}</small>}{' '}
        {attempt > 1 && <small className="tag">attempt {attempt}</small>}
      </h2>
      <p className="muted">
        sent by {by}, took {duration(milliseconds)}
        {key && (
          <>
            , idempotency key <code>{key}</code>
          </>
        )}
      </p>
    </li>
  );
}

/** An HTTP status. */
function Status({ of }: { of: number }) {
  return <b className={of < 400 ? 'good' : 'bad'}>{of}</b>;
}

/** The time since the flow began. */
function Since({ at, flow }: { at: string; flow: FlowDetail }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString('en-GB')}>
      +{duration(Date.parse(at) - Date.parse(flow.startedAt))}
    </time>
  );
}

interface TrackProps {
  readonly from: string;
  readonly to: string;
  readonly flow: FlowDetail;
  readonly isWrong: boolean;
}

/** A bar from the begin to the end of an entry, within the duration of the flow. */
function Track({ from, to, flow, isWrong }: TrackProps) {
  const start = Date.parse(flow.startedAt);
  const whole = Math.max(1, Date.parse(flow.endedAt) - start);
  const part = (at: string) => Math.min(1, Math.max(0, (Date.parse(at) - start) / whole)) * 100;
  const style = { left: `${part(from)}%`, width: `${part(to) - part(from)}%` };
  return (
    <span className="track" aria-hidden="true">
      <i className={isWrong ? 'wrong' : ''} style={style} />
    </span>
  );
}

/** Buttons that each show and hide something below, loaded on request. */
function Folds({ of }: { of: Readonly<Record<string, ReactNode>> }) {
  const [open, setOpen] = useState('');
  return (
    <div className="folds">
      {Object.keys(of).map((name) => (
        <button
          key={name}
          type="button"
          aria-expanded={name === open}
          onClick={() => setOpen(name === open ? '' : name)}
        >
          {name}
        </button>
      ))}
      {of[open]}
    </div>
  );
}

/** The log lines with one of some ids. */
function LogLines({ ids: [id = '', ...others], since }: { ids: readonly string[]; since: string }) {
  const query = new URLSearchParams([...others.map((one) => ['or', one]), ['since', since]]);
  const { data, error } = useRead<LogEntry[]>(`/api/logs/${encodeURIComponent(id)}?${query}`);
  if (error) return <Problem error={error} />;
  const text = data?.map(
    (line) => `${time(line.at)}  ${line.level.padEnd(5)}  ${line.function}  ${line.message}  ${line.error ?? ''}`,
  );
  return <Code>{text === undefined ? 'Reading the logs …' : text.join('\n') || 'Nothing was logged.'}</Code>;
}

function Step({ step, flow }: { step: FlowStep; flow: FlowDetail }) {
  const { id, contract, version, channel, occurredAt, due, causationId, emitter, editedFrom, receipts } = step;
  const cause = flow.steps.find((one) => one.id === causationId);
  const isWrong = receipts.some(({ state }) => state === 'dead');
  const since = due ?? occurredAt;
  const last = [since, ...receipts.flatMap(({ at }) => at ?? [])].sort().at(-1) ?? since;
  return (
    <li className={isWrong ? 'wrong' : ''} id={id}>
      <Since at={occurredAt} flow={flow} />
      {since <= flow.endedAt && <Track from={since} to={last} flow={flow} isWrong={isWrong} />}
      <h2>
        {contract} <small>v{version}</small> {channel !== 'bus' && <small className="tag">{channel}</small>}
        {editedFrom && <small className="tag edited">edited copy</small>}
      </h2>
      <p className="muted">
        {editedFrom ? 'sent by' : 'emitted by'} {emitter}
        {cause ? (
          <>
            {' '}
            after <a href={`#${cause.id}`}>{cause.contract}</a>
          </>
        ) : (
          ' for a request'
        )}
        {due && `, due ${time(due).slice(0, 8)}`}
      </p>
      <ul className="receipts">
        {receipts.map((receipt) => (
          <ReceiptLine key={receipt.subscriber} receipt={receipt} step={step} correlationId={flow.correlationId} />
        ))}
        {receipts.length === 0 && <li className="muted">No subscriber in this system.</li>}
      </ul>
      <Folds
        of={{
          Data: (
            <>
              <Code>{JSON.stringify(step.data, null, 2)}</Code>
              <p className="muted">
                event id <code>{id}</code> <Copy text={id} />
              </p>
            </>
          ),
          'Log lines': <LogLines ids={[id]} since={occurredAt} />,
        }}
      />
    </li>
  );
}

function ReceiptLine({ receipt, step, correlationId }: { receipt: Receipt; step: FlowStep; correlationId: string }) {
  const action = useAction();
  const { subscriber, state, at, attempt, reason, error } = receipt;
  const redrive = () =>
    action.mutate({ path: '/api/dead-letters/redrive', body: { consumer: subscriber, correlationId } });
  return (
    <li>
      <State of={state} /> {subscriber}
      {at && <span className="muted"> after {duration(Date.parse(at) - Date.parse(step.due ?? step.occurredAt))}</span>}
      {attempt && <span className="muted"> attempt {attempt}</span>}
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
