import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { dependenciesTable } from '../../lambdas/runtime/adapters/dependency';
import { variables } from '../../lambdas/runtime/aws/settings';
import type { FunctionDeclaration, Secret } from '../../lambdas/runtime/declare/declaration';
import type { Table } from '../../lambdas/runtime/declare/table';
import { DependencyAlarms } from './alarms/dependency-alarms';
import type { ServiceFunction } from './functions/service-function';
import { SharedKey } from './functions/shared-key';
import { type Manifest, parameterNames } from './manifest';
import type { StageStack } from './stage-stack';
import { DataTable } from './tables/data-table';

/** Creates a service's tables and secrets when the first function uses them, and grants access to them. */
export class ServiceResources {
  private readonly tables = new Map<string, DataTable>();
  private readonly ownSecrets = new Map<string, SharedKey>();
  private readonly watched = new Set<string>();

  constructor(private readonly stack: StageStack) {}

  /** Lets a function read the declared tables and secrets. */
  grantRead({ uses, secrets }: Pick<FunctionDeclaration, 'uses' | 'secrets'>, reader: ServiceFunction): void {
    for (const table of uses) this.open(table, reader).grantLoad(reader);
    for (const secret of secrets) {
      const arn = this.secretArn(secret);
      reader.addEnvironment(variables.secret(secret.name), arn);
      reader.allow(['secretsmanager:GetSecretValue'], arn);
    }
  }

  /** Lets a function read and write the declared tables, and share the state of its dependencies. */
  grantWrite(declaration: FunctionDeclaration, writer: ServiceFunction): void {
    const { uses, secrets, dependencies } = declaration;
    const all = dependencies.length > 0 ? [...uses, this.sharedState(dependencies)] : uses;
    this.grantRead({ uses: all, secrets }, writer);
    for (const table of all) this.table(table).grantCommit(writer);
  }

  secretArn({ service, name, imported }: Secret): string {
    if (imported) return this.importParameter(imported.from, imported.parameter);
    const known = this.ownSecrets.get(name);
    const secret = known ?? new SharedKey(this.stack, `${name}-secret`, { of: `${service}: ${name}` });
    this.ownSecrets.set(name, secret);
    return secret.secretArn;
  }

  importParameter(service: string, name: string): string {
    const { name: stage } = this.stack.deploymentStage;
    return StringParameter.valueForStringParameter(this.stack, parameterNames.published(stage, service, name));
  }

  get manifest(): Pick<Manifest, 'tables' | 'secrets'> {
    const secrets = [...this.ownSecrets].map(([name, { secretArn }]) => [name, secretArn]);
    return {
      tables: Object.fromEntries([...this.tables].map(([name, { tableName }]) => [name, tableName])),
      ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets) }),
    };
  }

  private open(declared: Table, user: ServiceFunction): DataTable {
    const table = this.table(declared);
    user.addEnvironment(variables.table(declared.name), table.tableName);
    return table;
  }

  /** Returns a declared table. The stream of an inbox shows the records that its items keep. */
  table({ name, key, sortKey, timeToLive, indexes, inboxOf }: Table): DataTable {
    const known = this.tables.get(name);
    const stream = inboxOf && StreamViewType.NEW_IMAGE;
    const table = known ?? new DataTable(this.stack, `${name}-table`, { key, sortKey, timeToLive, indexes, stream });
    this.tables.set(name, table);
    return table;
  }

  /** Returns the table of circuits and rate limits, and creates each dependency's alarms once. */
  private sharedState(dependencies: readonly string[]): Table {
    for (const dependency of dependencies) {
      if (this.watched.has(dependency)) continue;
      this.watched.add(dependency);
      new DependencyAlarms(this.stack, `${dependency}-dependency`, { dependency });
    }
    return dependenciesTable(this.stack.owner);
  }
}
