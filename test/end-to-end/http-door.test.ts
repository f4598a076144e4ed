import { findFreePort } from '../../local/emulator/port';
import { type Command, describeCheckout } from './checkout';

describeCheckout('npm start with an HTTP door', (checkout) => {
  let start: Command;
  let door: string;

  beforeAll(async () => {
    const [port, doorPort] = [await findFreePort(), await findFreePort()];
    door = `http://127.0.0.1:${doorPort}`;
    start = checkout().run('start', ['--port', String(port), '--http-door', door]);
    await start.untilPrinted(/Ctrl-C stops everything\./);
  });
  afterAll(() => start?.stop());

  const ping = (text: string) =>
    fetch(`${door}/pings/pings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });

  it('accepts requests, whose events reach their subscribers', async () => {
    expect(start.stdout).toContain(`API of pings   ${door}/pings`);
    expect((await ping('hello')).status).toBe(202);
    expect((await ping('boom')).status).toBe(202);
    await start.untilPrinted(/pings\.read-ping retried: TypeError: cannot read boom/, 'stderr');
  });

  it('stays open when the running cloud is deployed to again', async () => {
    const deployed = checkout().run('deploy', []);
    expect(await deployed.exit).toBe(0);
    expect((await ping('again')).status).toBe(202);
  });
});
