/** The steps of the demo, in order. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../packages/compiler/test/support/lab/lab.ts';
import { type Screen, styled } from './screen.ts';
import { startAgent } from './steps/build.ts';
import { compare } from './steps/compare.ts';
import { readLog } from './steps/denied.ts';
import { readMetrics } from './steps/metrics.ts';
import { askForName } from './steps/names.ts';
import { welcome } from './steps/newcomer.ts';
import { revoke } from './steps/revoke.ts';
import type { Undo } from './undo.ts';

const STEPS = 7;
/** A step takes seconds, on a busy machine some more. */
const STEP_LIMIT_MS = 40_000;

/** How many headings `tell` needs. */
export function stepsHere(): number {
  return hasResolver() ? STEPS : STEPS - 1;
}

/** Tells the story on a network that stands. */
export async function tell(screen: Screen, lab: Lab, undo: Undo): Promise<void> {
  const withNames = hasResolver();
  const stage = await startAgent(screen, lab, undo);
  await limited(compare(screen, stage));
  await limited(revoke(screen, stage));
  await limited(welcome(screen, stage));
  if (withNames) await limited(askForName(screen, stage, undo));
  await limited(readLog(screen, stage));
  await limited(readMetrics(screen, stage, withNames));
  if (!withNames)
    console.log(
      `\n${styled('yellow', 'Left out: the rule for a DNS name; it needs dnsmasq (dnsmasq-base)')}`,
    );
}

/** A connection that should stand and never does must not keep anybody waiting. */
async function limited(step: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(STEP_LIMIT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`this step took longer than ${STEP_LIMIT_MS / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([step, late]);
  } finally {
    timer.abort();
  }
}

function hasResolver(): boolean {
  return spawnSync('dnsmasq', ['--version'], { stdio: 'ignore' }).error === undefined;
}
