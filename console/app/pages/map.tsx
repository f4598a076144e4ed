import {
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { type ReactNode, useEffect, useMemo, useSyncExternalStore } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { ConsoleFunction, ConsoleService, LiveQueue, Snapshot, SystemInfo } from '../../api';
import { useLive, useSystem } from '../client';
import { BUS_HEIGHT, layout, type Place, WIDTH } from '../layout';
import { Page } from '../parts';

type ServiceNode = Node<{ service: ConsoleService; isSelected: boolean; side: Place['side'] }, 'service'>;
type BusNode = Node<{ ends: readonly (Place & { readonly service: string })[] }, 'bus'>;

const NODE_TYPES = { service: ServiceOnMap, bus: BusOnMap };
const BUS = '(bus)';
/** The buttons have room below the services. */
const FIT = { padding: { top: '20px', left: '24px', right: '24px', bottom: '56px' }, maxZoom: 1.1 } as const;
const NARROW = matchMedia('(max-width: 760px)');

/** The deployed system, with waiting and stuck messages. */
export default function MapPage() {
  const { services, bus } = useSystem();
  const { service: selected } = useParams<{ service?: string }>();
  const broker = useLive().snapshot?.queues.find(({ name }) => name === 'broker');
  const chosen = services.find(({ service }) => service === selected);
  const isNarrow = useSyncExternalStore(
    (changed) => {
      NARROW.addEventListener('change', changed);
      return () => NARROW.removeEventListener('change', changed);
    },
    () => NARROW.matches,
  );
  const facts = (
    <span className="muted">
      bus <code>{bus}</code> {broker && broker.dead > 0 && <b className="bad">{broker.dead} unrouted</b>}
    </span>
  );
  return (
    <Page title="Map" actions={facts}>
      {isNarrow ? (
        <>
          {chosen && <Details service={chosen} />}
          <ul className="services">
            {services.map((service) => (
              <li key={service.service}>
                <ServiceCard service={service} isSelected={service === chosen} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <div className={chosen ? 'map with-details' : 'map'}>
          {/* Another width needs another fit. */}
          <Diagram key={chosen ? 'beside' : 'whole'} selected={selected} />
          {chosen && <Details service={chosen} />}
        </div>
      )}
    </Page>
  );
}

function Diagram({ selected }: { selected: string | undefined }) {
  const system = useSystem();
  const { services } = system;
  const [, go] = useLocation();
  const { snapshot } = useLive();
  const { places, width } = useMemo(() => layout(services), [services]);
  const placeOf = (service: string) => places.get(service) ?? { x: 0, y: 0, height: 0, side: 'above' as const };
  const nodes: (ServiceNode | BusNode)[] = services.map((service) => {
    const { side, x, y, height } = placeOf(service.service);
    const data = { service, isSelected: service.service === selected, side };
    // A service without a size is hidden until the browser has measured it.
    const size = { initialWidth: WIDTH, initialHeight: height };
    return { id: service.service, type: 'service', position: { x, y }, ...size, data, draggable: false };
  });
  nodes.push({
    id: BUS,
    type: 'bus',
    position: { x: 0, y: 0 },
    style: { width, height: BUS_HEIGHT },
    initialWidth: width,
    initialHeight: BUS_HEIGHT,
    data: { ends: services.map(({ service }) => ({ service, ...placeOf(service) })) },
    draggable: false,
    selectable: false,
  });
  return (
    <ReactFlow
      nodes={nodes}
      edges={edgesOf(system, snapshot?.queues ?? [], selected)}
      nodeTypes={NODE_TYPES}
      fitView
      fitViewOptions={FIT}
      minZoom={0.2}
      nodesConnectable={false}
      // Each service is a link, which the keyboard reaches.
      nodesFocusable={false}
      onPaneClick={() => go('/map')}
    >
      <Background gap={24} />
      <Controls showInteractive={false} orientation="horizontal" fitViewOptions={FIT} />
    </ReactFlow>
  );
}

function ServiceOnMap({ data: { service, isSelected, side } }: NodeProps<ServiceNode>) {
  const position = side === 'above' ? Position.Bottom : Position.Top;
  return (
    <>
      <Handle type="source" position={position} id="publishes" style={{ left: '35%' }} isConnectable={false} />
      <Handle type="target" position={position} id="receives" style={{ left: '65%' }} isConnectable={false} />
      <Handle type="source" position={Position.Right} id="topic-out" isConnectable={false} />
      <Handle type="target" position={Position.Left} id="topic-in" isConnectable={false} />
      <ServiceCard service={service} isSelected={isSelected} />
    </>
  );
}

function BusOnMap({ data: { ends } }: NodeProps<BusNode>) {
  const { snapshot } = useLive();
  const last = snapshot?.load.slice(-10) ?? [];
  const rate = last.reduce((sum, { arrived }) => sum + arrived, 0) / Math.max(1, last.length);
  return (
    <div className="bus">
      {ends.map(({ service, x, side }) => {
        const position = side === 'above' ? Position.Top : Position.Bottom;
        return (
          <span key={service}>
            <Handle type="target" id={`from-${service}`} position={position} style={{ left: x + WIDTH * 0.35 }} />
            <Handle type="source" id={`to-${service}`} position={position} style={{ left: x + WIDTH * 0.65 }} />
          </span>
        );
      })}
      event bus {rate > 0 && <span className="rate">{rate.toFixed(1)} events/s</span>}
    </div>
  );
}

function ServiceCard({ service, isSelected }: { service: ConsoleService; isSelected: boolean }) {
  const { snapshot } = useLive();
  const circuits = snapshot?.openCircuits.filter((one) => one.service === service.service) ?? [];
  return (
    <Link
      href={`/map/${service.service}`}
      className={`whole service ${isSelected ? 'selected' : ''}`}
      aria-current={isSelected ? 'true' : undefined}
    >
      <h2>{service.service}</h2>
      {circuits.map(({ dependency }) => (
        <p key={dependency} className="circuit">
          circuit open: {dependency}
        </p>
      ))}
      {service.functions.map((one) => {
        const queue = snapshot?.queues.find(({ name }) => name === one.name);
        // Every service has a relay. It matters here when it is stuck.
        return one.kind === 'relay' && !(queue && isStuck(queue)) ? null : (
          <FunctionRow key={one.name} of={one} queue={queue} />
        );
      })}
    </Link>
  );
}

function FunctionRow({ of: { name, route }, queue }: { of: ConsoleFunction; queue: LiveQueue | undefined }) {
  return (
    <p className={`row ${queue && isStuck(queue) ? 'stuck' : ''}`}>
      <span>{route ?? name.split('.')[1]}</span>
      {queue?.isEnabled === false && <b className="bad">off</b>}
      {queue && queue.rate > 0 && <span className="rate">{queue.rate.toFixed(1)}/s</span>}
      {queue && queue.waiting + queue.inFlight > 0 && <b>{queue.waiting + queue.inFlight}</b>}
      {queue && queue.dead > 0 && <b className="bad">{queue.dead} dead</b>}
    </p>
  );
}

/** Whether a message is older than a minute or dead, or waits for a disabled consumer. */
function isStuck({ dead, oldestSeconds = 0, isEnabled, waiting }: LiveQueue): boolean {
  return dead > 0 || oldestSeconds > 60 || (isEnabled === false && waiting > 0);
}

/** Each service to the bus and from it, and each topic directly from its owner to its subscriber. */
function edgesOf(
  { services, channels }: SystemInfo,
  queues: readonly LiveQueue[],
  selected: string | undefined,
): Edge[] {
  const isOnBus = (contract: string) => (channels[contract] ?? 'bus') === 'bus';
  const ownerOf = (contract: string) => contract.slice(0, contract.lastIndexOf('.'));
  const partners = new Set(
    services.flatMap(({ service, functions }) =>
      functions.flatMap(({ to }) =>
        to.flatMap((one) => {
          if (service === selected) return [service, ownerOf(one)];
          return ownerOf(one) === selected ? [service, selected] : [];
        }),
      ),
    ),
  );
  const classOf = (service: string, isWrong: boolean) => {
    if (isWrong) return 'stuck';
    return selected === undefined ? '' : partners.has(service) ? 'shown' : 'faded';
  };
  return services.flatMap(({ service, functions }): Edge[] => {
    const ofService = queues.filter(({ name }) => functions.some((one) => one.name === name));
    const common = { focusable: false } as const;
    const edges: Edge[] = [];
    if (functions.some(({ emits }) => emits.some(isOnBus))) {
      edges.push({
        ...common,
        id: `${service}>bus`,
        source: service,
        sourceHandle: 'publishes',
        target: BUS,
        targetHandle: `from-${service}`,
        className: classOf(service, false),
      });
    }
    if (functions.some(({ to }) => to.some(isOnBus))) {
      edges.push({
        ...common,
        id: `bus>${service}`,
        source: BUS,
        sourceHandle: `to-${service}`,
        target: service,
        targetHandle: 'receives',
        animated: ofService.some(({ rate }) => rate > 0),
        className: classOf(service, ofService.some(isStuck)),
        markerEnd: { type: MarkerType.ArrowClosed },
      });
    }
    for (const contract of new Set(functions.flatMap(({ to }) => to))) {
      const owner = ownerOf(contract);
      if (channels[contract] !== 'topic' || owner === service) continue;
      edges.push({
        ...common,
        id: `${contract}>${service}`,
        source: owner,
        sourceHandle: 'topic-out',
        target: service,
        targetHandle: 'topic-in',
        className: `topic ${classOf(service, false)}`,
        markerEnd: { type: MarkerType.ArrowClosed },
      });
    }
    return edges;
  });
}

/** A service's functions with their queues, events and tables. */
function Details({ service: { service, functions, url } }: { service: ConsoleService }) {
  const { snapshot } = useLive();
  const [, go] = useLocation();
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && go('/map');
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [go]);
  return (
    <aside aria-label={service}>
      <header>
        <h2>{service}</h2>
        <Link href="/map" aria-label={`Close ${service}`}>
          ✕
        </Link>
      </header>
      {url && <code>{url}</code>}
      {functions.map((one) => (
        <FunctionDetails key={one.name} of={one} service={service} queue={queueOf(snapshot, one.name)} />
      ))}
    </aside>
  );
}

interface FunctionDetailsProps {
  readonly of: ConsoleFunction;
  readonly service: string;
  readonly queue: LiveQueue | undefined;
}

function FunctionDetails({ of, service, queue }: FunctionDetailsProps) {
  const { name, kind, file, route, to, emits, uses, dependencies } = of;
  const lists = { receives: to, publishes: emits, 'depends on': dependencies };
  const tables = uses.map((table) => (
    <Link key={table} href={`/tables?table=${service}.${table}`}>
      {table}
    </Link>
  ));
  return (
    <section>
      <h3>
        {name.split('.')[1]} <small className="tag">{kind}</small>
      </h3>
      {route && <p>{route}</p>}
      <code>{file}</code>
      {queue && <Queue of={queue} />}
      <dl>
        {Object.entries(lists).map(([label, list]) => (
          <Facts key={label} label={label} list={list} />
        ))}
        <Facts label="tables" list={tables} />
      </dl>
    </section>
  );
}

function Facts({ label, list }: { label: string; list: readonly ReactNode[] }) {
  if (list.length === 0) return null;
  return (
    <>
      <dt>{label}</dt>
      {list.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list of a function does not change
        <dd key={index}>{one}</dd>
      ))}
    </>
  );
}

function Queue({ of: queue }: { of: LiveQueue }) {
  const { waiting, inFlight, delayed, dead, oldestSeconds, rate } = queue;
  const numbers = {
    waiting,
    'in flight': inFlight,
    delayed,
    dead,
    oldest: oldestSeconds === undefined ? '–' : `${oldestSeconds} s`,
    rate: `${rate.toFixed(1)}/s`,
  };
  return (
    <ul className="queue">
      {Object.entries(numbers).map(([label, value]) => (
        <li key={label} className={(label === 'dead' || label === 'oldest') && isStuck(queue) ? 'bad' : ''}>
          <b>{value}</b> {label === 'dead' && dead > 0 ? <Link href="/dead-letters">dead</Link> : label}
        </li>
      ))}
    </ul>
  );
}

function queueOf(snapshot: Snapshot | undefined, name: string): LiveQueue | undefined {
  return snapshot?.queues.find((one) => one.name === name);
}
