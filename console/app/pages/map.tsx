import { Background, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useMemo } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { ConsoleFunction, ConsoleService, LiveQueue } from '../../api';
import { useLive, useSystem } from '../client';
import { layout } from '../layout';
import { Page } from '../parts';

type ServiceNode = Node<{ service: ConsoleService; isSelected: boolean }, 'service'>;

const NODE_TYPES = { service: ServiceCard };

/** The system as deployed, with what waits and what is stuck. */
export default function MapPage() {
  const { services, bus } = useSystem();
  const { service: selected } = useParams<{ service?: string }>();
  const [, go] = useLocation();
  const places = useMemo(() => layout(services), [services]);
  const { snapshot } = useLive();
  const stuck = new Set(snapshot?.queues.filter(isStuck).map(({ name }) => name));
  const nodes = services.map((service): ServiceNode => {
    const position = places.get(service.service) ?? { x: 0, y: 0 };
    const data = { service, isSelected: service.service === selected };
    return { id: service.service, type: 'service', position, data, draggable: false };
  });
  const chosen = services.find(({ service }) => service === selected);
  const broker = snapshot?.queues.find(({ name }) => name === 'broker');
  return (
    <Page
      title="Map"
      actions={
        <span className="muted">
          bus <code>{bus}</code> {broker && broker.dead > 0 && <b className="bad">{broker.dead} unrouted</b>}
        </span>
      }
    >
      <div className="map">
        <ReactFlow
          nodes={nodes}
          edges={edgesOf(services, stuck, selected)}
          nodeTypes={NODE_TYPES}
          fitView
          fitViewOptions={{ padding: 0.06 }}
          minZoom={0.2}
          nodesConnectable={false}
          onNodeClick={(_, node) => go(`/map/${node.id}`)}
          onPaneClick={() => go('/map')}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
        {chosen && <Details service={chosen} />}
      </div>
    </Page>
  );
}

function ServiceCard({ data: { service, isSelected } }: NodeProps<ServiceNode>) {
  const { snapshot } = useLive();
  const circuits = snapshot?.openCircuits.filter((one) => one.service === service.service) ?? [];
  return (
    <div className={`service ${isSelected ? 'selected' : ''}`}>
      <Handle type="source" position={Position.Right} isConnectable={false} />
      <h2>{service.service}</h2>
      {circuits.map(({ dependency }) => (
        <p key={dependency} className="circuit">
          circuit open: {dependency}
        </p>
      ))}
      {service.functions.map((one) => (
        <FunctionRow key={one.name} of={one} queue={snapshot?.queues.find(({ name }) => name === one.name)} />
      ))}
    </div>
  );
}

function FunctionRow({ of: { name, kind, route }, queue }: { of: ConsoleFunction; queue?: LiveQueue }) {
  return (
    <p className={`row ${queue && isStuck(queue) ? 'stuck' : ''}`}>
      {kind === 'subscription' && <Handle type="target" position={Position.Left} id={name} isConnectable={false} />}
      <span>{route ?? name.split('.')[1]}</span>
      {queue?.isEnabled === false && <b className="bad">off</b>}
      {queue && queue.rate > 0 && <span className="rate">{queue.rate.toFixed(1)}/s</span>}
      {queue && queue.waiting + queue.inFlight > 0 && <b>{queue.waiting + queue.inFlight}</b>}
      {queue && queue.dead > 0 && <b className="bad">{queue.dead} dead</b>}
    </p>
  );
}

/** Older than a minute, dead, or switched off with messages. */
function isStuck({ dead, oldestSeconds = 0, isEnabled, waiting }: LiveQueue): boolean {
  return dead > 0 || oldestSeconds > 60 || (isEnabled === false && waiting > 0);
}

function edgesOf(
  services: readonly ConsoleService[],
  stuck: ReadonlySet<string>,
  selected: string | undefined,
): Edge[] {
  return services.flatMap(({ service: to, functions }) =>
    functions.flatMap(({ name, to: contracts }) => {
      const owners = [...new Set(contracts.map((one) => one.split('.')[0] ?? ''))];
      return owners
        .filter((owner) => owner !== to && services.some(({ service }) => service === owner))
        .map((from): Edge => {
          const own = contracts.filter((one) => one.startsWith(`${from}.`)).map((one) => one.split('.')[1]);
          const isShown = selected === from || selected === to;
          const className = stuck.has(name) ? 'stuck' : isShown ? 'shown' : selected ? 'faded' : '';
          return {
            id: `${from}>${name}`,
            source: from,
            target: to,
            targetHandle: name,
            className,
            focusable: false,
            ...(isShown && { label: own.join(', '), zIndex: 1 }),
          };
        });
    }),
  );
}

function Details({ service: { service, functions, url } }: { service: ConsoleService }) {
  const { snapshot } = useLive();
  return (
    <aside aria-label={service}>
      <header>
        <h2>{service}</h2>
        <Link href="/map" aria-label="Close">
          ✕
        </Link>
      </header>
      {url && <code>{url}</code>}
      {functions.map(({ name, kind, file, route, to, emits, uses, dependencies }) => {
        const queue = snapshot?.queues.find((one) => one.name === name);
        const lists = { receives: to, publishes: emits, tables: uses, 'depends on': dependencies };
        return (
          <section key={name}>
            <h3>
              {name.split('.')[1]} <small className="tag">{kind}</small>
            </h3>
            <code>{file}</code>
            {route && <p>{route}</p>}
            {queue && (
              <p className={isStuck(queue) ? 'bad' : ''}>
                {queue.waiting} waiting, {queue.inFlight} in flight, {queue.delayed} delayed, {queue.dead} dead
                {queue.oldestSeconds !== undefined && `, oldest ${queue.oldestSeconds} s`}, {queue.rate.toFixed(1)}/s
              </p>
            )}
            {Object.entries(lists).map(([label, list]) =>
              list.length > 0 ? (
                <p key={label} className="muted">
                  {label} {list.join(', ')}
                </p>
              ) : null,
            )}
          </section>
        );
      })}
    </aside>
  );
}
