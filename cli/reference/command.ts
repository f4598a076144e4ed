import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../failure';
import { runProgram } from '../program';
import { buildReference, REFERENCE } from './reference';

/** `npm run reference`: writes the reference of the core's public API to `docs/reference`. */
runProgram(
  {
    command: 'npm run reference --',
    summary: "Writes the reference of the core's public API into docs/reference, from its docstrings.",
    options: {},
  },
  async () => {
    const { files, problems, brokenExamples } = await buildReference();
    const wrong = [...problems, ...brokenExamples];
    if (wrong.length > 0) throw new Failure(wrong.join('\n'));
    rmSync(REFERENCE, { recursive: true, force: true });
    mkdirSync(REFERENCE, { recursive: true });
    for (const [file, content] of files) writeFileSync(path.join(REFERENCE, file), content);
    console.log(`Wrote ${files.size} pages to docs/reference.`);
  },
);
