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

/** Denials of these roles are expected. */
export const PROBE = 'probe-';

interface Statement {
  readonly Action: string | readonly string[];
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** A role with the policies of a function's role, which a test can assume. Only Lambda can assume the function's own role. */
export class ProbeRole {
  private constructor(
    private readonly deployment: Deployment,
    private readonly name: string,
    private readonly policies: ReadonlyMap<string, Policy>,
  ) {}

  static async of(deployment: Deployment, FunctionName: string): Promise<ProbeRole> {
    const { Role = '' } = await deployment.clients
      .of(LambdaClient)
      .send(new GetFunctionConfigurationCommand({ FunctionName }));
    const RoleName = Role.split('/').at(-1) ?? '';
    const iam = deployment.clients.of(IAMClient);
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = new Map<string, Policy>();
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      policies.set(PolicyName, JSON.parse(decodeURIComponent(PolicyDocument)) as Policy);
    }
    const probe = new ProbeRole(deployment, PROBE + FunctionName.slice(-40), policies);
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
    await probe.allowAllBut([]);
    return probe;
  }

  /** Grants the role what the function has, except some actions. */
  async allowAllBut(actions: readonly string[]): Promise<void> {
    const without = ({ Version, Statement: all }: Policy): Policy => ({
      Version,
      Statement: all
        .map((one) => ({ ...one, Action: [one.Action].flat().filter((action) => !actions.includes(action)) }))
        .filter(({ Action }) => Action.length > 0),
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

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}
