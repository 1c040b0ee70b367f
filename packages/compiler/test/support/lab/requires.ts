import { spawnSync } from 'node:child_process';

/** Programs of the lab, and the Debian packages that bring them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  iptables: 'iptables',
  ping: 'iputils-ping',
};

/** What is missing here for network namespaces with nftables in them; undefined when all is there. */
export function missingForLab(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, debian] of Object.entries(PROGRAMS)) {
    if (spawnSync(program, ['-V'], { stdio: 'ignore' }).error)
      return `${program} is missing (Debian package ${debian})`;
  }
  const tried = spawnSync('unshare', ['-n', 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
  if (tried.status !== 0)
    return `no nftables in a new network namespace: ${tried.error?.message ?? tried.stderr.trim()}`;
  return undefined;
}
