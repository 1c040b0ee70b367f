import type { Direction, JudgeModule, Judgement, Packet, Settlement } from '@kncompile/nfq-ffi';
import { type Finding, PacketJudge } from './judgement.ts';
import { Knowledge } from './knowledge.ts';
import type { Update } from './messages.ts';
import { Outbox } from './outbox.ts';
import { RowCache } from './row-cache.ts';
import { REASON_AT, REASONS } from './verdict-reasons.ts';

const SYN = 2;
const ACK = 16;

/**
 * The judge that a queue worker runs. `now` in milliseconds, never going back.
 */
export function createQueueJudge(now: () => number): Required<JudgeModule> {
  // From 1 on: 0 stands for nothing in the tables.
  const knowledge = new Knowledge(() => 1 + Math.floor(now() / 1000));
  const rows = new RowCache();
  const outbox = new Outbox(now);
  const judge = new PacketJudge(knowledge, rows, {
    row: (side, profile) => outbox.row(side, profile),
    unknown(family, address) {
      knowledge[family].learn(address);
      outbox.unknown(family, address);
    },
  });
  let failOpen = false;
  let stamped = markedAccept(0, 0);

  const settle = (finding: Finding, packet: Packet, direction: Direction): Settlement => {
    const isAccept = finding.verdict === 'accept';
    outbox.count((isAccept ? 0 : REASONS.length) + finding.reason, finding.reasonId);
    if (!isAccept) return 'drop';
    // The kernel has stamped the new connections of queued subjects itself. Those it asks about again are stamped here.
    return finding.isQueued && !isFirst(packet, direction) ? stamped : 'accept';
  };

  return {
    judge(packet, direction): Judgement {
      const finding = judge.judge(packet, direction, false);
      return finding.verdict === 'hold' ? 'hold' : settle(finding, packet, direction);
    },
    expire(packet, direction) {
      const finding = judge.judge(packet, direction, true);
      if (finding.reason === REASON_AT.unanswered && failOpen) {
        finding.verdict = 'accept';
        // The next packet is to be judged.
        finding.isQueued = false;
      }
      return settle(finding, packet, direction);
    },
    update(state) {
      const { settings, delta, rows: answers = [], learned } = state as Update;
      if (settings) failOpen = settings.failOpen;
      if (delta) {
        knowledge.take(delta);
        outbox.askAnew();
        stamped = markedAccept(delta.stamp, delta.stampMask);
      }
      for (const { side, profile, parts } of answers) {
        rows.put(side, profile, parts);
        outbox.answered(side, profile);
      }
      if (learned) {
        knowledge[4].learnAll(learned[4]);
        knowledge[6].learnAll(learned[6]);
      }
    },
    outbox: (tell) => outbox.send(tell),
  };
}

function markedAccept(value: number, mask: number): Settlement {
  return Object.freeze({ verdict: 'accept', connectionMark: Object.freeze({ value, mask }) });
}

/** Whether a packet surely begins its connection. */
function isFirst({ tcpFlags }: Packet, direction: Direction): boolean {
  return direction === 'original' && tcpFlags >= 0 && (tcpFlags & (SYN | ACK)) === SYN;
}
