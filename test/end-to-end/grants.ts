import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, paginateListRoles } from '@aws-sdk/client-iam';
import type { Deployment } from '../../deployed/discover';
import type { Decision } from '../../local/emulator/decisions';

/** A role's permission for one action on one resource. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  /** An ARN, `*`, or an ARN that ends in `*`. */
  readonly resource: string;
  /** The values that conditions of the statement demand. */
  readonly condition?: Readonly<Record<string, string | readonly string[]>>;
}

interface Policy {
  readonly Statement: readonly {
    readonly Action: string | string[];
    readonly Resource: string | string[];
    readonly Condition?: Readonly<Record<string, Grant['condition']>>;
  }[];
}

/** Returns every grant of every role of the application's stacks. */
export async function listGrants({ clients, stage }: Deployment): Promise<Grant[]> {
  const client = clients.of(IAMClient);
  const grants: Grant[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
    for (const { RoleName: role = '' } of Roles.filter((one) => one.RoleName?.startsWith(`event-broker-${stage}-`))) {
      const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName: role }));
      for (const PolicyName of PolicyNames) {
        const { PolicyDocument = '' } = await client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }));
        for (const { Action, Resource, Condition: { Null: _demanded, ...values } = {} } of (
          JSON.parse(decodeURIComponent(PolicyDocument)) as Policy
        ).Statement)
          for (const action of [Action].flat())
            for (const resource of [Resource].flat()) {
              grants.push({ role, action, resource, condition: Object.assign({}, ...Object.values(values)) });
            }
      }
    }
  }
  return grants;
}

/** Returns the grants without which nothing that was allowed would have been denied. */
export function unusedGrants(grants: readonly Grant[], decisions: readonly Decision[]): Grant[] {
  const allowed = decisions.filter((one) => one.allowed);
  return grants.filter((grant) => {
    const others = grants.filter((one) => one !== grant && one.role === grant.role);
    return !allowed.some((call) => covers(grant, call) && !others.some((other) => covers(other, call)));
  });
}

function covers(grant: Grant, call: Decision): boolean {
  if (grant.role !== call.role || grant.action !== call.action) return false;
  return grant.resource.endsWith('*')
    ? call.resource.startsWith(grant.resource.slice(0, -1))
    : call.resource === grant.resource;
}
