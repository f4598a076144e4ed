import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { discoverLocal, serviceOf } from '../../deployed/discover';
import { variables } from '../../lambdas/runtime/aws/settings';
import { findFreePort, requireFreePort } from '../../local/emulator/port';
import { eventually } from '../kit';
import { Checkout, type Command, describeCheckout } from './checkout';

describeCheckout('npm start without the sample', (checkout) => {
  let start: Command;
  let port: string;
  let endpoint: string;
  let api: string;
  const ops = async (...args: string[]) => {
    const command = checkout().run('ops', args);
    expect(await command.exit).toBe(0);
    return command.stdout;
  };
  const ping = async (text: string) => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${api}/pings`, { method: 'POST', headers, body: JSON.stringify({ text }) });
    expect(status).toBe(202);
  };

  beforeAll(async () => {
    port = String(await findFreePort());
    start = checkout().run('start', ['--port', port]);
    await start.untilPrinted(/Ctrl-C stops everything\./);
    endpoint = `http://127.0.0.1:${port}`;
    [, api = ''] = /API of pings +(\S+)/.exec(start.stdout) ?? [];
  });

  it('prints Ready and the URLs', () => {
    expect(start.stdout).toMatch(
      /^\nReady after [\d.]+ s\n\n {2}Console +http:\/\/127\.0\.0\.1:\d+\/\n {2}Emulator +http:\/\/127\.0\.0\.1:\d+\n/,
    );
  });

  it('is operated by the commands of the core alone', async () => {
    expect(await ops('--help')).not.toContain('orders');
    expect(await ops('queues')).toMatch(/^pings\.read-ping +0 +0 +0 +- +0 +ok$/m);
    expect(await ops('dlq', 'redrive')).toBe('Nothing was redriven.\n');
  });

  it('prints the error of a running function once, with its file and line', async () => {
    const text = 'pings.read-ping retried: TypeError: cannot read boom (lambdas/pings/read-ping.ts:6)\n';
    await ping('boom');
    await start.untilPrinted(/cannot read boom/, 'stderr');
    await ping('boom');
    await ping('bang');
    await start.untilPrinted(/cannot read bang/, 'stderr');
    expect(start.stderr.split(text)).toHaveLength(2);
  });

  it('shows a relay that fails, and the age of its oldest record', async () => {
    const deployment = await discoverLocal(endpoint);
    const FunctionName = serviceOf(deployment, 'pings').relay.function;
    const client = deployment.clients.of(LambdaClient);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, [variables.bus]: '' };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    await ping('hello');
    await start.untilPrinted(/pings\.relay failed: .*BUS_ARN is not set.* \(lambdas\/runtime\/\S+:\d+\)/, 'stderr');
    await eventually('its oldest record is some seconds old', async () =>
      /^pings\.relay +- +- +- +([3-9]|\d\d) s +0 +failing$/m.test(await ops('queues')),
    );
  });

  it('refuses to start a second cloud on the same port', async () => {
    const second = checkout().run('start', ['--port', port]);
    expect(await second.exit).toBe(1);
    expect(second.stderr).toContain(`A local cloud of this checkout is already running at ${endpoint} (process `);
  });

  it('names the checkout that uses the port to another checkout, which can deploy to its emulator', async () => {
    const other = new Checkout();
    const refused = other.run('start', ['--port', port]);
    expect(await refused.exit).toBe(1);
    expect(refused.stderr).toContain(`Port ${port} is used by the local cloud of ${checkout().root} (process `);

    const deployed = other.run('start', [], { AWS_ENDPOINT_URL: endpoint });
    expect(await deployed.exit).toBe(0);
    expect(deployed.stdout).toContain(`The application stays deployed at ${endpoint}.`);
    expect(deployed.stdout).not.toContain('Ctrl-C');
    await other.remove();
  });

  it('stops everything after Ctrl-C', async () => {
    expect(await start.stop()).toBe(130);
    await expect(requireFreePort(Number(port))).resolves.toBeUndefined();
  });
});
