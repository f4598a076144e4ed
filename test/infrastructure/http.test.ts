import { findFunctions } from '../../cli/declarations';
import { everyStage, offenders, type Resource, type SynthesisedApp, type Value } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

interface Route {
  readonly RouteKey: string;
  readonly AuthorizationType?: string;
}

let stages: Record<StageName, SynthesisedApp>;
let apps: SynthesisedApp[];
beforeAll(async () => {
  stages = await everyStage();
  apps = Object.values(stages);
}, SYNTHESIS_TIMEOUT);

const routes = (app: SynthesisedApp) => app.resources<Route>('AWS::ApiGatewayV2::Route');
const open = (app: SynthesisedApp) =>
  routes(app)
    .filter(({ properties }) => (properties.AuthorizationType ?? 'NONE') === 'NONE')
    .map(({ stack, properties }) => `${stack}: ${properties.RouteKey}`);

test('every route needs authorisation, except in stage local and if its handler authenticates callers', async () => {
  const declared = (await findFunctions()).map(({ declaration }) => declaration);
  const byHandler = declared.flatMap((one) =>
    one.kind === 'endpoint' && one.authorization === 'handler' ? [`${one.service}: ${one.route}`] : [],
  );
  for (const app of [stages.dev, stages.prod]) {
    const expected = byHandler.filter((route) => app.services.some((service) => route.startsWith(`${service}: `)));
    expect(open(app).sort()).toEqual(expected.sort());
  }
  expect(open(stages.local)).toHaveLength(routes(stages.local).length);
});

test('every API has a rate limit, and logs each request as JSON', () => {
  const apis = (app: SynthesisedApp) => app.resources<Record<string, Value>>('AWS::ApiGatewayV2::Stage');
  expect(apps.every((app) => apis(app).length > 0)).toBe(true);
  const isUnlimited = ({ properties }: Resource) => {
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = (properties.DefaultRouteSettings ??
      {}) as Record<string, number>;
    return !rate || !burst;
  };
  expect(offenders(apps, apis, isUnlimited)).toEqual([]);
  const logsNothing = (one: Resource, app: SynthesisedApp) => {
    const { DestinationArn, Format } = (one.properties.AccessLogSettings ?? {}) as {
      DestinationArn?: Value;
      Format?: string;
    };
    const fields = JSON.parse(Format ?? '{}') as Record<string, string>;
    return app.target(one, DestinationArn)?.type !== 'AWS::Logs::LogGroup' || !fields.requestId || !fields.status;
  };
  expect(offenders(apps, apis, logsNothing)).toEqual([]);
});

test('access logs contain neither bodies nor credentials', () => {
  for (const app of apps) {
    for (const { properties } of app.resources<Record<string, Value>>('AWS::ApiGatewayV2::Stage')) {
      expect(JSON.stringify(properties.AccessLogSettings)).not.toMatch(
        /authorizer\.|\$context\.(request|response)Override|header|body/i,
      );
    }
  }
});

test('only the routes of its API can invoke an endpoint’s function', () => {
  const permissions = (app: SynthesisedApp) =>
    app.resources<{ Principal: string; SourceArn?: Value; Action: string }>('AWS::Lambda::Permission');
  const isWide = ({ properties }: Resource<{ Principal: string; SourceArn?: Value; Action: string }>) =>
    properties.Principal !== 'apigateway.amazonaws.com' ||
    properties.SourceArn === undefined ||
    properties.Action !== 'lambda:InvokeFunction';
  expect(offenders(apps, permissions, isWide)).toEqual([]);
});
