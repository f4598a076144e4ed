import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Creates an app whose output is deleted when the test file ends. */
export function ownApp(context: Readonly<Record<string, string>> = {}): App {
  const outdir = mkdtempSync(join(tmpdir(), 'event-broker-app-'));
  folders.push(outdir);
  return new App({ context, outdir });
}
