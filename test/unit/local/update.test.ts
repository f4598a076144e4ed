import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changedStacks } from '../../../local/cloud/update';

let before: string;
let now: string;
beforeEach(() => {
  [before, now] = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), 'event-broker-assembly-'))) as [string, string];
});
afterEach(() => {
  for (const folder of [before, now]) rmSync(folder, { recursive: true });
});
const template = (folder: string, stack: string, text: string) =>
  writeFileSync(path.join(folder, `${stack}.template.json`), text);

test('deploys only stacks that are new or have changed', async () => {
  template(before, 'orders', '{}');
  template(before, 'shipping', '{}');
  template(now, 'orders', '{}');
  template(now, 'shipping', '{"Resources":{}}');
  template(now, 'loyalty', '{}');
  expect(await changedStacks(before, now)).toEqual(['loyalty', 'shipping']);
});
