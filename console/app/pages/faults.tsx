import type { ConsoleFunction, Fault } from '../../api';
import { useAction, useLive, useRead, useSystem } from '../client';
import { Page, Problem } from '../parts';

/** Breaks parts of the local cloud on purpose. */
export function FaultsPage() {
  const { services } = useSystem();
  const { data: faults, error } = useRead<Fault[]>('/api/faults', 5);
  const action = useAction();
  return (
    <Page title="Faults">
      <p className="muted">
        Break something, watch the system on the other pages, and repair it. Nothing is lost: what waits is processed
        when the fault is over.
      </p>
      <Problem error={error ?? action.error} />
      <p role="status" className="done">
        {action.isPending ? 'Working …' : action.data?.text}
      </p>
      <h2>Consumers</h2>
      <ul className="grid">
        {services.map(({ service, functions }) => (
          <li key={service} className="card">
            <h3>{service}</h3>
            {functions
              .filter(({ kind }) => kind === 'subscription')
              .map((one) => (
                <Consumer
                  key={one.name}
                  consumer={one}
                  act={(on) => action.mutate({ path: `/api/consumers/${one.name}`, body: { on } })}
                />
              ))}
          </li>
        ))}
      </ul>
      <h2>More faults</h2>
      <ul className="grid">
        {faults?.map(({ id, label, description, isOn }) => (
          <li key={id} className={`card ${isOn ? 'broken' : ''}`}>
            <p className="consumer">
              <Switch
                name={label}
                isOn={isOn}
                isFault
                isDisabled={action.isPending}
                act={(on) => action.mutate({ path: `/api/faults/${id}`, body: { on } })}
              />
              {label}
            </p>
            <p className="muted">{description}</p>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function Consumer({ consumer: { name }, act }: { consumer: ConsoleFunction; act: (on: boolean) => void }) {
  const queue = useLive().snapshot?.queues.find((one) => one.name === name);
  return (
    <p className="consumer">
      <Switch name={name} isOn={queue?.isEnabled !== false} act={act} />
      {name.split('.')[1]} <span className="muted">{queue && queue.waiting > 0 && `${queue.waiting} waiting`}</span>
    </p>
  );
}

interface SwitchProps {
  readonly name: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  /** Whether on is the bad state. */
  readonly isFault?: boolean;
  readonly act: (on: boolean) => void;
}

function Switch({ name, isOn, isDisabled = false, isFault = false, act }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={name}
      className={isFault ? 'fault' : ''}
      disabled={isDisabled}
      onClick={() => act(!isOn)}
    >
      {isOn ? 'on' : 'off'}
    </button>
  );
}
