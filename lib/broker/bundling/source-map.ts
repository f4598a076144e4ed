import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** The used part of the format (ECMA-426). */
interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * Reduces a bundle's source map to this project's own code, a tenth of its size. Node reads the map at every cold start, and
 * positions inside libraries are rarely needed.
 *
 * @param json the whole map
 * @returns the reduced one, in which lines of libraries have no source
 */
export function ownLines(json: string): string {
  const { sources, names, mappings, version } = JSON.parse(json) as SourceMap;
  const ownSources = sources.filter(isOwn);
  const ownIndex = sources.map((source) => ownSources.indexOf(source));
  const ownNames = new Map<number, number>();
  const reduced = decode(mappings).map((line) => {
    const kept: SourceMapSegment[] = [];
    for (const [column, source, row, start, name] of line) {
      const index = source === undefined ? -1 : (ownIndex[source] ?? -1);
      // One segment without a source ends our code; further ones add nothing.
      if (index < 0 || row === undefined || start === undefined) {
        if (kept.at(-1)?.length !== 1) kept.push([column]);
      } else if (name !== undefined) kept.push([column, index, row, start, numberOf(name, ownNames)]);
      else if (!isSameLine(kept.at(-1), index, row)) kept.push([column, index, row, start]);
    }
    return kept;
  });
  const map: SourceMap = {
    version,
    // Relative to the project's root, so that stack traces in logs name files as the repository does.
    sources: ownSources.map((source) => source.replace(/^(\.\.\/)+/, '')),
    names: [...ownNames.keys()].map((name) => names[name] ?? ''),
    mappings: encode(reduced),
  };
  return JSON.stringify(map);
}

/** Whether a segment points to this line already. A second one would add only a column. */
function isSameLine(segment: SourceMapSegment | undefined, source: number, row: number): boolean {
  return segment !== undefined && segment.length > 1 && segment[1] === source && segment[2] === row;
}

function isOwn(source: string): boolean {
  return !source.includes('node_modules/');
}

/** Returns the index of a name, and assigns the next one to a new name. */
function numberOf(thing: number, known: Map<number, number>): number {
  const number = known.get(thing) ?? known.size;
  known.set(thing, number);
  return number;
}
