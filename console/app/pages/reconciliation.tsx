import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { ReconciledDay, ReconciliationView, ShownDiscrepancy } from '../../api';
import { useAction, useRead, useSystem } from '../client';
import { Confirm, Empty, Page, PersonalSwitch, Problem } from '../parts';

type Action = ReturnType<typeof useAction>;

/** The days whose books were compared, and their discrepancies. */
export function ReconciliationPage() {
  const { reconcilers } = useSystem();
  const [parameters, setParameters] = useSearchParams();
  const [personal, setPersonal] = useState(false);
  const action = useAction();
  const date = parameters.get('date') ?? '';
  const service = parameters.get('service') ?? reconcilers[0] ?? '';
  const query = new URLSearchParams({ ...(date && { date }), ...(personal && { personal: '1' }) });
  const { data, error } = useRead<ReconciliationView>(`/api/reconciliation/${service}?${query}`, 3);
  const show = (day: string, of = service) => setParameters({ ...(day && { date: day }), service: of });
  const controls = (
    <>
      {reconcilers.length > 1 &&
        reconcilers.map((one) => (
          <button key={one} type="button" aria-pressed={one === service} onClick={() => show('', one)}>
            {one}
          </button>
        ))}
      <PersonalSwitch isOn={personal} onChange={setPersonal} />
    </>
  );
  return (
    <Page title="Reconciliation" actions={controls}>
      <Problem error={error ?? action.error} />
      <p role="status" className="done">
        {action.isPending ? 'Working …' : action.data?.text}
      </p>
      {!data && !error && <p>Reading the books …</p>}
      {data && (
        <>
          <Days days={data.days} chosen={date} show={show} service={service} action={action} />
          {data.days.length > 0 && <h2>{date ? `First found on ${date}` : 'Not yet resolved'}</h2>}
          {data.days.length > 0 && data.discrepancies.length === 0 && (
            <Empty title={date ? 'The books of this day agree.' : 'There are no open discrepancies.'} />
          )}
          {data.discrepancies.map((one) => (
            <Discrepancy key={one.id} found={one} service={service} action={action} />
          ))}
          {data.total > data.discrepancies.length && (
            <p className="muted">and {data.total - data.discrepancies.length} more: see “reconcile list --csv”</p>
          )}
        </>
      )}
    </Page>
  );
}

interface DaysProps {
  readonly days: readonly ReconciledDay[];
  /** The day that is shown; empty for all days. */
  readonly chosen: string;
  readonly show: (date: string) => void;
  readonly service: string;
  readonly action: Action;
}

function Days({ days, chosen, show, service, action }: DaysProps) {
  if (days.length === 0)
    return (
      <Empty title="No day was compared yet.">
        Each day is compared when its grace period is over. To compare one now: <code>npm run ops -- reconcile</code>
      </Empty>
    );
  const compare = (date: string, dryRun: boolean) =>
    action.mutate({ path: '/api/reconciliation/run', body: { service, date, dryRun } });
  return (
    <div className="scroll">
      <table className="rows">
        <thead>
          <tr>
            <th>Day</th>
            <th>Run</th>
            <th>State</th>
            <th className="number">Entries</th>
            <th>Found</th>
            <th className="number">Repairs</th>
            <th className="number">Resolved</th>
            <th>
              <button type="button" aria-pressed={chosen === ''} onClick={() => show('')}>
                Show all days
              </button>
            </th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ runId, date, dryRun, pass, status, entries, counts, repairs, resolved }) => (
            <tr key={runId} aria-selected={date === chosen}>
              <td>
                <button type="button" className="plain" aria-pressed={date === chosen} onClick={() => show(date)}>
                  {date}
                </button>
              </td>
              <td>{dryRun ? 'dry run' : pass}</td>
              <td>
                {status === 'stuck' ? (
                  <span
                    className="tag wrong"
                    title="It has lost a message: look at the dead letters, then compare again"
                  >
                    stuck
                  </span>
                ) : (
                  status
                )}
              </td>
              <td className="number">{entries.toLocaleString('en')}</td>
              <td className="found">
                {Object.entries(counts).length === 0 && <span className="muted">none</span>}
                {Object.entries(counts).map(([kind, count]) => (
                  <span key={kind} className="tag">
                    {kind} {count}
                  </span>
                ))}
              </td>
              <td className="number">{repairs}</td>
              <td className="number">{resolved}</td>
              <td>
                {!dryRun && (
                  <span className="actions">
                    <Confirm
                      label="Compare again"
                      question={`Compare the books of ${date} again? Repairs are requested for new discrepancies.`}
                      act={() => compare(date, false)}
                    />
                    <button type="button" disabled={action.isPending} onClick={() => compare(date, true)}>
                      Dry run
                    </button>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Discrepancy({ found, service, action }: { found: ShownDiscrepancy; service: string; action: Action }) {
  const { id, kind, key, date, status, detail, foundAt, books, rows, repair, acknowledged, resolvedAt } = found;
  return (
    <section className="card discrepancy" aria-label={id}>
      <header>
        <h3>
          {kind} <small className={`tag ${status === 'open' ? 'wrong' : ''}`}>{status}</small>
        </h3>
        <span className="muted">{date}</span>
        <div className="actions">
          <Link href={`/flows/${encodeURIComponent(key)}`}>Flow of {key.slice(0, 8)}</Link>
        </div>
      </header>
      <p>{detail}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it (WCAG 2.1.1) */}
      <section className="scroll" aria-label="Entries of all books" tabIndex={0}>
        <table className="rows sides">
          <thead>
            <tr>
              <th>{key}</th>
              {books.map((book) => (
                <th key={book}>{book}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ attribute, values, differs }) => (
              <tr key={attribute} className={differs ? 'differs' : ''}>
                <th scope="row">
                  {attribute}
                  {differs && <span title="The books differ"> ≠</span>}
                </th>
                {books.map((book) => (
                  <td key={book}>
                    {(values[book] ?? []).map((text, index) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the entries of a book have no other identity here
                      <div key={index}>{text}</div>
                    ))}
                    {(values[book] ?? []).length === 0 && <span className="muted">no entry</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ul className="story">
        <li>Found {when(foundAt)}</li>
        {repair && (
          <li>
            Repair <b>{repair.name}</b> requested {when(repair.at)}:{' '}
            {repair.eventIds.map((event) => (
              <Link key={event} href={`/flows/${encodeURIComponent(event)}`}>
                {event.slice(0, 8)}{' '}
              </Link>
            ))}
          </li>
        )}
        {resolvedAt && <li>Resolved {when(resolvedAt)}</li>}
        {acknowledged && (
          <li>
            Acknowledged {when(acknowledged.at)} by {acknowledged.by}: {acknowledged.reason}
          </li>
        )}
      </ul>
      {(status === 'open' || status === 'repairing') && <Acknowledge id={id} service={service} action={action} />}
    </section>
  );
}

function Acknowledge({ id, service, action }: { id: string; service: string; action: Action }) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.mutate({ path: '/api/reconciliation/acknowledge', body: { service, id, reason } });
  };
  return (
    <form className="acknowledge" onSubmit={submit}>
      <input
        aria-label="Reason"
        placeholder="Reason to accept it as it is"
        required
        maxLength={500}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
      <button type="submit" disabled={action.isPending || reason.trim() === ''}>
        Acknowledge
      </button>
    </form>
  );
}

function when(iso: string): string {
  return new Date(iso).toLocaleString('en-GB');
}
