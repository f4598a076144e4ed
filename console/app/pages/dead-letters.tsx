import { useState } from 'react';
import { Link } from 'wouter';
import type { SchemaProblem, ShownDeadLetter } from '../../api';
import { useAction, useLive, useRead } from '../client';
import { JsonEditor } from '../json-editor';
import { Code, Confirm, Empty, moment, Page, PersonalSwitch, Problem } from '../parts';

const SHOWN = 50;

/** The dead letters by queue and reason. */
export function DeadLettersPage() {
  const [personal, setPersonal] = useState(false);
  const [said, say] = useState('');
  const { data, error } = useRead<ShownDeadLetter[]>(`/api/dead-letters${personal ? '?personal=1' : ''}`, 3);
  const groups = new Map<string, ShownDeadLetter[]>();
  for (const one of data ?? []) {
    const key = `${one.queue} ${one.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return (
    <Page title="Dead letters" actions={<PersonalSwitch isOn={personal} onChange={setPersonal} />}>
      <Problem error={error} />
      <pre role="status" className="done plain">
        {said}
      </pre>
      {!data && !error && <p>Reading the queues …</p>}
      {data?.length === 0 && (
        <Empty title="There are no dead letters.">Every message was processed, or is still tried.</Empty>
      )}
      {[...groups].map(([key, letters]) => (
        <Group key={key} letters={letters} say={say} />
      ))}
    </Page>
  );
}

/** The dead letters of one queue with one reason. */
function Group({ letters, say }: { letters: readonly ShownDeadLetter[]; say: (text: string) => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { job } = useLive().snapshot ?? {};
  const action = useAction(say);
  const [first] = letters;
  if (!first) return null;
  const { queue, reason } = first;
  const present = letters.map(({ messageId }) => messageId).filter((id) => chosen.has(id));
  const [what, count] = present.length > 0 ? [`${present.length} chosen`, present.length] : ['all', letters.length];
  const body = { consumer: queue, reason, ...(present.length > 0 && { messageIds: present }) };
  const toggle = (id: string) =>
    setChosen((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]));
  return (
    <section className="card">
      <header>
        <h2>
          {queue} <small className="tag wrong">{reason}</small>
        </h2>
        <span className="muted">{letters.length}</span>
        <div className="actions">
          <Confirm
            primary
            label={`Redrive ${what}`}
            question={`Send ${count} ${count === 1 ? 'message' : 'messages'} to ${queue} again?`}
            isDisabled={action.isPending}
            act={() => action.mutate({ path: '/api/dead-letters/redrive', body })}
          />
          <Confirm
            danger
            label={`Delete ${what}`}
            question={`Delete ${count} dead letters of ${queue} (${reason}) permanently?`}
            isDisabled={action.isPending}
            act={() => action.mutate({ path: '/api/dead-letters/purge', body })}
          />
        </div>
      </header>
      <Problem error={action.error} />
      {action.isPending && (
        <p role="status">
          Working … {job && <progress aria-label={job.what} value={job.count} max={job.total} />}{' '}
          {job && `${job.count} of ${job.total}`}
        </p>
      )}
      {letters.slice(0, SHOWN).map((letter) => (
        <Letter
          key={letter.messageId}
          letter={letter}
          say={say}
          isChosen={chosen.has(letter.messageId)}
          choose={() => toggle(letter.messageId)}
        />
      ))}
      {letters.length > SHOWN && <p className="muted">and {letters.length - SHOWN} more</p>}
    </section>
  );
}

interface LetterProps {
  readonly letter: ShownDeadLetter;
  readonly say: (text: string) => void;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function Letter({ letter, say, isChosen, choose }: LetterProps) {
  const { contract, version, error, since, correlationId, body, messageId, problems, data } = letter;
  const [isEditing, setEditing] = useState(false);
  return (
    <div className="letter">
      <input type="checkbox" checked={isChosen} onChange={choose} aria-label={`Choose ${messageId}`} />
      <details>
        <summary>
          {contract ? `${contract} v${version ?? '?'}` : 'Not an event'} <span className="muted">{moment(since)}</span>
          {error && <span className="error">{error}</span>}
        </summary>
        <p className="actions">
          {correlationId && <Link href={`/flows/${encodeURIComponent(correlationId)}`}>Show its flow</Link>}
          <code>{messageId}</code>
          {data !== undefined && (
            <button type="button" aria-expanded={isEditing} onClick={() => setEditing(!isEditing)}>
              Edit and redrive
            </button>
          )}
        </p>
        {problems && problems.length > 0 && <Problems of={problems} />}
        {problems?.length === 0 && <p className="muted">The data fits its contract.</p>}
        {isEditing ? <Edit letter={letter} say={say} /> : <Code>{body}</Code>}
      </details>
    </div>
  );
}

/** The places at which the data differs from its contract. */
function Problems({ of }: { of: readonly SchemaProblem[] }) {
  return (
    <div className="scroll">
      <table className="problems">
        <thead>
          <tr>
            <th>Field</th>
            <th>Contract</th>
            <th>Message</th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ path, expected, got }) => (
            <tr key={`${path} ${expected}`} className="plain">
              <td>
                <code>{path || 'data'}</code>
              </td>
              <td className="good">{expected}</td>
              <td className="bad">{got}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sends an edited copy with a new event id, and deletes the dead letter. */
function Edit({ letter, say }: Pick<LetterProps, 'letter' | 'say'>) {
  const { queue, messageId, version = 1, data } = letter;
  const [edited, setEdited] = useState(data);
  const [wanted, setWanted] = useState(version);
  const [isValid, setValid] = useState(true);
  const action = useAction(say);
  return (
    <div className="form">
      <p className="field">
        <label>
          Version of the contract{' '}
          <input type="number" min={1} value={wanted} onChange={({ target }) => setWanted(target.valueAsNumber)} />
        </label>
      </p>
      <JsonEditor label="Data" value={data} onChange={setEdited} onValid={setValid} />
      <p className="muted">
        The copy has a new event id and is marked as edited. Only {queue} receives it. Leave the placeholders of hidden
        values: the original values are sent.
      </p>
      <Confirm
        primary
        label="Redrive the edited copy"
        question={`Send the edited copy to ${queue}, and delete the dead letter?`}
        isDisabled={!isValid || action.isPending}
        act={() =>
          action.mutate({
            path: '/api/dead-letters/edit',
            body: { consumer: queue, messageId, version: wanted, data: edited },
          })
        }
      />
      <Problem error={action.error} />
    </div>
  );
}
