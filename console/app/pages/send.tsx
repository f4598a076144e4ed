import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Sendable, Sent } from '../../api';
import { useAction, useRead } from '../client';
import { JsonEditor } from '../json-editor';
import { Code, Empty, Page, Problem } from '../parts';
import { blank, type Schema, SchemaField } from '../schema-form';

/** Publishes an event, or posts a request, from a form that is made from its schema. */
export default function SendPage() {
  const { data, error } = useRead<Sendable[]>('/api/sendables');
  const [parameters, setParameters] = useSearchParams();
  const chosen = data?.find(({ name }) => name === parameters.get('to')) ?? data?.[0];
  const options = (kind: Sendable['kind']) =>
    data
      ?.filter((one) => one.kind === kind)
      .map(({ name, route }) => (
        <option key={name} value={name}>
          {route ? `${route} (${name})` : name}
        </option>
      ));
  return (
    <Page title="Send">
      <Problem error={error} />
      {data?.length === 0 && <Empty title="There is nothing to send on this stage." />}
      {chosen && (
        <>
          <p className="field">
            <label htmlFor="to">What to send</label>
            <select id="to" value={chosen.name} onChange={({ target }) => setParameters({ to: target.value })}>
              <optgroup label="Requests">{options('request')}</optgroup>
              <optgroup label="Events on the bus">{options('event')}</optgroup>
            </select>
          </p>
          <SendForm key={chosen.name} to={chosen} />
        </>
      )}
    </Page>
  );
}

function SendForm({ to: { kind, name, schema } }: { to: Sendable }) {
  const [content, setContent] = useState(() => blank(schema as Schema));
  const [isJson, setJson] = useState(false);
  const [isValid, setValid] = useState(true);
  const action = useAction<Sent>();
  return (
    <section className="card form">
      <fieldset className="filters" aria-label="Input">
        {[false, true].map((json) => (
          <button key={String(json)} type="button" aria-pressed={json === isJson} onClick={() => setJson(json)}>
            {json ? 'JSON' : 'form'}
          </button>
        ))}
      </fieldset>
      {isJson ? (
        <JsonEditor label="JSON" value={content} onChange={setContent} onValid={setValid} />
      ) : (
        <SchemaField name={name} schema={schema as Schema} value={content} onChange={setContent} />
      )}
      <p className="actions">
        <button
          type="button"
          className="primary"
          disabled={action.isPending || (isJson && !isValid)}
          onClick={() => action.mutate({ path: '/api/send', body: { kind, name, content } })}
        >
          {kind === 'event' ? 'Publish the event' : 'Post the request'}
        </button>
        {kind === 'event' && <span className="muted">Every subscriber receives it.</span>}
      </p>
      <Problem error={action.error} />
      {action.data && <Result sent={action.data} />}
    </section>
  );
}

function Result({ sent: { text, id, response } }: { sent: Sent }) {
  const ids = id ? [id] : idsIn(response?.body ?? '');
  return (
    <div role="status">
      <p className={response && response.status >= 400 ? 'bad' : 'done'}>{text}</p>
      {response && (
        <Code>{[...Object.entries(response.headers).map((one) => one.join(': ')), '', response.body].join('\n')}</Code>
      )}
      {ids.map((one) => (
        <p key={one}>
          <Link href={`/flows/${encodeURIComponent(one)}?new`}>Show its flow</Link> <code>{one}</code>
        </p>
      ))}
    </div>
  );
}

/** The ids in a response, by which its flow is found. */
function idsIn(body: string): string[] {
  try {
    const fields = Object.entries(JSON.parse(body) as Record<string, unknown>);
    return fields.flatMap(([name, value]) => (/^id$|Id$/.test(name) && typeof value === 'string' ? [value] : []));
  } catch {
    return [];
  }
}
