import { ROOT } from '../../../cli/project';
import { failureReason } from '../../../local/cloud/cdk-failure';

describe('the reason why the CDK failed', () => {
  it('names the stack, the resource and its reason', () => {
    const printed = [
      '✅  broker',
      '❌  inventory failed to deploy',
      '‣ DeploymentError: Resource updates failed:',
      'inventory/seed  (AWS::CloudFormation::CustomResource seed)',
      '  Custom resource failed: no table.',
      'Source Location: somewhere.ts:8:46',
      '   Logs from /aws/lambda/seed:',
    ];
    expect(failureReason(printed, ROOT)).toBe(
      'stack inventory: DeploymentError: Resource updates failed: ' +
        'inventory/seed  (AWS::CloudFormation::CustomResource seed) Custom resource failed: no table.',
    );
  });

  it('is the first of several failed stacks', () => {
    const printed = [
      '❌  orders failed to deploy',
      '‣ ValidationError: no bus',
      '',
      '❌  shipping failed to deploy',
      '‣ no bus',
    ];
    expect(failureReason(printed, ROOT)).toBe('stack orders: ValidationError: no bus');
  });

  it('is the message and place of an error in a stack, without the stack trace', () => {
    const printed = [
      `${ROOT}/lib/broker/service-stack.ts:8`,
      '    throw new Error("no table"); super(scope, props);',
      '          ^',
      '',
      '',
      'Error: no table',
      `    at new ServiceStack (${ROOT}/lib/broker/service-stack.ts:8:11)`,
      `    at <anonymous> (${ROOT}/bin/app.ts:23:1)`,
      '',
      'Node.js v20.20.2',
      'node --import tsx bin/app.ts: Subprocess exited with error 1',
    ];
    expect(failureReason(printed, ROOT)).toBe('no table (lib/broker/service-stack.ts:8)');
  });

  it('keeps the type of an error that Node has thrown', () => {
    const printed = [
      "TypeError: Cannot read properties of null (reading 'x')",
      `    at f (${ROOT}/node_modules/constructs/lib/index.js:1:1)`,
      `    at <anonymous> (${ROOT}/lib/broker/service-stack.ts:22:6)`,
    ];
    expect(failureReason(printed, ROOT)).toBe(
      "TypeError: Cannot read properties of null (reading 'x') (lib/broker/service-stack.ts:22)",
    );
  });

  it('is the message and place of a syntax error in a handler', () => {
    const printed = [
      '✘ [ERROR] Unexpected ";"',
      '',
      '    lambdas/inventory/reserve-stock.ts:27:10:',
      'Error: Build failed with 1 error:',
      'lambdas/inventory/reserve-stock.ts:27:10: ERROR: Unexpected ";" [plugin unused-constants]',
      `    at failureErrorWithLog (${ROOT}/node_modules/esbuild/lib/main.js:1752:15)`,
    ];
    expect(failureReason(printed, ROOT)).toBe('Unexpected ";" (lambdas/inventory/reserve-stock.ts:27)');
  });

  it('is the message and place of a syntax error in the application', () => {
    const printed = [
      'Error: Transform failed with 1 error:',
      `${ROOT}/bin/app.ts:34:10: ERROR: Unexpected ";"`,
      `    at failureErrorWithLog (${ROOT}/node_modules/esbuild/lib/main.js:1752:15)`,
    ];
    expect(failureReason(printed, ROOT)).toBe('Unexpected ";" (bin/app.ts:34)');
  });

  it('is the end of the output when no error is recognised', () => {
    expect(failureReason(['something', 'went wrong'], ROOT)).toBe('it printed\nsomething\nwent wrong');
  });
});
