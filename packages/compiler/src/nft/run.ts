import { spawn } from 'node:child_process';

/** What an nft process said. */
export interface NftAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  /** nft's own words on what it does not accept; empty where all is well. */
  readonly stderr: string;
}

/** nft could not do its work at all, in words for the user. */
export class NftUnavailable extends Error {
  override readonly name = 'NftUnavailable';
  /** Whether this user may not, which no waiting changes. */
  readonly isForbidden: boolean;

  constructor(message: string, isForbidden = false) {
    super(message);
    this.isForbidden = isForbidden;
  }
}

/** nft was ended because it gave no answer in time; what it was told may have been carried out, or not. */
export class NftTimeout extends Error {
  override readonly name = 'NftTimeout';
}

/** Debian keeps nft where only root's PATH looks. */
const ROOT_PATHS = '/usr/sbin:/sbin';

/**
 * Runs nft (1.0.6 or newer) with `input` on its stdin and waits for its end, at most `limitMs` milliseconds.
 * @throws NftUnavailable when it is not installed, or this user may not talk to the kernel's netfilter; NftTimeout.
 */
export function runNft(args: readonly string[], input: string, limitMs?: number): Promise<NftAnswer> {
  return run('nft', args, input, limitMs);
}

/**
 * Loads `input` into a network namespace made for it and gone afterwards, and runs nft there with these arguments:
 * how this nft and this kernel show what they were told.
 * @throws NftUnavailable as `runNft`, and where namespaces are forbidden.
 */
export function runNftAside(args: readonly string[], input: string): Promise<NftAnswer> {
  return run('unshare', ['--net', 'sh', '-c', 'nft -f - && exec nft "$@"', 'sh', ...args], input);
}

function run(program: string, args: readonly string[], input: string, limitMs?: number): Promise<NftAnswer> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${ROOT_PATHS}`, LC_ALL: 'C' };
    const child = spawn(program, args, { env });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const timer = limitMs === undefined ? undefined : setTimeout(giveUp, limitMs);
    function giveUp(): void {
      child.kill('SIGKILL');
      // A process that hangs in the kernel does not end, and children of its own may hold the pipes: wait for neither.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
      child.unref();
      reject(new NftTimeout(`${program} gave no answer within ${limitMs} ms`));
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new NftUnavailable(error.code === 'ENOENT' ? notInstalled(program) : error.message));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const said = Buffer.concat(stderr).toString();
      if (code !== 0 && /Operation not permitted/.test(said)) {
        reject(new NftUnavailable('nft needs root (CAP_NET_ADMIN) to talk to the kernel', true));
      } else resolve({ ok: code === 0, stdout: Buffer.concat(stdout).toString(), stderr: said });
    });
    // nft may end before it has read everything; its answer says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function notInstalled(program: string): string {
  const debian = program === 'nft' ? 'nftables' : 'util-linux';
  return `${program} is not installed (Debian: apt-get install ${debian})`;
}
