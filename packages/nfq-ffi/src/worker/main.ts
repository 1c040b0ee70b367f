/** The process of one queue. Its supervisor starts it; a bundle needs it as a file of its own. */
import { NfqError } from '../errors.ts';
import { pinToCore } from '../ffi/affinity.ts';
import { openQueue } from '../queue/open.ts';
import { QUEUE_DEFAULTS } from '../queue/queue.ts';
import { CONTROL_FD, type Control, createControl } from './control.ts';
import type { Command } from './frames.ts';
import { loadJudge } from './judge.ts';
import { createLoop, type Loop } from './loop.ts';

const REPORT_MS = 1000;
/** Held packets may fill half of the queue: the other half is for those that can be answered. */
const HELD_SHARE = 0.5;
/** Of the held ones, those of one source address: one pod must not take the places of all. */
const HELD_SHARE_PER_SOURCE = HELD_SHARE / 16;

const control = createControl();
try {
  await run(control);
} catch (error) {
  const code = error instanceof NfqError ? error.code : undefined;
  control.write({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
// Whatever the judge's module left running must not keep a worker without a queue alive.
process.exit();

async function run(control: Control): Promise<void> {
  const commands = [...readStart(control)];
  const { config } = commands.shift() as Extract<Command, { kind: 'start' }>;
  const judge = await loadJudge(config.judge);
  if (config.state !== undefined) judge.update?.(config.state);
  pinToCore(config.core);
  const queue = openQueue({ ...config.queue, wakeOn: CONTROL_FD });
  const { maximumLength = QUEUE_DEFAULTS.maximumLength } = config.queue;
  let isRunning = true;
  const loop = createLoop({
    queue,
    judge,
    direction: config.direction,
    failVerdict: config.failVerdict,
    holdMs: config.holdMs,
    holdLimit: Math.ceil(maximumLength * HELD_SHARE),
    holdLimitPerSource: Math.ceil(maximumLength * HELD_SHARE_PER_SOURCE),
    tell: (message) => control.offer({ kind: 'tell', message }),
    now: () => performance.now(),
    onWoken() {
      isRunning = obey(loop, control.read()) && isRunning;
    },
  });
  control.write({ kind: 'ready' });

  const report = (): void => {
    control.offer({
      kind: 'report',
      report: {
        queue: queue.number,
        direction: config.direction,
        pid: process.pid,
        counters: loop.counters,
        traffic: loop.traffic,
        holding: loop.holding,
        netlink: queue.counters,
        marksConnections: queue.marksConnections,
        kernel: queue.statistics(),
        rss: process.memoryUsage.rss(),
      },
    });
  };

  // One look at the clock a turn: it costs as much as a packet.
  let time = performance.now();
  let nextReport = time + REPORT_MS;
  isRunning = obey(loop, commands);
  while (isRunning) {
    loop.turn(nextReport - time);
    time = performance.now();
    if (time >= nextReport) {
      report();
      nextReport = time + REPORT_MS;
    }
  }
  loop.drain(maximumLength);
  report();
  queue.close();
}

/** Reads until the start command has come whole; with it may come others. */
function readStart(control: Control): readonly Command[] {
  for (;;) {
    const commands = control.read();
    if (commands.length === 0) continue;
    if (commands[0]?.kind === 'start') return commands;
    throw new NfqError('NFQ_CONTROL', `the first command is ${commands[0]?.kind}, not start`);
  }
}

/** False when there was a stop among the commands. */
function obey(loop: Loop, commands: readonly Command[]): boolean {
  for (const command of commands) {
    switch (command.kind) {
      case 'stop':
        return false;
      case 'update':
        loop.update(command.state);
        break;
      case 'start':
        throw new NfqError('NFQ_CONTROL', 'a second start command');
    }
  }
  return true;
}
