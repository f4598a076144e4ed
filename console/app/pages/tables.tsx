import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { ShownTable } from '../../api';
import { useRead } from '../client';
import { Code, Empty, Page, PersonalSwitch, Problem } from '../parts';

/** Looks into the services' tables. */
export function TablesPage() {
  const { data: names, error } = useRead<string[]>('/api/tables');
  const [parameters, setParameters] = useSearchParams();
  const [personal, setPersonal] = useState(false);
  const name = parameters.get('table') ?? names?.[0] ?? '';
  const key = parameters.get('key') ?? '';
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = String(new FormData(event.currentTarget).get('key')).trim();
    setParameters(wanted ? { table: name, key: wanted } : { table: name });
  };
  return (
    <Page title="Tables" actions={<PersonalSwitch isOn={personal} onChange={setPersonal} />}>
      <Problem error={error} />
      <div className="actions">
        <label>
          Table{' '}
          <select value={name} onChange={({ target }) => setParameters({ table: target.value })}>
            {names?.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <form key={`${name} ${key}`} onSubmit={find} className="actions">
          <input name="key" type="search" defaultValue={key} aria-label="Key" placeholder="Key, or any items" />
          <button type="submit">Find</button>
        </form>
      </div>
      {name && <Items name={name} itemKey={key} personal={personal} />}
    </Page>
  );
}

function Items({ name, itemKey, personal }: { name: string; itemKey: string; personal: boolean }) {
  const query = new URLSearchParams({ ...(itemKey && { key: itemKey }), ...(personal && { personal: '1' }) });
  const { data, error } = useRead<ShownTable>(`/api/tables/${name}?${query}`, 3);
  if (error) return <Problem error={error} />;
  if (!data) return <p>Reading the table …</p>;
  const first = data.items.slice(0, 10).flatMap((item) => Object.keys(item));
  const columns = [...new Set([...data.keys, ...first])];
  return data.items.length === 0 ? (
    <Empty title={itemKey ? `No item has the key ${itemKey}.` : 'The table is empty.'} />
  ) : (
    <>
      <p className="muted">
        {data.items.length === 1 ? '1 item' : `${data.items.length} items`}
        {data.hasMore && `, and more. About ${data.approximateItems.toLocaleString('en')} in all`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="scroll" aria-label={name} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => (
              <tr key={data.keys.map((key) => String(item[key])).join()} className="plain">
                {columns.map((column) => (
                  <td key={column}>
                    <Value of={item[column]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Value({ of }: { of: unknown }) {
  if (typeof of !== 'object' || of === null) return of === undefined ? null : String(of);
  const names = Object.keys(of);
  if (names.length === 0) return JSON.stringify(of);
  return (
    <details>
      <summary>{Array.isArray(of) ? `list of ${of.length}` : names.join(', ')}</summary>
      <Code>{JSON.stringify(of, null, 2)}</Code>
    </details>
  );
}
