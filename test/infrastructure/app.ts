import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerManifest, JournalManifest, Manifest } from '../../lib/broker/manifest';
import { type StageName, stages, synthesise } from './synthesis';

/** A value of a template: JSON with CloudFormation's functions in it. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** One resource of a synthesised stack, with the properties that a test reads. */
export interface Resource<Properties = Record<string, Value>> {
  /** The names of stack and resource, for error messages: `orders/advanceorderQueue…`. */
  readonly name: string;
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly deletionPolicy: string | undefined;
}

interface Template {
  readonly Resources: Record<string, { Type: string; Properties?: Record<string, Value>; DeletionPolicy?: string }>;
  readonly Outputs?: Record<string, Value>;
}

/** The synthesised app of one stage. */
export class SynthesisedApp {
  readonly templates: ReadonlyMap<string, Template>;
  private readonly all: readonly Resource[];

  constructor(
    readonly stage: StageName,
    /** The folder of the cloud assembly. */
    readonly folder: string,
  ) {
    const { artifacts } = this.json<{
      artifacts: Record<string, { type: string; properties: { templateFile: string } }>;
    }>('manifest.json');
    this.templates = new Map(
      Object.entries(artifacts)
        .filter(([, { type }]) => type === 'aws:cloudformation:stack')
        .map(([name, { properties }]) => [name, this.json<Template>(properties.templateFile)]),
    );
    this.all = [...this.templates].flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).map(
        ([id, { Type: type, Properties: properties = {}, DeletionPolicy: deletionPolicy }]) => ({
          name: `${stack}/${id}`,
          stack,
          id,
          type,
          properties,
          deletionPolicy,
        }),
      ),
    );
  }

  /** The names of the services: all stacks but the broker's and the journal's. */
  get services(): string[] {
    return [...this.templates.keys()].filter((name) => name !== 'broker' && name !== 'journal');
  }

  resources<Properties = Record<string, Value>>(type: string, stack?: string): readonly Resource<Properties>[] {
    const found = this.all.filter((one) => one.type === type && (stack === undefined || one.stack === stack));
    return found as unknown as readonly Resource<Properties>[];
  }

  get types(): string[] {
    return [...new Set(this.all.map(({ type }) => type))].sort();
  }

  /** The resource that a value refers to, by `Ref` or `Fn::GetAtt`, in the same stack. */
  target(from: { readonly stack: string }, value: unknown): Resource | undefined {
    const id = referredTo(value);
    return this.all.find((one) => one.stack === from.stack && one.id === id);
  }

  manifest(service: string): Manifest {
    return JSON.parse(this.parameter(`/event-broker/${this.stage}/services/${service}`)) as Manifest;
  }

  get brokerManifest(): BrokerManifest {
    return JSON.parse(this.parameter(`/event-broker/${this.stage}/broker/manifest`)) as BrokerManifest;
  }

  /** Undefined if the app has no journal. */
  get journalManifest(): JournalManifest | undefined {
    if (!this.templates.has('journal')) return undefined;
    return JSON.parse(this.parameter(`/event-broker/${this.stage}/journal/manifest`)) as JournalManifest;
  }

  /** A parameter's value, with references written as `<logical name>`. */
  parameter(name: string): string {
    const found = this.resources<{ Name: string; Value: Value }>('AWS::SSM::Parameter').find(
      ({ properties }) => properties.Name === name,
    );
    if (!found) throw new Error(`There is no parameter ${name}.`);
    return render(found.properties.Value);
  }

  json<T>(file: string): T {
    return JSON.parse(readFileSync(join(this.folder, file), 'utf8')) as T;
  }
}

/** The logical name in a `Ref` or `Fn::GetAtt`. */
export function referredTo(value: unknown): string | undefined {
  const { Ref: ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return ref ?? attribute?.[0];
}

/** Renders a value as one string. */
export function render(value: Value | undefined): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { 'Fn::Join': join } = value as { 'Fn::Join'?: [string, Value[]] };
  if (join) return join[1].map(render).join(join[0]);
  const name = referredTo(value);
  return name === undefined ? JSON.stringify(value) : `<${name}>`;
}

/** Returns the app of every stage. The stages are synthesised in parallel, once. */
export async function everyStage(): Promise<Record<StageName, SynthesisedApp>> {
  const apps = await Promise.all(
    stages.map(async (stage) => [stage, new SynthesisedApp(stage, await synthesise(stage))]),
  );
  return Object.fromEntries(apps) as Record<StageName, SynthesisedApp>;
}

/** Returns the names of the resources that break a rule in any stage. */
export function offenders<R extends { readonly name: string }>(
  apps: readonly SynthesisedApp[],
  select: (app: SynthesisedApp) => readonly R[],
  breaks: (one: R, app: SynthesisedApp) => boolean,
): string[] {
  return apps.flatMap((app) =>
    select(app)
      .filter((one) => breaks(one, app))
      .map(({ name }) => `${app.stage}: ${name}`),
  );
}
