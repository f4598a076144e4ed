import type { Deployment } from '../deployed/discover';
import { eventsOfFlow, flowsWithId } from './journal';
import { readLogs } from './logs';
import { readRecords } from './records';
import { functionsOf } from './system-map';

type Observed = Pick<Deployment, 'services' | 'clients' | 'journal' | 'stage'>;

/** The longest id in the metadata of an event. */
const MAX_ID_BYTES = 1_024;
/** The age up to which logs are searched: as long as a message can wait in a queue. */
const LOGS_MS = 4 * 86_400_000;

/**
 * Returns the correlation id of the flow that an id belongs to: a correlation id itself, an id in events' data, the id of an event or
 * request that a function has processed, or any id that a function has logged beside a correlation id. The cheapest look-up is first.
 *
 * @returns undefined if the id is unknown
 */
export async function findFlow(deployment: Observed, id: string): Promise<string | undefined> {
  if (id === '' || !id.isWellFormed() || Buffer.byteLength(id) > MAX_ID_BYTES) return undefined;
  const [events, [flow]] = await Promise.all([eventsOfFlow(deployment, id), flowsWithId(deployment, id)]);
  if (events.length > 0) return id;
  if (flow !== undefined) return flow;
  const functions = deployment.services.flatMap(functionsOf);
  const [record] = (
    await readRecords(
      deployment,
      functions.map(({ name }) => ({ consumer: name, causeId: id })),
    )
  ).values();
  if (record !== undefined) return record.correlationId;
  const lines = await readLogs(deployment, { containing: id, since: new Date(Date.now() - LOGS_MS), limit: 10 });
  const logged = lines.map(({ fields }) => fields.correlationId).find((one) => typeof one === 'string');
  return logged as string | undefined;
}
