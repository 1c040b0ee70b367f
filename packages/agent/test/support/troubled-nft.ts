import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What happens to nft: it does its work; does nothing but complain; does its work late; or is not there. */
export type NftTrouble = 'none' | 'failing' | 'slow' | 'missing';

/** How late. */
const SLOW_SECONDS = 2;

/** An nft that does what a test wants, for an agent with this PATH. */
export class TroubledNft {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kncompile-path-'));
  readonly #real = execFileSync('sh', ['-c', 'command -v nft'], { encoding: 'utf8' }).trim();
  /** The process from whose eyes the real one is hidden. */
  #hiddenFrom: number | undefined;

  constructor() {
    this.path = `${this.#folder}:${process.env['PATH']}`;
  }

  /** From the next call on. `pid`: a process in a mount namespace of its own, as `ip netns exec` makes one. */
  become(trouble: NftTrouble, pid: number): void {
    const script = {
      none: '',
      missing: '',
      slow: `sleep ${SLOW_SECONDS}; exec ${this.#real} "$@"`,
      failing: 'echo "Error: the disk is full of eels" >&2; exit 1',
    }[trouble];
    const file = join(this.#folder, 'nft');
    if (script === '') rmSync(file, { force: true });
    else writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    if (this.#hiddenFrom !== undefined) inMountsOf(this.#hiddenFrom, 'umount', dirname(this.#real));
    this.#hiddenFrom = undefined;
    if (trouble !== 'missing') return;
    inMountsOf(pid, 'mount', '-t', 'tmpfs', 'none', dirname(this.#real));
    this.#hiddenFrom = pid;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function inMountsOf(pid: number, ...command: readonly string[]): void {
  const { status, stderr } = spawnSync('nsenter', ['-t', String(pid), '-m', ...command], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`nsenter: ${stderr}`);
}
