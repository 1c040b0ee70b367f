import { pathToFileURL } from 'node:url';
import { NfqError } from '../errors.ts';
import type { ConnectionMark, Verdict } from '../netlink/verdict.ts';
import type { Packet } from '../packet/packet.ts';

/** Which way a packet goes on its connection, as conntrack sees it; the queue it came through tells. */
export type Direction = 'original' | 'reply';

/**
 * Accepts the packet and sets bits of its connection's mark, so that the kernel can accept the rest by itself. One
 * frozen object does for every packet: nothing needs to be allocated.
 */
export interface MarkedAccept {
  readonly verdict: 'accept';
  readonly connectionMark: ConnectionMark;
}

/** What settles a packet. */
export type Settlement = Verdict | MarkedAccept;

/** `hold`: ask again after the next update, and at the deadline. */
export type Judgement = Settlement | 'hold';

/**
 * Hands a message (a structured clone of it, at most 32 KiB as frame) to the parent's `onTell`. False, and nothing sent, when the
 * parent does not read: keep it and try again in the next turn. Never waits. Throws NFQ_CONTROL for a larger message.
 */
export type Tell = (message: unknown) => boolean;

/**
 * What a judge's module exports. The functions run in the worker, which serves nothing else: timers, promises and
 * callbacks of the module do not run while packets are judged. The packet is the same object each time.
 */
export interface JudgeModule {
  judge(packet: Packet, direction: Direction): Judgement;
  /** Takes what the parent's `state` or `update` sent, a structured clone. */
  update?(state: unknown): void;
  /** The verdict of a held packet at its deadline; without it the fail verdict. */
  expire?(packet: Packet, direction: Direction): Settlement;
  /** Called after the packets of a turn and after an update, to tell the parent what it should know. */
  outbox?(tell: Tell): void;
}

/** Judges are somebody else's code: whatever they return, the kernel gets a verdict. */
export function isSettlement(judgement: Judgement): judgement is Settlement {
  if (judgement === 'accept' || judgement === 'drop') return true;
  if (typeof judgement !== 'object' || judgement === null || judgement.verdict !== 'accept') return false;
  const { value, mask } = judgement.connectionMark;
  return Number.isInteger(value) && Number.isInteger(mask);
}

/** Loads a judge by absolute path or URL. Throws NFQ_JUDGE_INVALID. */
export async function loadJudge(module: string): Promise<JudgeModule> {
  let loaded: Partial<JudgeModule>;
  try {
    loaded = await import(module.startsWith('/') ? pathToFileURL(module).href : module);
  } catch (cause) {
    throw new NfqError('NFQ_JUDGE_INVALID', `${module} does not load (${String(cause)})`);
  }
  if (typeof loaded.judge !== 'function') {
    throw new NfqError('NFQ_JUDGE_INVALID', `${module} has no function judge`);
  }
  return loaded as JudgeModule;
}
