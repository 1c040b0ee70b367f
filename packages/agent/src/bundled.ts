/** The program in a bundle: the files of the queue workers lie beside it. */
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.ts';

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

process.exitCode = await runProgram(process.argv.slice(2), {
  judge: { worker: beside('./worker.js'), judge: beside('./judge.js') },
});
