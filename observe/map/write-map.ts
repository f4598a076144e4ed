import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../cli/failure';
import { runProgram } from '../../cli/program';
import { deafSubscriptions } from './declared';
import { declaredSystem, MAP, mapFiles } from './files';

/** `npm run map`: writes the map of the declared system to `docs/map`. */
runProgram(
  {
    command: 'npm run map --',
    summary: 'Draws who publishes and who subscribes into docs/map: Mermaid, AsyncAPI and OpenAPI.',
    options: {},
  },
  async () => {
    const system = await declaredSystem();
    const problems = deafSubscriptions(system);
    if (problems.length > 0) throw new Failure(problems.join('\n'));
    const files = mapFiles(system);
    rmSync(MAP, { recursive: true, force: true });
    mkdirSync(MAP, { recursive: true });
    for (const [file, content] of files) writeFileSync(path.join(MAP, file), content);
    console.log(`Wrote ${[...files.keys()].map((file) => `docs/map/${file}`).join(', ')}.`);
  },
);
