import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** What is used here of the format (ECMA-426). */
interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * A bundle's source map, reduced to this project's own code: a tenth of it. Node reads the map whenever it loads the
 * bundle, which is at every cold start, and nobody looks for a fault at a line of a library.
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
      // One segment ends what is ours; the rest of what is not says nothing new.
      if (index < 0 || row === undefined || start === undefined) {
        if (kept.at(-1)?.length !== 1) kept.push([column]);
      } else if (name === undefined) kept.push([column, index, row, start]);
      else kept.push([column, index, row, start, numberOf(name, ownNames)]);
    }
    return kept;
  });
  const map: SourceMap = {
    version,
    // As if the bundle lay in the project's root: that is how a line of the log names a file.
    sources: ownSources.map((source) => source.replace(/^(\.\.\/)+/, '')),
    names: [...ownNames.keys()].map((name) => names[name] ?? ''),
    mappings: encode(reduced),
  };
  return JSON.stringify(map);
}

function isOwn(source: string): boolean {
  return !source.includes('node_modules/');
}

/** The number of a thing among those that were asked for before. */
function numberOf(thing: number, known: Map<number, number>): number {
  const number = known.get(thing) ?? known.size;
  known.set(thing, number);
  return number;
}
