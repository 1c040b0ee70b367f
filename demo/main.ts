/**
 * What `npm start` runs after set-up: the story of the product on real packets, or a dry run where that cannot be.
 * Exit code 0; 1 when something came out otherwise than expected; 128 and the signal's number after one (Ctrl-C: 130).
 */
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Lab } from '../packages/compiler/test/support/lab/lab.ts';
import { missingForNetwork } from '../packages/compiler/test/support/lab/requires.ts';
import { dryRun } from './dry-run.ts';
import { INSTEAD_OF_PNPM, isPnpmHere } from './pnpm.ts';
import { Screen, styled } from './screen.ts';
import { buildLab } from './stage.ts';
import { stepsHere, tell } from './story.ts';
import { Undo } from './undo.ts';

const CLEAN = 'Everything is taken away again.';

const undo = new Undo();
let interrupted = false;

const missing = missingForNetwork();
process.exitCode = missing === undefined ? await demo() : dryRun(missing);

async function demo(): Promise<number> {
  const started = performance.now();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupt(128 + constants.signals[signal]));
  // Whoever read along has gone.
  process.stdout.on('error', () => interrupt(1));
  console.log(styled('bold', 'kncompile on real packets: a cluster on this machine, in network namespaces'));
  const screen = new Screen(stepsHere());
  const lab = await guarded(() => screen.during('building the network', () => buildLab(undo)));
  if ('error' in lab) return dryRun(`network namespaces cannot be built here: ${lab.error.message.trim()}`);
  const told = await guarded(() => tell(screen, lab.value as Lab, undo));
  if ('error' in told) screen.expect(false, told.error.message);
  const isClean = await undo.run();
  conclude(screen, (performance.now() - started) / 1000, isClean);
  return screen.failed > 0 ? 1 : 0;
}

/** What the work came to. After a signal it comes to nothing: what it runs on is being taken away. */
async function guarded<T>(work: () => Promise<T>): Promise<{ value: T } | { error: Error }> {
  try {
    return { value: await work() };
  } catch (error) {
    // The signal that ended a child may be ours too, and is heard after this turn.
    await nextTurn();
    if (interrupted) await new Promise(() => undefined);
    return { error: error as Error };
  }
}

function interrupt(exitCode: number): void {
  if (interrupted) return;
  interrupted = true;
  void undo.run().then((isClean) => {
    if (isClean && exitCode > 128) console.log(`\nInterrupted. ${CLEAN}`);
    process.exit(exitCode);
  });
}

function conclude({ met, failed }: Screen, seconds: number, isClean: boolean): void {
  const all = met + failed;
  const count = failed > 0 ? `${failed} of ${all} expectations FAILED` : `all ${all} expectations met`;
  console.log(`
${styled(failed > 0 ? 'red' : 'green', `${count}, in ${seconds.toFixed(1)} s.`)}${isClean ? ` ${CLEAN}` : ''}

Next: your own manifests  pnpm -s kncompile --dry-run -f DIR
      who may talk        pnpm -s kncompile list -f DIR
      a node              pnpm -s agent --source=files:DIR --node-name=NODE`);
  if (!isPnpmHere()) console.log(`      no pnpm here        ${INSTEAD_OF_PNPM} in its place`);
}
