import {
  CreateRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Deployment } from '../../deployed/discover';
import { LOCAL_ACCOUNT } from '../../deployed/environment';
import type { SdkClient } from '../../lambdas/runtime/aws/sdk-client';
import type { Grant } from './grants';

/** Denials of these roles are expected. */
export const PROBE = 'probe-';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** A role with the policies of another role, which a test can assume. Only an AWS service can assume the original. */
export class ProbeRole {
  private static made = 0;

  private constructor(
    private readonly deployment: Deployment,
    private readonly name: string,
    private readonly policies: ReadonlyMap<string, Policy>,
  ) {}

  static async ofFunction(deployment: Deployment, FunctionName: string): Promise<ProbeRole> {
    const { Role = '' } = await deployment.clients
      .of(LambdaClient)
      .send(new GetFunctionConfigurationCommand({ FunctionName }));
    return ProbeRole.of(deployment, Role.split('/').at(-1) ?? '');
  }

  static async of(deployment: Deployment, RoleName: string): Promise<ProbeRole> {
    const iam = deployment.clients.of(IAMClient);
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = new Map<string, Policy>();
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      policies.set(PolicyName, JSON.parse(decodeURIComponent(PolicyDocument)) as Policy);
    }
    const probe = new ProbeRole(deployment, `${PROBE}${++ProbeRole.made}-${RoleName.slice(-40)}`, policies);
    const trust = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: `arn:aws:iam::${LOCAL_ACCOUNT}:root` },
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: probe.name,
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    );
    await probe.allowAllBut();
    return probe;
  }

  /** Gives the role what the original has, without one action on one resource. */
  async allowAllBut(removed?: Pick<Grant, 'action' | 'resource'>): Promise<void> {
    const without = ({ Version, Statement: all }: Policy): Policy => ({
      Version,
      Statement: removed ? all.flatMap((one) => split(one, removed)) : all,
    });
    for (const [PolicyName, policy] of this.policies) {
      await this.deployment.clients.of(IAMClient).send(
        new PutRolePolicyCommand({
          RoleName: this.name,
          PolicyName,
          PolicyDocument: JSON.stringify(without(policy)),
        }),
      );
    }
  }

  get endpoint(): string {
    return this.deployment.endpoint ?? '';
  }

  /** Returns an SDK client that calls with this role. */
  async client<Client extends SdkClient>(
    Class: new (settings: { endpoint?: string; region?: string; credentials?: Credentials }) => Client,
  ): Promise<Client> {
    const { Credentials: given } = await this.deployment.clients
      .of(STSClient)
      .send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${this.name}`, RoleSessionName: 'test' }),
      );
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    };
    return new Class({ ...this.deployment.clients.settings, credentials });
  }
}

/** Returns the statement without one action on one resource. */
function split(statement: Statement, { action, resource }: Pick<Grant, 'action' | 'resource'>): Statement[] {
  const [actions, resources] = [[statement.Action].flat(), [statement.Resource].flat()];
  if (!actions.includes(action) || !resources.includes(resource)) return [statement];
  const others = { ...statement, Action: actions.filter((one) => one !== action) };
  const elsewhere = { ...statement, Action: [action], Resource: resources.filter((one) => one !== resource) };
  return [others, elsewhere].filter(
    ({ Action, Resource }) => [Action].flat().length > 0 && [Resource].flat().length > 0,
  );
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}
