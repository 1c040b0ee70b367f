import { fileURLToPath } from 'node:url';
import {
  type Address,
  addressWords,
  type Family,
  type FreshName,
  familyOf,
  formatWords,
  type JudgeView,
} from '@kncompile/compiler';
import { type SupervisorOptions, supervise } from '@kncompile/nfq-ffi';
import type { Told } from '../dns/dns-watch.ts';
import type { NamesReport } from '../dns/name-watch.ts';
import type { ToldName } from '../reconcile/name-learner.ts';
import type { JudgeOptions, JudgeService } from './judge-service.ts';
import type { AddressLists, Report, RowAnswer, Update } from './messages.ts';
import { Tally } from './tally.ts';

/** The worker's judge, beside this file in the sources and in `dist`. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER_JUDGE = fileURLToPath(new URL(`./worker.${EXTENSION}`, import.meta.url));

/** The largest that the kernel hands over. */
const WHOLE_PACKETS = 65_531;

/** What bundles and tests bring themselves. */
export interface JudgeParts {
  /** The worker of nfq-ffi (`@kncompile/nfq-ffi/worker`). */
  readonly worker?: string;
  /** The file made of judge/worker.ts. */
  readonly judge?: string;
  readonly supervise?: typeof supervise;
}

/** Starts the workers of all queues, and feeds them from now on with what the source commits. */
export function openJudge(options: JudgeOptions, parts: JudgeParts = {}): JudgeService {
  const { source, onReport, onEvent } = options;
  const { queues, failOpen } = options.options;
  const tally = new Tally();
  const tell = (update: Update): void => supervisor.update(update);
  /** Has the kernel learn what pods were told, then lets the answers go on their way to them. */
  const teach = async ({ worker, told, upTo }: NamesReport): Promise<void> => {
    if (told.length === 0) return;
    const learned = await Promise.all(told.map((each) => source.learnName(toldName(each))));
    // Whatever was learned with one commit is one list for all who wait for it.
    tell({ fresh: freshWords([...new Set(learned)].flat()), named: { worker, upTo } });
  };
  const view = source.follow((delta) => tell({ delta }));
  const supervisor = (parts.supervise ?? supervise)({
    queues: [...queueList(queues.original, 'original'), ...queueList(queues.reply, 'reply')],
    judge: parts.judge ?? WORKER_JUDGE,
    failVerdict: failOpen ? 'accept' : 'drop',
    holdMs: options.resolveTimeout,
    // DNS answers have to be read whole.
    queue: { failOpen, copyRange: WHOLE_PACKETS },
    state: (): Update => ({
      settings: { failOpen },
      delta: view.all(),
      fresh: freshWords(source.freshNames()),
    }),
    ...(parts.worker === undefined ? {} : { entry: parts.worker }),
    onReport(report) {
      tally.noteWorker(report);
      onReport?.(report);
    },
    onTell(_queue, message) {
      const report = message as Report;
      tally.noteJudge(report);
      const rows = answersTo(report.questions, view, tally);
      if (rows.length > 0) tell({ rows });
      void teach(report.names);
      // Whoever has turned up since is not to be taken for an outside address when he leaves again.
      const unknown = textsOf(report.unknown).filter((address) => !view.knows(address));
      if (unknown.length === 0) return;
      source.learn(unknown);
      // Their replies, and their next connections, may come to other workers.
      tell({ learned: listsOf(unknown) });
    },
    onEvent(event) {
      tally.noteEvent(event);
      onEvent?.(event);
    },
  });
  return {
    ready: supervisor.ready,
    get stats() {
      return tally.stats();
    },
    stop: () => supervisor.stop(),
  };
}

function queueList(
  { first, last }: { readonly first: number; readonly last: number },
  direction: 'original' | 'reply',
): SupervisorOptions['queues'] {
  return Array.from({ length: last - first + 1 }, (_, i) => ({ number: first + i, direction }));
}

/** Numbers that are no more get no answer: the worker will have heard by the time that it could matter. */
function answersTo(questions: Int32Array, view: JudgeView, tally: Tally): RowAnswer[] {
  const answers: RowAnswer[] = [];
  for (let at = 0; at < questions.length; at += 2) {
    const [side, profile] = [questions[at] as number, questions[at + 1] as number];
    const row = view.row(side, profile);
    if (!row) continue;
    answers.push({ side, profile, parts: row.parts });
    tally.noteReasons(row.reasons);
  }
  return answers;
}

function toldName({ client, name, family, addresses }: Told): ToldName {
  const words = family === 4 ? 1 : 4;
  const stride = words + 1;
  return {
    client: client as Address,
    name,
    addresses: Array.from({ length: addresses.length / stride }, (_, i) => ({
      address: formatWords(addresses.subarray(i * stride, i * stride + words)),
      ttl: addresses[i * stride + words] as number,
    })),
  };
}

function freshWords(fresh: readonly FreshName[]): AddressLists {
  const of = (family: Family): Int32Array =>
    Int32Array.from(
      fresh
        .filter(({ address }) => familyOf(address) === family)
        .flatMap(({ subject, address, ttl }) => [...addressWords(subject), ...addressWords(address), ttl]),
    );
  return { 4: of(4), 6: of(6) };
}

function listsOf(addresses: readonly Address[]): AddressLists {
  const of = (family: 4 | 6): Int32Array =>
    Int32Array.from(addresses.filter((address) => familyOf(address) === family).flatMap(addressWords));
  return { 4: of(4), 6: of(6) };
}

function textsOf({ 4: four, 6: six }: AddressLists): Address[] {
  const texts: Address[] = [];
  for (let at = 0; at < four.length; at += 1) texts.push(formatWords(four.subarray(at, at + 1)));
  for (let at = 0; at < six.length; at += 4) texts.push(formatWords(six.subarray(at, at + 4)));
  return texts;
}
