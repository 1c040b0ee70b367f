/** One measurement each; a round of them is compared only within itself, because the machine's speed changes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Listener, type Programs, runTraffic, settled, startReference, startWorker } from './lab.ts';
import { createPolicies } from './policies.ts';

export const ACCEPT = fileURLToPath(new URL('./accept.ts', import.meta.url));
export const POLICIES = fileURLToPath(new URL('./policies.ts', import.meta.url));

/** Where the processes run, and how long. */
export interface Setting {
  readonly programs: Programs;
  readonly senderCore: number;
  readonly workerCore: number;
  readonly seconds: number;
  readonly pings: number;
  /** The judge in place of policies.ts. */
  readonly judge: string;
}

export interface Throughput {
  /** Packets that got their verdict, a second. */
  readonly rate: number;
  /** Processor time of the listener per packet, microseconds; it counts even where the sender is the slower one. */
  readonly cpuMicros: number;
  readonly drops: number;
}

export interface Latency {
  /** Of a round trip on one core, nanoseconds. */
  readonly p50: number;
  readonly p99: number;
}

export type Who = 'plain C' | 'batched C' | 'worker' | 'worker, policies';

export function listen(setting: Setting, who: Who, core: number): Promise<Listener> {
  switch (who) {
    case 'plain C':
      return startReference(setting.programs.reference, 'plain', core);
    case 'batched C':
      return startReference(setting.programs.reference, 'batched', core);
    case 'worker':
      return startWorker(ACCEPT, core);
    case 'worker, policies':
      return startWorker(setting.judge, core, setting.judge === POLICIES ? { state: createPolicies } : {});
  }
}

/** Floods at `rate` packets a second, or (0) as fast as the listener takes them. */
export async function throughput(setting: Setting, who: Who, rate = 0): Promise<Throughput> {
  const { programs, senderCore, workerCore, seconds } = setting;
  const listener = await listen(setting, who, workerCore);
  try {
    // The first packets find a cold cache here, and code that is not compiled yet.
    await runTraffic(programs.traffic, senderCore, ['flood', '0.3', '0']);
    const before = await settled();
    const cpuBefore = cpuSeconds(listener.pid);
    const sent = await runTraffic<{ sent: number; seconds: number }>(programs.traffic, senderCore, [
      'flood',
      String(seconds),
      String(rate),
    ]);
    const after = await settled();
    const drops = after.queueDropped - before.queueDropped + after.userDropped - before.userDropped;
    const packets = sent.sent - drops;
    return {
      rate: packets / sent.seconds,
      cpuMicros: ((cpuSeconds(listener.pid) - cpuBefore) / packets) * 1e6,
      drops,
    };
  } finally {
    await listener.stop();
  }
}

/** One packet at a time, sender and listener on one core; without a listener the rule must not be there either. */
export async function latency(setting: Setting, who: Who | undefined): Promise<Latency> {
  const core = setting.workerCore;
  const listener = who === undefined ? undefined : await listen(setting, who, core);
  try {
    return await runTraffic<Latency>(setting.programs.traffic, core, ['ping', String(setting.pings)]);
  } finally {
    await listener?.stop();
  }
}

/** User and system time of a process, in seconds (fields 14 and 15 of /proc/PID/stat, hundredths). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
