import type { ConsoleFunction } from '../../api';
import { useAction, useLive, useSystem } from '../client';
import { Page, Problem } from '../parts';

/** Breaks parts of the local cloud on purpose. */
export function FaultsPage() {
  const { services, faults } = useSystem();
  const action = useAction();
  return (
    <Page title="Faults">
      <p className="muted">
        Switch a consumer off and watch its queue grow. Nothing is lost: switch it on, and it catches up.
      </p>
      <Problem error={action.error} />
      <p role="status" className="done">
        {action.data?.text}
      </p>
      {faults.map(({ id, label, description }) => (
        <section key={id} className="card">
          <header>
            <h2>{label}</h2>
            <div className="actions">
              {[true, false].map((on) => (
                <button
                  key={String(on)}
                  type="button"
                  onClick={() => action.mutate({ path: `/api/faults/${id}`, body: { on } })}
                >
                  {on ? 'On' : 'Off'}
                </button>
              ))}
            </div>
          </header>
          <p className="muted">{description}</p>
        </section>
      ))}
      <ul className="grid">
        {services.map(({ service, functions }) => (
          <li key={service} className="card">
            <h2>{service}</h2>
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
    </Page>
  );
}

function Consumer({ consumer: { name }, act }: { consumer: ConsoleFunction; act: (on: boolean) => void }) {
  const queue = useLive().snapshot?.queues.find((one) => one.name === name);
  const isOn = queue?.isEnabled !== false;
  return (
    <p className="consumer">
      <button type="button" role="switch" aria-checked={isOn} aria-label={name} onClick={() => act(!isOn)}>
        {isOn ? 'on' : 'off'}
      </button>
      {name.split('.')[1]} <span className="muted">{queue && queue.waiting > 0 && `${queue.waiting} waiting`}</span>
    </p>
  );
}
