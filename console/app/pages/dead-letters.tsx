import { useState } from 'react';
import { Link } from 'wouter';
import type { ShownDeadLetter } from '../../api';
import { useAction, useRead } from '../client';
import { Confirm, Empty, Page, Problem, time } from '../parts';

/** What could not be processed, by queue and reason. */
export function DeadLettersPage() {
  const [personal, setPersonal] = useState(false);
  const { data, error } = useRead<ShownDeadLetter[]>(`/api/dead-letters${personal ? '?personal=1' : ''}`, 3);
  const action = useAction();
  const groups = new Map<string, ShownDeadLetter[]>();
  for (const one of data ?? []) {
    const key = `${one.queue} ${one.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const toggle = (
    <label className="switch">
      <input type="checkbox" checked={personal} onChange={({ target }) => setPersonal(target.checked)} /> Personal data
    </label>
  );
  return (
    <Page title="Dead letters" actions={toggle}>
      <Problem error={error ?? action.error} />
      <p role="status" className="done">
        {action.isPending ? 'Working …' : action.data?.text}
      </p>
      {!data && !error && <p>Reading the queues …</p>}
      {data?.length === 0 && (
        <Empty title="There are no dead letters.">Every message was processed, or is still tried.</Empty>
      )}
      {[...groups].map(([key, letters]) => {
        const [first] = letters;
        if (!first) return null;
        const body = { consumer: first.queue, reason: first.reason };
        return (
          <section key={key} className="card">
            <header>
              <h2>
                {first.queue} <small className="tag wrong">{first.reason}</small>
              </h2>
              <span className="muted">{letters.length}</span>
              <div className="actions">
                <button
                  type="button"
                  className="primary"
                  disabled={action.isPending}
                  onClick={() => action.mutate({ path: '/api/dead-letters/redrive', body })}
                >
                  Redrive all
                </button>
                <Confirm
                  danger
                  label="Delete all"
                  question={`Delete ${letters.length} dead letters of ${first.queue} (${first.reason}) permanently?`}
                  act={() => action.mutate({ path: '/api/dead-letters/purge', body })}
                />
              </div>
            </header>
            {letters.slice(0, 50).map((letter) => (
              <Letter key={letter.messageId} letter={letter} />
            ))}
            {letters.length > 50 && <p className="muted">and {letters.length - 50} more</p>}
          </section>
        );
      })}
    </Page>
  );
}

function Letter({ letter }: { letter: ShownDeadLetter }) {
  const { contract, version, error, since, correlationId, body, messageId } = letter;
  return (
    <details className="letter">
      <summary>
        {contract ? `${contract} v${version ?? '?'}` : 'Not an event'}{' '}
        <span className="muted">{time(since).slice(0, 8)}</span>
        {error && <span className="error">{error}</span>}
      </summary>
      <p>
        {correlationId && <Link href={`/flows/${encodeURIComponent(correlationId)}`}>Show its flow</Link>}{' '}
        <code>{messageId}</code>
      </p>
      <pre>{body}</pre>
    </details>
  );
}
