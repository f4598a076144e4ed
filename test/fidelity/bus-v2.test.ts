import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { cbor } from '@smithy/core/cbor';
import { withoutAws } from '../../deployed/environment';
import * as light from '../../lambdas/runtime/aws/light/bus-v2';
import { busClient, putEvents } from '../../lambdas/runtime/publish/bus';
import { installedTools } from './tools';

const BUS = 'arn:aws:events:eu-west-1:111122223333:event-busv2/orders/1234567890abcdefghijklmno';
const TIME = '2026-01-31T12:00:00+00:00';
const REGIONS = ['eu-west-1', 'us-east-1', 'us-gov-west-1', 'cn-north-1'];
const entry = {
  Source: 'scales',
  DetailType: 'Weighed',
  Detail: '{"grams":1}',
  Resources: ['arn:one'],
  Time: new Date(TIME),
};
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const answer = {
  FailedEntryCount: 1,
  Entries: [{ EventId: 'one' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
};

/** The parts of a request that the service reads. */
interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly protocol: unknown;
  readonly type: unknown;
  /** Day, region and service that the signature is for. */
  readonly scope?: string;
  readonly body: unknown;
}

const { python } = installedTools();

(python ? describe : describe.skip)('publishing on a Custom Event Bus', () => {
  const sent: Sent[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    sent.push({
      method,
      path: url,
      protocol: headers['smithy-protocol'],
      type: headers['content-type'],
      scope: /Credential=test\/(\S+),/.exec(headers.authorization ?? '')?.[1],
      body: cbor.deserialize(await buffer(request)),
    });
    response.writeHead(200, { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' });
    response.end(cbor.serialize(answer));
  });
  let endpoint: string;
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('sends what botocore sends, to the same hosts, and reads the same answer', async () => {
    const script = path.join(__dirname, 'botocore-publish.py');
    const { stdout } = await promisify(execFile)(python ?? '', [script, endpoint, BUS, TIME, ...REGIONS], {
      env: withoutAws(),
    });
    const theirs = JSON.parse(stdout) as { readonly answer: typeof answer; readonly urls: readonly string[] };

    const Client = busClient(BUS);
    const settings = { endpoint, region: 'eu-west-1', credentials };
    const results = await putEvents(new Client(settings), BUS, [entry]);
    const command = new light.PutEventsV2Command({ EventBusArn: BUS, Entries: [entry] });
    const ofLight = await new light.EventBusV2Client(settings).send(command);
    expect(sent).toHaveLength(3);
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toEqual(sent[0]);
    expect(results).toEqual(answer.Entries);
    expect(ofLight).toEqual(answer);
    expect(theirs.answer).toEqual(answer);

    const hosts: string[] = [];
    for (const region of REGIONS) {
      const handle = async (request: { readonly hostname: string; readonly path: string }) => {
        hosts.push(`https://${request.hostname}${request.path}`);
        throw new Error('not sent');
      };
      const client = new Client({ region, credentials, requestHandler: { handle }, maxAttempts: 1 });
      await expect(putEvents(client, BUS, [entry])).rejects.toThrow('not sent');
    }
    expect(hosts).toEqual(theirs.urls);
    const urls = REGIONS.map((region) => new light.EventBusV2Client({ region }).url.origin);
    expect(urls).toEqual(theirs.urls.map((url) => new URL(url).origin));
  });
});
