import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { POSTGRES } from '../hosts.ts';
import type { LogLine } from '../node-agent.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const MAIN = 'packages/compiler/src/cli/main.mjs';
const FROM = 'guest/bot';
const TO = 'shop/db';
const PATIENCE_MS = 5000;

/** What the log says of a denied connection, and the command that says why. */
export async function readLog(screen: Screen, stage: Stage): Promise<void> {
  screen.heading('What was denied, and why');
  const before = stage.agent.log().length;
  await stage.reach(FROM, TO, POSTGRES, 'silent');
  const line = await screen.during('reading the log', () => findDenial(stage, before));
  if (line?.denied?.explain === undefined) {
    screen.expect(false, `the log of the agent says that ${FROM} was denied`);
    return;
  }
  screen.say('A line of the log, without its fields:');
  screen.say(line.msg, 'cyan');
  const command = `${line.denied.explain} -f fixtures/demo`;
  screen.say('The command that it names shows each step of the decision. In short:');
  screen.say(`$ ${command}`, 'bold');
  const words = command.split(' ').slice(1);
  const explained = spawnSync(process.execPath, [MAIN, ...words], { cwd: CHECKOUT, encoding: 'utf8' });
  const lines = explained.stdout.split('\n');
  for (const told of lines.filter((text) => /^(?:egress|ingress) of |nearest miss: /.test(text)))
    screen.say(told.trim());
  screen.expect(
    explained.status === 0 && lines[1]?.startsWith('denied') === true,
    `log, explain and packets agree: ${FROM} does not reach ${TO}`,
  );
}

/** The log is written a moment after the packet. */
async function findDenial(stage: Stage, from: number): Promise<LogLine | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = stage.agent
      .log()
      .slice(from)
      .find(({ denied }) => denied?.from === FROM && denied.to === TO);
    if (found || performance.now() > deadline) return found;
    await sleep(50);
  }
}
