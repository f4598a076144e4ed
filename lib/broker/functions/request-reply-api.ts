import { Duration, Validations } from 'aws-cdk-lib';
import {
  type CfnStage,
  HttpApi,
  type HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { Endpoint } from '../../../lambdas/runtime/declare/declaration';
import { PERIOD, watch } from '../alarms/alarms';
import type { Stage } from '../stage';
import { StageStack } from '../stage-stack';
import type { HttpFront } from './http-front';
import { StageLogGroup } from './log-group';
import type { ServiceFunction } from './service-function';

export interface RequestReplyApiProps {
  /** Steady-state requests per second. @default 100 */
  readonly rateLimit?: number;
  /** Burst limit of requests. @default 200 */
  readonly burstLimit?: number;
}

/** API Gateway's maximum integration timeout is 30 s. */
export const REQUEST_TIMEOUT = Duration.seconds(29);

/** Fields of the access log. Bodies and headers are not logged. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
  latency: '$context.responseLatency',
  bytes: '$context.responseLength',
  ip: '$context.identity.sourceIp',
};

/**
 * An HTTP API for asynchronous requests: `POST` answers 202 at once, `GET` returns the status.
 *
 * Requires authorisation except in stage `local`: IAM, or a JWT when the context names an issuer
 * (`-c jwtIssuer=https://… -c jwtAudience=…`).
 */
export class RequestReplyApi extends Construct implements HttpFront {
  private readonly api: HttpApi;
  private readonly stageUrl: string;

  constructor(scope: Construct, id: string, props: RequestReplyApiProps = {}) {
    super(scope, id);
    const { rateLimit = 100, burstLimit = 200 } = props;
    const { deploymentStage: stage, owner: service } = StageStack.of(scope);
    this.api = new HttpApi(this, 'Api', {
      description: `${service}: accepts requests and reports their status`,
      createDefaultStage: false,
      defaultAuthorizer: this.authorizer(stage),
    });
    const httpStage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
    });
    const accessLog = new StageLogGroup(this, 'AccessLog');
    (httpStage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: accessLog.logGroupArn,
      format: JSON.stringify(ACCESS_LOG),
    };
    this.stageUrl = httpStage.url;
    Validations.of(this.api).acknowledge({
      id: 'cdk-validator-cfnguard::lambda_function_public_access_prohibited_check',
      reason: 'Only this API’s route may invoke the function; Guard cannot evaluate a joined ARN.',
    });
    watch(this, 'ServerErrorsAlarm', {
      metric: this.api.metricServerError({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      periods: 3,
      meaning: `${service}: requests fail with 5xx.`,
      runbook: 'server-errors',
    });
  }

  route({ route, authorization }: Pick<Endpoint, 'route' | 'authorization'>, handler: ServiceFunction): void {
    const [method, path = ''] = route.split(' ');
    const routes = this.api.addRoutes({
      path,
      methods: [method as HttpMethod],
      integration: new HttpLambdaIntegration(handler.node.id, handler, { timeout: REQUEST_TIMEOUT }),
      ...(authorization === 'handler' && { authorizer: new HttpNoneAuthorizer() }),
    });
    if (authorization === 'api') return;
    const reason = 'The function verifies a signature or a key in the request, and refuses all others.';
    for (const one of routes) {
      Validations.of(one).acknowledge(
        { id: 'AwsSolutions-APIG4', reason },
        { id: 'cdk-validator-cfnguard::api_gw_v2_authorization_type_configured_check', reason },
      );
    }
  }

  get url(): string {
    return this.api.apiEndpoint;
  }

  get manifest(): HttpFront['manifest'] {
    return { id: this.api.apiId, url: this.stageUrl };
  }

  private authorizer(stage: Stage): IHttpRouteAuthorizer {
    if (stage.isOpen) {
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'Stage local runs on the developer’s machine only.',
      });
      return new HttpNoneAuthorizer();
    }
    const issuer: unknown = this.node.tryGetContext('jwtIssuer');
    const audience: unknown = this.node.tryGetContext('jwtAudience');
    if (issuer === undefined && audience === undefined) return new HttpIamAuthorizer();
    if (typeof issuer !== 'string' || typeof audience !== 'string') {
      throw new Error('JWT authorisation needs both: -c jwtIssuer=https://… and -c jwtAudience=….');
    }
    return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: audience.split(',') });
  }
}
