import { spawnSync } from 'node:child_process';
import { skip } from './skip.ts';

const INSIDE = 'NFQ_TEST_NAMESPACE';

/**
 * Runs the calling test file in a network namespace of its own: the first call starts the file again inside one and ends this
 * process with its result. A namespace without a name is gone with its last process, also after a crash.
 * Returns false, and has printed why, where this machine cannot do it.
 */
export function enterNamespace(): boolean {
  if (process.env[INSIDE]) {
    sh('ip link set lo up');
    return true;
  }
  const problem = whatIsMissing();
  if (problem) {
    skip(problem, 'namespaces');
    return false;
  }
  const env = { ...process.env, [INSIDE]: '1' };
  const script = process.argv[1] as string;
  const inside = spawnSync('unshare', ['--net', process.execPath, script], { stdio: 'inherit', env });
  process.exit(inside.status ?? 1);
}

/** Runs a shell line and returns what it printed; throws when it fails. */
export function sh(line: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', line], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${line}\n${stdout}${stderr}`);
  return stdout;
}

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const probe = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', 'iptables -t security -A OUTPUT -p 253 -j NFQUEUE && ip link set lo up'],
    { encoding: 'utf8' },
  );
  if (probe.error) return `needs unshare (${probe.error.message})`;
  return probe.status === 0
    ? undefined
    : `needs network namespaces, iproute2 and iptables with NFQUEUE (${probe.stderr.trim()})`;
}
