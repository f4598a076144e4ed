import { useId } from 'react';

/** The part of JSON Schema (draft 2020-12) that contracts and request bodies use. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** Returns a value to begin with: required fields only, each as empty as its schema allows. */
export function blank(schema: Schema): unknown {
  const one = plain(schema);
  if (one.const !== undefined) return one.const;
  if (one.default !== undefined) return one.default;
  if (one.enum) return one.enum[0];
  if (one.properties) {
    const required = Object.entries(one.properties).filter(([name]) => one.required?.includes(name));
    return Object.fromEntries(required.map(([name, property]) => [name, blank(property)]));
  }
  if (one.type === 'array') return one.items ? [blank(one.items)] : [];
  if (one.type === 'number' || one.type === 'integer') return Math.max(1, one.minimum ?? 1);
  if (one.type === 'boolean') return false;
  if (one.format === 'date-time') return new Date().toISOString();
  if (one.format === 'date') return new Date().toISOString().slice(0, 10);
  return one.format === 'uuid' ? crypto.randomUUID() : '';
}

interface FieldProps {
  readonly name: string;
  readonly schema: Schema;
  readonly value: unknown;
  readonly isOptional?: boolean;
  readonly onChange: (value: unknown) => void;
}

/** A form for a value of a JSON Schema. The server validates what it sends. */
export function SchemaField({ name, schema, value, isOptional = false, onChange }: FieldProps) {
  const one = plain(schema);
  if (value === undefined && isOptional) {
    return (
      <button type="button" onClick={() => onChange(blank(one))}>
        Add {name}
      </button>
    );
  }
  const remove = isOptional ? (
    <button type="button" aria-label={`Remove ${name}`} onClick={() => onChange(undefined)}>
      ✕
    </button>
  ) : null;
  if (one.properties) {
    const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    return (
      <fieldset>
        <legend>
          {name} {remove}
        </legend>
        {Object.entries(one.properties).map(([key, property]) => (
          <SchemaField
            key={key}
            name={key}
            schema={property}
            value={fields[key]}
            isOptional={!one.required?.includes(key)}
            onChange={(next) => {
              const { [key]: _, ...rest } = fields;
              onChange(next === undefined ? rest : { ...fields, [key]: next });
            }}
          />
        ))}
      </fieldset>
    );
  }
  if (one.type === 'array' && one.items) return <List {...{ name, value, onChange, remove }} items={one.items} />;
  return <Leaf {...{ name, value, onChange, remove }} schema={one} />;
}

type Part = Pick<FieldProps, 'name' | 'value' | 'onChange'> & { readonly remove: React.ReactNode };

function List({ name, items, value, onChange, remove }: Part & { readonly items: Schema }) {
  const entries = Array.isArray(value) ? value : [];
  return (
    <fieldset>
      <legend>
        {name} {remove}
      </legend>
      {entries.map((entry, index) => (
        <SchemaField
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other identity
          key={index}
          name={`${name} ${index + 1}`}
          schema={items}
          value={entry}
          isOptional
          onChange={(next) =>
            onChange(next === undefined ? entries.filter((_, at) => at !== index) : entries.with(index, next))
          }
        />
      ))}
      <button type="button" onClick={() => onChange([...entries, blank(items)])}>
        Add to {name}
      </button>
    </fieldset>
  );
}

function Leaf({ name, schema, value, onChange, remove }: Part & { readonly schema: Schema }) {
  const id = useId();
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  return (
    <p className="field">
      <label htmlFor={id}>
        {name} <small className="muted">{schema.format ?? schema.type}</small>
      </label>
      {schema.enum ? (
        <select id={id} value={String(value)} onChange={({ target }) => onChange(target.value)}>
          {schema.enum.map((one) => (
            <option key={String(one)}>{String(one)}</option>
          ))}
        </select>
      ) : schema.type === 'boolean' ? (
        <input id={id} type="checkbox" checked={value === true} onChange={({ target }) => onChange(target.checked)} />
      ) : (
        <input
          id={id}
          type={isNumber ? 'number' : 'text'}
          step={schema.type === 'integer' ? 1 : 'any'}
          value={typeof value === 'string' || typeof value === 'number' ? value : ''}
          onChange={({ target }) => onChange(isNumber ? target.valueAsNumber : target.value)}
        />
      )}
      {remove}
    </p>
  );
}

/** The first of several alternatives. The others can be written as JSON. */
function plain(schema: Schema): Schema {
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  return first ? plain(first) : schema;
}
