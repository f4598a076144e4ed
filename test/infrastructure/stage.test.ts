import { App, Duration } from 'aws-cdk-lib';
import { stageOf, windowIn } from '../../lib/broker/stage';
import { StageStack } from '../../lib/broker/stage-stack';

const stage = (name: string, stages?: object) => stageOf(new App({ context: { stage: name, stages } }).node);

describe('a stage', () => {
  test('with any other name has the settings of dev', () => {
    expect(stage('pr-123')).toEqual({ ...stage('dev'), name: 'pr-123' });
  });

  test('has the settings, account and region that cdk.json configures', () => {
    const stages = { staging: { like: 'prod', account: '111122223333', region: 'eu-west-1' } };
    expect(stage('staging', stages)).toMatchObject({
      kind: 'prod',
      retainsData: true,
      env: { account: '111122223333', region: 'eu-west-1' },
    });
    expect(stage('dev', stages).env).toBeUndefined();
  });

  test('shortens batching windows only if it is local, unless the context says otherwise', () => {
    const seconds = (name: string, longestWindow?: unknown) =>
      windowIn(stageOf(new App({ context: { stage: name, longestWindow } }).node), Duration.seconds(20)).toSeconds();
    expect([seconds('prod'), seconds('dev'), seconds('local')]).toEqual([20, 20, 1]);
    expect([seconds('local', '300'), seconds('local', 5), seconds('dev', 5)]).toEqual([20, 5, 20]);
    expect(() => seconds('local', 'long')).toThrow('The context longestWindow is "long": write whole seconds');
  });

  test('is deployed to its account and region', () => {
    const app = new App({
      context: { stages: { prod: { account: '111122223333', region: 'eu-west-1' } }, stage: 'prod' },
    });
    class Shop extends StageStack {}
    const stack = new Shop(app, 'shop', stageOf(app.node), 'Shop');
    expect(stack).toMatchObject({ account: '111122223333', region: 'eu-west-1', stackName: 'event-broker-prod-shop' });
  });

  test.each(['', 'Dev', 'pr_1', '1st', 'pr-', 'a'.repeat(29), 'a/b'])('refuses the name %j', (name) => {
    expect(() => stage(name)).toThrow(/^The stage ".*" is not valid: use a name of at most 28 /);
  });

  test.each([
    ['staging', { like: 'local' }, 'cannot be like "local"'],
    ['staging', { like: 'production' }, 'cannot be like "production"'],
    ['prod', { like: 'dev' }, 'cannot be like "dev"'],
    ['local', { like: 'dev' }, 'cannot be like "dev"'],
    ['dev', { account: '1111' }, 'write the 12 digits'],
    ['dev', { region: 'Ireland' }, "write a region's code"],
  ])('refuses %s with %j', (name, configured, reason) => {
    expect(() => stage(name, { [name]: configured })).toThrow(reason);
  });
});
