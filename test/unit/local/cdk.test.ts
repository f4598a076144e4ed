import { failureReason } from '../../../local/cloud/cdk';

describe('the reason why a deployment failed', () => {
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
    expect(failureReason(printed)).toBe(
      'stack inventory: DeploymentError: Resource updates failed: ' +
        'inventory/seed  (AWS::CloudFormation::CustomResource seed) Custom resource failed: no table.',
    );
  });

  it('is the first one when several stacks failed', () => {
    const printed = [
      '❌  orders failed to deploy',
      '‣ ValidationError: no bus',
      '',
      '❌  shipping failed to deploy',
      '‣ no bus',
    ];
    expect(failureReason(printed)).toBe('stack orders: ValidationError: no bus');
  });

  it('is the end of what was printed when no stack is to blame', () => {
    expect(failureReason(['Error: Cannot find module bin/app.ts'])).toBe(
      'it printed\nError: Cannot find module bin/app.ts',
    );
  });
});
