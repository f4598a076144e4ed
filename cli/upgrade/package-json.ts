/** The parts of `package.json` that a release may change in a fork. The rest is the fork's. */
const SECTIONS = ['scripts', 'dependencies', 'devDependencies', 'engines'] as const;

type Section = Readonly<Record<string, string>>;

export interface PackageJson extends Partial<Record<(typeof SECTIONS)[number], Section>> {
  readonly eventBroker?: { readonly template?: Template };
  readonly [other: string]: unknown;
}

/** Where a fork comes from. */
export interface Template {
  /** The URL or folder of the template's repository. */
  readonly repository?: string;
  /** The release whose core the fork has, without `v`. */
  readonly release?: string;
}

export interface MergedPackage {
  readonly merged: PackageJson;
  /** What fork and release have both changed, in sentences. The fork's value is kept. */
  readonly conflicts: readonly string[];
}

/** Merges scripts, dependencies and engines of a release into those of a fork, entry by entry. */
export function mergePackages(base: PackageJson, ours: PackageJson, theirs: PackageJson): MergedPackage {
  const conflicts: string[] = [];
  const merged: Record<string, unknown> = { ...ours };
  for (const section of SECTIONS) {
    const [before = {}, own = {}, released = {}] = [base[section], ours[section], theirs[section]];
    const result: Record<string, string> = { ...own };
    for (const name of new Set([...Object.keys(before), ...Object.keys(released)])) {
      const value = released[name];
      if (value === before[name] || value === own[name]) continue;
      if (own[name] !== before[name]) {
        conflicts.push(
          `package.json: ${section}.${name} is "${own[name] ?? 'absent'}", and "${value ?? 'absent'}" in the release`,
        );
      } else if (value === undefined) delete result[name];
      else result[name] = value;
    }
    if (Object.keys(result).length > 0) merged[section] = isSorted(own) ? sorted(result) : result;
  }
  return { merged: merged as PackageJson, conflicts };
}

/** npm sorts dependencies; scripts have an order of their own. */
function isSorted(section: Section): boolean {
  const names = Object.keys(section);
  return names.join() === [...names].sort().join();
}

function sorted(section: Section): Section {
  return Object.fromEntries(Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1)));
}
