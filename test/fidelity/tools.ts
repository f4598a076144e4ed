/** The tools that are installed. */
export interface Tools {
  /** The Python that has moto and cfn-lint. */
  readonly python?: string;
  /** The Java class path of event-ruler. */
  readonly ruler?: string;
}

/** A sentence that says what is missing, what needs it, and how to get it. */
export interface Missing {
  readonly reason: string;
}

/** The environment variable with the tools: set by the set-up, read by the tests. */
const TOOLS = 'FIDELITY_TOOLS';

export function publishTools(tools: Tools): void {
  process.env[TOOLS] = JSON.stringify(tools);
}

export function installedTools(): Tools {
  return JSON.parse(process.env[TOOLS] ?? '{}') as Tools;
}
