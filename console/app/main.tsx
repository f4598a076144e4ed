import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import type { SystemInfo } from '../api';
import { isNotFound, LiveContext, SystemContext, useLive, useRead, useSnapshots, useSystem } from './client';
import { DeadLettersPage } from './pages/dead-letters';
import { FaultsPage } from './pages/faults';
import { FlowPage } from './pages/flow';
import { FlowsPage } from './pages/flows';
import { ReconciliationPage } from './pages/reconciliation';
import { SettingsPage } from './pages/settings';
import { TablesPage } from './pages/tables';
import { Empty, Page, Problem } from './parts';
import './styles.css';

const MapPage = lazy(() => import('./pages/map'));
const LoadPage = lazy(() => import('./pages/load'));
const SendPage = lazy(() => import('./pages/send'));

function App() {
  const system = useRead<SystemInfo>('/api/system');
  const live = useSnapshots();
  if (!system.data)
    return <main className="boot">{system.error ? <Problem error={system.error} /> : 'Loading …'}</main>;
  return (
    <SystemContext value={system.data}>
      <LiveContext value={live}>
        <a className="skip" href="#main">
          Skip to content
        </a>
        <Navigation />
        <div className="body">
          <Trouble />
          <Reloaded />
          <Suspense fallback={<main className="boot">Loading …</main>}>
            <Switch>
              <Route path="/map" component={MapPage} />
              <Route path="/map/:service" component={MapPage} />
              <Route path="/flows" component={FlowsPage} />
              <Route path="/flows/:id">{({ id }) => <FlowPage key={id} id={decoded(id)} />}</Route>
              <Route path="/dead-letters" component={DeadLettersPage} />
              <Route path="/reconciliation" component={ReconciliationPage} />
              <Route path="/load" component={LoadPage} />
              <Route path="/send" component={SendPage} />
              <Route path="/tables" component={TablesPage} />
              <Route path="/faults" component={FaultsPage} />
              <Route path="/settings" component={SettingsPage} />
              <Route path="/">
                <Redirect to="/map" />
              </Route>
              <Route>
                <Page title="Not found">
                  <Empty title="There is no such page." />
                </Page>
              </Route>
            </Switch>
          </Suspense>
        </div>
      </LiveContext>
    </SystemContext>
  );
}

function Navigation() {
  const { stage, isLocal, region, reconcilers } = useSystem();
  const { snapshot, isConnected } = useLive();
  const dead = snapshot?.queues.reduce((sum, queue) => sum + queue.dead, 0) ?? 0;
  const pages: readonly (readonly [string, string, number?])[] = [
    ['/map', 'Map'],
    ['/flows', 'Flows', snapshot?.flows.stuck],
    ['/dead-letters', 'Dead letters', dead],
    ...(reconcilers.length > 0 ? ([['/reconciliation', 'Reconciliation']] as const) : []),
    ['/load', 'Load'],
    ...(stage === 'prod' ? [] : ([['/send', 'Send']] as const)),
    ['/tables', 'Tables'],
    ...(isLocal ? ([['/faults', 'Faults']] as const) : []),
    ['/settings', 'Settings'],
  ];
  return (
    <nav aria-label="Main">
      <p className="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 6h6l3 6 3-6h6M3 18h6l3-6 3 6h6" />
        </svg>
        Console <b className={`stage ${stage}`}>{stage}</b>
      </p>
      <Search />
      <ul>
        {pages.map(([path, label, count = 0]) => (
          <li key={path}>
            <Link
              href={path}
              className={(isActive) => (isActive || location.pathname.startsWith(`${path}/`) ? 'active' : '')}
            >
              {label}
              {count > 0 && <span className="count">{count}</span>}
            </Link>
          </li>
        ))}
      </ul>
      <p className={isConnected ? 'live' : 'live off'}>
        {isConnected ? 'live' : 'not connected'} · {region}
      </p>
    </nav>
  );
}

/** A search box for any id. `/` focuses it. */
function Search() {
  const [, go] = useLocation();
  const [missing, setMissing] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const find = async (event: FormEvent) => {
    event.preventDefault();
    const id = input.current?.value.trim() ?? '';
    if (id === '') return;
    const answer = await fetch(`/api/search?q=${encodeURIComponent(id)}`);
    const { correlationId } = (await answer.json()) as { correlationId?: string | null };
    setMissing(correlationId ? '' : id);
    if (correlationId) go(`/flows/${encodeURIComponent(correlationId)}`);
  };
  return (
    <search>
      <form onSubmit={(event) => void find(event)}>
        <input
          ref={input}
          type="search"
          aria-label="Find any id"
          placeholder="Find any id   /"
          onChange={() => setMissing('')}
        />
      </form>
      <p role="status">{missing && `Nothing known has the id ${missing}.`}</p>
    </search>
  );
}

function Trouble() {
  const { snapshot, isConnected } = useLive();
  if (snapshot && !isConnected)
    return <p className="problem banner">The console's server does not answer. Was it stopped?</p>;
  if (snapshot?.problem) return <p className="problem banner">The system could not be read: {snapshot.problem}</p>;
  return null;
}

/** Shows for ten seconds what was reloaded, and reads all data again. */
function Reloaded() {
  const reload = useLive().snapshot?.reload;
  const client = useQueryClient();
  const [shown, setShown] = useState('');
  const at = reload?.at ?? '';
  useEffect(() => {
    if (at === '' || Date.now() - Date.parse(at) > RELOAD_SHOWN_MS) return;
    setShown(at);
    void client.invalidateQueries();
    const timer = setTimeout(() => setShown(''), RELOAD_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [at, client]);
  return (
    <p role="status" className={shown === '' ? '' : 'done banner'}>
      {shown !== '' && `Reloaded ${reload?.what.join(', ')} at ${new Date(shown).toLocaleTimeString()}`}
    </p>
  );
}

const RELOAD_SHOWN_MS = 10_000;
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 1 && !isNotFound(error), staleTime: 500 },
  },
});
const saved = localStorage.getItem('theme');
if (saved) document.documentElement.dataset.theme = saved;
createRoot(document.getElementById('root') as HTMLElement).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
);

/** Returns the text of a part of a path; the part itself when it is not encoded correctly. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
