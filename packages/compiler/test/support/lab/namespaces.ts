/**
 * The lab's network: one namespace per local pod, one for all that is outside, and a router namespace that forwards
 * between them. Dual stack, routed (no bridge: bridged packets reach `forward` only with br_netfilter).
 */
import { spawnSync } from 'node:child_process';
import { type Endpoint, OUTSIDE, ROUTER } from './topology.ts';

/** The pods' next hop, on every link of the router. */
const GATEWAY = { 4: '169.254.1.1', 6: 'fe80::1' } as const;

/** Names carry the pid of the run that made them, so that a later run can tell leftovers from live ones. */
const NAME = /^kn(\d+)-/;

export function netnsName(run: string, site: string): string {
  return `${run}-${site}`;
}

/** Builds namespaces, links, addresses and routes for `endpoints`; names start with `run`. */
export function createNetwork(run: string, endpoints: readonly Endpoint[]): void {
  const sites = [...new Set(endpoints.map((endpoint) => endpoint.site))].filter((site) => site !== ROUTER);
  const router = netnsName(run, ROUTER);
  ip(
    [],
    [
      `netns add ${router}`,
      ...sites.map((site) => `netns add ${netnsName(run, site)}`),
      ...sites.map(
        (site) => `link add ${site} netns ${router} type veth peer name eth0 netns ${netnsName(run, site)}`,
      ),
    ],
  );
  configureRouter(router, endpoints, sites);
  for (const site of sites) {
    const own = endpoints.filter((endpoint) => endpoint.site === site);
    ip(['-n', netnsName(run, site)], siteCommands(own));
    // `outside` answers for several hosts, whose replies must not be taken for spoofed.
    if (site === OUTSIDE) sysctl(netnsName(run, site), { 'ipv4/conf/all/rp_filter': 0 });
  }
}

/** Removes every namespace of a run; safe to call twice. Synchronous, so that it works while the process exits. */
export function deleteNetwork(run: string): void {
  removeNamespaces((name) => name.startsWith(`${run}-`));
}

/** Removes what crashed runs left behind: only those whose process is gone. */
export function deleteLeftovers(): void {
  removeNamespaces((name) => {
    const pid = NAME.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

function configureRouter(router: string, endpoints: readonly Endpoint[], sites: readonly string[]): void {
  sysctl(router, {
    'ipv4/ip_forward': 1,
    'ipv6/conf/all/forwarding': 1,
    'ipv4/conf/all/rp_filter': 0,
    'ipv4/conf/default/rp_filter': 0,
  });
  const node = endpoints.find((endpoint) => endpoint.site === ROUTER);
  if (!node) throw new Error('the topology has no node for the router namespace');
  ip(
    ['-n', router],
    [
      'link set lo up',
      `addr add ${node.addresses[4]}/32 dev lo`,
      `addr add ${node.addresses[6]}/128 dev lo nodad`,
      ...sites.flatMap((site) => [
        `link set ${site} addrgenmode none`,
        `link set ${site} up`,
        `addr add ${GATEWAY[4]}/32 dev ${site}`,
        `addr add ${GATEWAY[6]}/64 dev ${site} nodad`,
      ]),
      ...endpoints
        .filter((endpoint) => endpoint.site !== ROUTER)
        .flatMap(({ site, addresses }) => [
          `route add ${addresses[4]}/32 dev ${site} src ${node.addresses[4]}`,
          `route add ${addresses[6]}/128 dev ${site} src ${node.addresses[6]}`,
        ]),
    ],
  );
}

/** Without a link-local address of its own, a pod answers neighbour discovery from the address that policy judges (S46). */
function siteCommands(own: readonly Endpoint[]): readonly string[] {
  return [
    'link set lo up',
    'link set eth0 addrgenmode none',
    'link set eth0 up',
    ...own.flatMap(({ addresses }) => [
      `addr add ${addresses[4]}/32 dev eth0`,
      `addr add ${addresses[6]}/128 dev eth0 nodad`,
    ]),
    `route add ${GATEWAY[4]} dev eth0`,
    `route add default via ${GATEWAY[4]} dev eth0`,
    `route add ${GATEWAY[6]} dev eth0`,
    `route add default via ${GATEWAY[6]} dev eth0`,
  ];
}

function removeNamespaces(wanted: (name: string) => boolean): void {
  const listed = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '';
  const names = listed
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name !== '' && wanted(name));
  if (names.length > 0)
    ip(
      ['-force'],
      names.map((name) => `netns del ${name}`),
    );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function ip(options: readonly string[], commands: readonly string[]): void {
  run('ip', [...options, '-batch', '-'], `${commands.join('\n')}\n`);
}

function sysctl(netns: string, values: Readonly<Record<string, number>>): void {
  const script = Object.entries(values).map(([key, value]) => `echo ${value} > /proc/sys/net/${key}`);
  run('ip', ['netns', 'exec', netns, 'sh', '-ec', script.join('\n')], '');
}

function run(command: string, args: readonly string[], input: string): void {
  const done = spawnSync(command, args, { input, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`);
}
