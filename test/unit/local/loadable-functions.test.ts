import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../../cli/failure';
import { requireLoadableFunctions } from '../../../local/cloud/loadable-functions';

const QUEUE = { Ref: 'Queue1' };

describe('the functions of an assembly', () => {
  let assemblies: string;
  let assembly: string;
  beforeEach(() => {
    assemblies = mkdtempSync(path.join(tmpdir(), 'event-broker-assemblies-'));
    assembly = path.join(assemblies, 'one');
    mkdirSync(assembly);
  });
  afterEach(() => rmSync(assemblies, { recursive: true }));

  /** Adds a function with this code to the assembly. */
  function add(name: string, code: string, variables: Record<string, unknown> = {}, folder = assembly): void {
    mkdirSync(path.join(folder, `asset.${name}`), { recursive: true });
    writeFileSync(path.join(folder, `asset.${name}`, 'index.js'), code);
    const Variables = { SERVICE: 'billing', FUNCTION: name, ...variables };
    const Resources = {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Handler: 'index.handler', Environment: { Variables } },
        Metadata: { 'aws:asset:path': `asset.${name}` },
      },
    };
    writeFileSync(path.join(folder, `${name}.template.json`), JSON.stringify({ Resources }));
  }

  const load = (folder = assembly) => requireLoadableFunctions(folder, new AbortController().signal, assemblies);

  it('are accepted when all of them load', async () => {
    add('book', 'exports.handler = async () => {}');
    add('pay', 'exports.handler = async () => {}; setInterval(() => {}, 1_000)');
    await expect(load()).resolves.toBeUndefined();
  });

  it.each([
    ['an error while it is loaded', "throw new Error('boom')", 'boom'],
    ['a thrown string', "throw 'boom'", 'boom'],
    ['a syntax error', 'const x = ;', "Unexpected token ';'"],
    ['no handler', 'exports.other = 1', 'it exports no function "handler"'],
    ['a missing package', "require('left-behind')", "Cannot find module 'left-behind'"],
    ['a process that exits', 'process.exit(3)', 'its process exits while it is loaded'],
  ])('are refused because of %s', async (_, code, reason) => {
    add('book', 'exports.handler = async () => {}');
    add('pay', code);
    await expect(load()).rejects.toThrow(Failure);
    await expect(load()).rejects.toThrow(`billing.pay does not start: ${reason}`);
  });

  it('are refused with the file and line in this project', async () => {
    const error = "const error = new Error('boom'); error.stack = 'Error: boom\\n at x (/a/local/cloud/cdk.ts:7:1)';";
    add('pay', `${error} throw error`);
    await expect(load()).rejects.toThrow('billing.pay does not start: boom (local/cloud/cdk.ts:7)');
  });

  it('get their environment, with placeholders for values that CloudFormation decides', async () => {
    const variables = {
      QUEUE_URL: QUEUE,
      REMINDERS: { 'Fn::Join': ['', ['{"queues":{"x":"', QUEUE, '"}}']] },
      BUS_ARN: { 'Fn::GetAtt': ['Bus', 'Arn'] },
    };
    const code = [
      'new URL(process.env.QUEUE_URL); JSON.parse(process.env.REMINDERS);',
      "if (!process.env.BUS_ARN.startsWith('arn:aws:')) throw new Error(process.env.BUS_ARN);",
      "if (process.env.FUNCTION !== 'pay') throw new Error('no name');",
      'exports.handler = async () => {};',
    ];
    add('pay', code.join('\n'), variables);
    await expect(load()).resolves.toBeUndefined();
  });

  it('are not loaded again when neither code nor environment has changed', async () => {
    const marker = path.join(assemblies, 'loaded');
    const code = `require('fs').appendFileSync(${JSON.stringify(marker)}, 'x'); exports.handler = async () => {};`;
    const loads = () => readFileSync(marker, 'utf8').length;
    add('pay', code);
    await load();
    await load();
    expect(loads()).toBe(1);

    const other = path.join(assemblies, 'two');
    add('pay', code, {}, other);
    await load(other);
    expect(loads()).toBe(1);
    add('pay', code, { LIMIT: '2' }, other);
    await load(other);
    expect(loads()).toBe(2);
  });

  it('are ignored when they do not belong to a service', async () => {
    add('provider', "throw new Error('boom')", { SERVICE: undefined });
    await expect(load()).resolves.toBeUndefined();
  });
});
