import { fullName } from '../../lib/broker/manifest';
import { type DeclaredSystem, publishersOf, subscriptionsTo } from './declared';

/** Returns the map as a Markdown page: a Mermaid diagram of the services, and a table of all contracts. */
export function toMarkdown(system: DeclaredSystem): string {
  return [
    '# Map',
    '',
    '<!-- Written by "npm run map". Do not edit. -->',
    '',
    'Who publishes and who subscribes, from the declarations in `lambdas/<service>/service.ts`. Solid arrows cross the bus, dotted ones a',
    'topic. Reminders, which return to their own service, are in the table. The same as documents for tools: [AsyncAPI](asyncapi.json), and',
    `OpenAPI for each HTTP API: ${apisOf(system).join(', ') || 'none'}.`,
    '',
    '```mermaid',
    ...diagram(system),
    '```',
    '',
    '| event | version | channel | published by | received by |',
    '| --- | --- | --- | --- | --- |',
    ...rows(system),
    '',
  ].join('\n');
}

function apisOf({ declarations }: DeclaredSystem): string[] {
  const services = declarations.filter(({ kind }) => kind === 'endpoint').map(({ service }) => service);
  return [...new Set(services)].sort().map((service) => `[${service}](openapi.${service}.json)`);
}

function diagram(system: DeclaredSystem): string[] {
  const services = [...new Set(system.declarations.map(({ service }) => service))].sort();
  const labels = new Map<string, string[]>();
  for (const contract of sorted(system)) {
    if (contract.channel === 'reminder' || publishersOf(system, contract).length === 0) continue;
    for (const subscriber of new Set(subscriptionsTo(system, contract).map(({ service }) => service))) {
      const arrow = contract.channel === 'topic' ? '-.->' : '-->';
      const edge = `${nodeOf(contract.owner)} ${arrow}|@| ${nodeOf(subscriber)}`;
      labels.set(edge, [...(labels.get(edge) ?? []), contract.name]);
    }
  }
  return [
    'flowchart LR',
    ...services.map((service) => `  ${nodeOf(service)}["${service}"]`),
    ...[...labels].map(([edge, names]) => `  ${edge.replace('@', `"${names.join('<br/>')}"`)}`),
  ];
}

function rows(system: DeclaredSystem): string[] {
  return sorted(system).map((contract) => {
    const publishers = [...new Set(publishersOf(system, contract).map(({ name }) => name))].sort();
    const subscribers = subscriptionsTo(system, contract).map(({ service, name }) => `${service}.${name}`);
    const nobody = contract.audience === 'external' ? 'other systems' : 'nobody';
    const cells = [fullName(contract), `v${contract.version}`, contract.channel, publishers.join(', ') || '-'];
    return `| ${[...cells, subscribers.sort().join(', ') || nobody].join(' | ')} |`;
  });
}

function sorted({ contracts }: DeclaredSystem) {
  return [...contracts].sort((one, other) => (fullName(one) < fullName(other) ? -1 : 1));
}

/** Some words, such as `end`, are reserved in Mermaid. */
function nodeOf(service: string): string {
  return `s_${service.replaceAll('-', '_')}`;
}
