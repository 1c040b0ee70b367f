import { spawnSync } from 'node:child_process';

/** Programs of the lab, and the Debian packages that bring them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  iptables: 'iptables',
};

/** What the tests miss here for network namespaces with nftables in them; undefined when all is there. */
export function missingForLab(): string | undefined {
  return missingForNetwork() ?? missingProgram('ping', 'iputils-ping');
}

/** The same for who sends no pings. */
export function missingForNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, debian] of Object.entries(PROGRAMS)) {
    const missing = missingProgram(program, debian);
    if (missing) return missing;
  }
  const tried = spawnSync('unshare', ['-n', 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
  if (tried.status !== 0)
    return `no nftables in a new network namespace: ${tried.error?.message ?? tried.stderr.trim()}`;
  return undefined;
}

function missingProgram(program: string, debian: string): string | undefined {
  const { error } = spawnSync(program, ['-V'], { stdio: 'ignore' });
  return error && `${program} is missing (Debian package ${debian})`;
}
