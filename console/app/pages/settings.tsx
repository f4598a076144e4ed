import { useState } from 'react';
import { useLive, useSystem } from '../client';
import { Page } from '../parts';

export function SettingsPage() {
  const { stage, place, region, identity, bus, hasJournal, versions } = useSystem();
  const { snapshot } = useLive();
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? '');
  const choose = (next: string) => {
    setTheme(next);
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem('theme', next);
  };
  const rows = Object.entries({
    Stage: stage,
    'Runs at': place,
    Region: region,
    'Signed in as': identity,
    Bus: bus,
    Journal: hasJournal ? 'deployed' : 'not deployed: flows are not listed',
    ...versions,
    'Read last': snapshot?.at ?? '–',
  });
  return (
    <Page title="Settings">
      <dl className="card">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <fieldset className="filters">
        <legend>Colours</legend>
        {['', 'light', 'dark'].map((one) => (
          <button key={one} type="button" aria-pressed={one === theme} onClick={() => choose(one)}>
            {one || 'as the system'}
          </button>
        ))}
      </fieldset>
    </Page>
  );
}
