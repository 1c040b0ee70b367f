import { randomInt } from 'node:crypto';
import { succeed } from '../compiler/compile.ts';
import { nextGeneration } from '../compiler/generation.ts';
import type { CompileOptions } from '../compiler/options.ts';
import { printReplacement, printTransaction } from '../nft/print.ts';
import { hasQueueStatement, usesQueue, withoutQueue } from '../nft/queue-support.ts';
import { type ListedTable, readTable } from '../nft/read.ts';
import { UnknownListing } from '../nft/read-elements.ts';
import { type NftAnswer, NftUnavailable, runNft, runNftAside } from '../nft/run.ts';
import { diffRulesets, EMPTY_RULESET, isEmpty, type Transaction } from '../ruleset/diff.ts';
import type { Chain, Ruleset, RulesetSet } from '../ruleset/ir.ts';
import { programFor } from '../ruleset/program.ts';
import { lastGeneration } from '../ruleset/stamp.ts';
import { printNote } from './output.ts';
import { UsageError } from './usage-error.ts';

/** nft repeats the whole command for each complaint: the first ones say it. */
const COMPLAINT_LINES = 12;

/** `-p`: protocols as numbers, whatever /etc/protocols calls them. */
const LIST = ['-j', '-p', 'list', 'table', 'inet', 'kncompile'];

/** What of a ruleset this kernel can carry out. */
export interface KernelTraits {
  readonly queue: boolean;
}

/**
 * Asks what the kernel lacks that the ruleset uses. Without the queue statement it gets what a queue without listener
 * does: nobody listens to what this command applies.
 */
export async function kernelTraits(ruleset: Ruleset, options: CompileOptions): Promise<KernelTraits> {
  const queue = !usesQueue(ruleset) || (await tried(hasQueueStatement()));
  if (!queue) {
    const fate = options.failOpen ? 'accepted' : 'dropped';
    await printNote(`this kernel has no queue statement: connections that need the judge are ${fate}`);
  }
  return { queue };
}

/**
 * The transaction that leads from what the kernel has now to `wanted`. Nothing is changed. Whatever it changes, it
 * moves to another generation, so that connections made under the old ruleset are judged once more (S47).
 */
export async function diffFromKernel(
  wanted: Ruleset,
  options: CompileOptions,
  traits: KernelTraits,
): Promise<Transaction> {
  const table = await listTable();
  if (!table) return diffRulesets(EMPTY_RULESET, fit(wanted, traits));
  const generation = generationOf(table, options) ?? wanted.generation;
  const listed = { generation, sets: table.sets, chains: [] };
  const transactionTo = async (after: Ruleset): Promise<Transaction> =>
    diffRulesets({ ...listed, chains: await chainsOf(table, after) }, after);
  const next = succeed(listed, wanted, options);
  const transaction = await transactionTo(fit(next, traits));
  if (isEmpty(transaction) || next.generation !== generation) return transaction;
  const later = nextGeneration(generation, true, options);
  return transactionTo(fit(atGeneration(next, later, options), traits));
}

/** Asks the kernel whether it would take the ruleset in place of what it has; nothing is changed. */
export async function checkInKernel(wanted: Ruleset, traits: KernelTraits): Promise<void> {
  accept(await tried(runNft(['-c', '-f', '-'], printReplacement(fit(wanted, traits)))));
}

/** Makes the kernel's table this ruleset, in one transaction. */
export async function applyToKernel(
  wanted: Ruleset,
  options: CompileOptions,
  traits: KernelTraits,
): Promise<void> {
  // Connections may still bear the stamp of a table that was deleted: start where that is unlikely to have been.
  const start = randomInt(1, lastGeneration(options.markMask) + 1);
  const transaction = await diffFromKernel(atGeneration(wanted, start, options), options, traits);
  if (!isEmpty(transaction)) accept(await tried(runNft(['-f', '-'], printTransaction(transaction))));
}

function atGeneration(ruleset: Ruleset, generation: number, options: CompileOptions): Ruleset {
  return {
    ...ruleset,
    generation,
    chains: programFor(new Set(ruleset.sets.keys()), { ...options, generation }),
  };
}

function fit(ruleset: Ruleset, { queue }: KernelTraits): Ruleset {
  return queue ? ruleset : withoutQueue(ruleset);
}

/** Undefined where the kernel has no such table. */
async function listTable(): Promise<ListedTable | undefined> {
  const answer = await tried(runNft(LIST, ''));
  if (answer.ok) return read(answer.stdout);
  if (/No such file or directory/.test(answer.stderr)) return undefined;
  throw new UsageError(`the kernel's table cannot be listed:\n${complaint(answer)}`);
}

function read(listing: string): ListedTable {
  try {
    return readTable(listing);
  } catch (error) {
    if (!(error instanceof UnknownListing)) throw error;
    throw new UsageError(
      `the table inet kncompile is not one that this version makes: ${error.message}\n` +
        'If nothing needs it any more: nft delete table inet kncompile',
    );
  }
}

/**
 * The kernel's chains, as far as they can be told: those that are listed as the chains of `wanted` would be are those
 * of `wanted`; the others differ, and how is of no further interest.
 */
async function chainsOf(table: ListedTable, wanted: Ruleset): Promise<Chain[]> {
  const bare = [...wanted.sets].map(([name, set]): [string, RulesetSet] => [
    name,
    { ...set, elements: new Map() },
  ]);
  const program = diffRulesets(EMPTY_RULESET, { ...wanted, sets: new Map(bare) });
  const answer = await tried(runNftAside(LIST, printTransaction(program)));
  accept(answer);
  const listed = new Map(read(answer.stdout).chains.map(({ name, rules }) => [name, rules]));
  return table.chains.map(({ name, isBase, rules }) => {
    const own = wanted.chains.find((chain) => chain.name === name);
    if (own && listed.get(name) === rules) return own;
    return { name, hook: isBase ? { hook: 'forward', priority: 0 } : undefined, rules: [] };
  });
}

/** Undefined where the kernel's stamp is not one under this mask: connections may bear any number of ours then. */
function generationOf({ stamp }: ListedTable, { markMask }: CompileOptions): number | undefined {
  const generation = (stamp ?? 0) / ((markMask & -markMask) >>> 0);
  return Number.isInteger(generation) && generation >= 1 && generation <= lastGeneration(markMask)
    ? generation
    : undefined;
}

async function tried<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NftUnavailable) throw new UsageError(error.message);
    throw error;
  }
}

function accept(answer: NftAnswer): void {
  if (!answer.ok) throw new UsageError(`the kernel does not take the ruleset:\n${complaint(answer)}`);
}

function complaint({ stderr }: NftAnswer): string {
  return stderr.trimEnd().split('\n').slice(0, COMPLAINT_LINES).join('\n');
}
