/** Two kernels: that of this namespace, which BatchNft changes, and one that nft changes. */
import { spawnSync } from 'node:child_process';
import { BatchNft } from '../../../src/kernel/batch-nft.ts';
import { loadFfi } from '../../../src/kernel/ffi.ts';
import type { Change, Kernel } from '../../../src/kernel/kernel.ts';
import { SpawnedNft } from '../../../src/kernel/spawned-nft.ts';
import { nft } from './nft.ts';

/** Named so that later runs of the lab remove it after a crash. */
const NETNS = `kn${process.pid}-nft`;

/** Makes the other kernel. */
export function addOther(): void {
  run('ip', ['netns', 'add', NETNS]);
}

export function removeOther(): void {
  run('ip', ['netns', 'del', NETNS]);
}

/** The kernel of this namespace; `passedOn` grows with what it leaves to nft. */
export async function openBatches(): Promise<{
  readonly kernel: Kernel;
  readonly passedOn: readonly Change[];
}> {
  const spawned = new SpawnedNft();
  const passedOn: Change[] = [];
  const ffi = await loadFfi();
  const others: Kernel = {
    apply: (change) => {
      passedOn.push(change);
      return spawned.apply(change);
    },
    applyNext: () => spawned.applyNext(),
    list: () => spawned.list(),
    listAll: () => spawned.listAll(),
    commitNumber: () => undefined,
  };
  const kernel = ffi && BatchNft.open(ffi, others);
  if (!kernel) throw new Error('this machine has no ffi');
  return { kernel, passedOn };
}

/** Carries commands out on both kernels. */
export function both(text: string): void {
  nft(text);
  aside(text);
}

/** Carries commands out on the other one. */
export function aside(text: string): void {
  const { status, stderr } = runAside(text);
  if (status !== 0) throw new Error(`${stderr}\n${text}`);
}

/** Whether the other one takes commands, and what nft says. */
export function runAside(text: string): { readonly status: number | null; readonly stderr: string } {
  return spawnSync('ip', ['netns', 'exec', NETNS, 'nft', '-f', '-'], { input: text, encoding: 'utf8' });
}

export function tableHere(): string {
  return comparable(run('nft', ['-p', 'list', 'ruleset']));
}

export function tableAside(): string {
  return comparable(run('ip', ['netns', 'exec', NETNS, 'nft', '-p', 'list', 'ruleset']));
}

/** A listing with the elements of every set in one order: the kernel's is that of its hashes. */
function comparable(listing: string): string {
  const block = (text: string): string =>
    /^\t(set|map) /.test(text)
      ? text
          .split(/[,\n]/)
          .map((part) => part.trim())
          .sort()
          .join('\n')
      : text;
  return listing
    .replace(/^table .*\n/gm, '')
    .split('\n\n')
    .map(block)
    .join('\n\n');
}

/** Throws where the command fails. */
export function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}\n${input}`);
  return stdout;
}
