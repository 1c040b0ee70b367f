import type { Direction, JudgeModule, Judgement, Packet, Settlement } from '@kncompile/nfq-ffi';
import { isDns } from '../dns/dns-watch.ts';
import { NameWatch } from '../dns/name-watch.ts';
import { type Finding, PacketJudge } from './judgement.ts';
import { Knowledge } from './knowledge.ts';
import { LearningShare } from './learning-share.ts';
import type { Update } from './messages.ts';
import { Outbox } from './outbox.ts';
import { RowCache } from './row-cache.ts';
import { REASON_AT, REASONS } from './verdict-reasons.ts';

/**
 * The judge that a queue worker runs. `now` in milliseconds, never going back.
 */
export function createQueueJudge(now: () => number): Required<JudgeModule> {
  // From 1 on: 0 stands for nothing in the tables.
  const seconds = (): number => 1 + Math.floor(now() / 1000);
  const knowledge = new Knowledge(seconds);
  const share = new LearningShare(seconds);
  const rows = new RowCache();
  const names = new NameWatch(now);
  const outbox = new Outbox(now, names);
  const judge = new PacketJudge(knowledge, rows, {
    row: (side, profile) => outbox.row(side, profile),
    unknown(family, address, otherEnd) {
      if (!share.take(family, otherEnd)) return outbox.refuse();
      knowledge[family].learn(address);
      outbox.unknown(family, address);
    },
  });
  let failOpen = false;
  let stamped = markedAccept(0, 0);

  const settle = (finding: Finding): Settlement => {
    const isAccept = finding.verdict === 'accept';
    outbox.count((isAccept ? 0 : REASONS.length) + finding.reason, finding.reasonId);
    if (!isAccept) return 'drop';
    // New ones too: the kernel's stamp says "judged under the ruleset of now", which this worker may not know yet (S47).
    return finding.isQueued ? stamped : 'accept';
  };

  /** What a packet of a pod with rules about names is, in the queues for replies: there both its directions come (S37). */
  const dnsOf = (packet: Packet, direction: Direction): 'question' | 'answer' | undefined => {
    if (direction === 'original') return undefined;
    const known = knowledge[packet.family];
    if (isDns(packet, 'question') && known.isDnsClient(packet.source)) return 'question';
    return isDns(packet, 'answer') && known.isDnsClient(packet.destination) ? 'answer' : undefined;
  };

  const dns = (packet: Packet, way: 'question' | 'answer'): Judgement => {
    const finding = judge.judge(packet, way === 'question' ? 'original' : 'reply', false);
    // Never stamped: every later message has to come, too.
    if (finding.verdict === 'accept') {
      if (way === 'question') names.asked(packet);
      else if (names.answered(packet) === 'hold') return 'hold';
      finding.isQueued = false;
    }
    return finding.verdict === 'hold' ? 'hold' : settle(finding);
  };

  return {
    judge(packet, direction): Judgement {
      const way = dnsOf(packet, direction);
      if (way) return dns(packet, way);
      const finding = judge.judge(packet, direction, false);
      return finding.verdict === 'hold' ? 'hold' : settle(finding);
    },
    expire(packet, direction) {
      const way = dnsOf(packet, direction);
      const finding = judge.judge(packet, way === 'question' ? 'original' : direction, true);
      if (finding.reason === REASON_AT.unanswered && failOpen) {
        finding.verdict = 'accept';
        // The next packet is to be judged.
        finding.isQueued = false;
      }
      if (way) {
        finding.isQueued = false;
        if (finding.verdict === 'accept')
          if (way === 'question') names.asked(packet);
          else names.expired(packet);
      }
      return settle(finding);
    },
    update(state) {
      const { settings, delta, rows: answers = [], learned, fresh, named } = state as Update;
      if (settings) failOpen = settings.failOpen;
      if (delta) {
        knowledge.take(delta);
        outbox.askAnew();
        stamped = markedAccept(delta.stamp, delta.stampMask);
        if (delta.domains) names.domains = delta.domains;
      }
      if (fresh) {
        knowledge[4].refresh(fresh[4]);
        knowledge[6].refresh(fresh[6]);
      }
      if (named) names.done(named.worker, named.upTo);
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
