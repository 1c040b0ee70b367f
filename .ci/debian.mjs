// What the project needs from Debian, in one list, and how it gets there. Plain JavaScript: it runs before anything
// is installed, on whatever Node the machine has (20 or newer).
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';

/** Packages unpacked here are never installed: a kernel for QEMU must not touch the machine's own boot. */
export const UNPACKED = 'node_modules/.cache/kncompile/debian';

/**
 * Whether it is present is told by files, not by dpkg: that costs nothing, and other distributions pass it too. `use`
 * says who needs it: `run` both commands, `test` only the tests.
 */
export const NEEDS = [
  ...both('nftables', 'loads and checks rulesets', () => command('nft')),
  ...both('iproute2', 'network namespaces', () => command('ip')),
  ...both('iptables', 'the fallback for kernels without nft queue', () => command('iptables')),
  ...both('libnetfilter-queue1', 'NFQUEUE', () => library('libnetfilter_queue.so.1')),
  ...both('conntrack', 'reads the connection table', () => command('conntrack')),
  ...tests('iputils-ping', 'ICMP in the tests', () => command('ping')),
  ...tests('debootstrap', 'a Debian to try the image in', () => command('debootstrap')),
  ...both('dnsmasq-base', 'a resolver for DNS names in demo and tests', () => command('dnsmasq')),
  ...tests('tshark', 'a second reading of packets', () => command('tshark')),
  ...qemu('qemu-system-x86', 'tests on Debian’s kernel', () => command('qemu-system-x86_64')),
  ...qemu('cpio', 'the initramfs of those tests', () => command('cpio')),
  ...qemu('ipvsadm', 'IPVS on that kernel', () => command('ipvsadm')),
  ...qemu('linux-image-amd64', 'Debian’s kernel', unpackedKernel, { unpack: true }),
  ...qemu('busybox-static', 'the initramfs', () => existsSync(`${UNPACKED}/bin/busybox`), { unpack: true }),
];

function both(name, why, present) {
  return [{ name, use: 'run', why, present }];
}

function tests(name, why, present, more) {
  return [{ name, use: 'test', why, present, ...more }];
}

/** The machine that QEMU plays is an amd64 one. */
function qemu(name, why, present, more) {
  return process.arch === 'x64' ? tests(name, why, present, more) : [];
}

/** The needs of `use` that this machine lacks. */
export function missing(use) {
  return NEEDS.filter((need) => (need.use === 'run' || use === 'test') && !need.present());
}

/**
 * Installs what is missing. Never throws: the dry run needs none of it, and the tests that do say so and are counted
 * as skipped. `say` gets one line per step.
 */
export function installMissing(use, say) {
  const needs = missing(use);
  if (needs.length === 0) return;
  const list = needs.map((need) => `${need.name} (${need.why})`).join(', ');
  if (!command('apt-get')) return say(`left out, because there is no apt-get here: ${list}`);
  if (process.getuid?.() !== 0) {
    return say(
      `left out, because only root may install: ${list}\n  as root: apt-get install ${names(needs)}`,
    );
  }
  say(`installing from Debian: ${list}`);
  const problem =
    apt(['update']) ?? installPackages(needs) ?? unpackPackages(needs.filter((need) => need.unpack));
  if (problem) say(`could not install everything; what needs it is left out:\n  ${problem}`);
}

function installPackages(needs) {
  const packages = needs.filter((need) => !need.unpack).map((need) => need.name);
  return packages.length > 0 ? apt(['install', '-y', '--no-install-recommends', ...packages]) : undefined;
}

/** `linux-image-amd64` only depends on the kernel of the day, so its dependency is what is unpacked. */
function unpackPackages(needs) {
  if (needs.length === 0) return undefined;
  mkdirSync(UNPACKED, { recursive: true });
  const scratch = mkdtempSync(`${UNPACKED}/.new-`);
  try {
    for (const need of needs) {
      const name = need.name === 'linux-image-amd64' ? kernelPackage() : need.name;
      // apt fetches as the user _apt, which cannot write here; root may be told to fetch as root.
      const problem =
        apt(['-o', 'APT::Sandbox::User=root', 'download', name], scratch) ?? unpack(scratch, name);
      if (problem) return problem;
    }
    for (const entry of readdirSync(`${scratch}/root`))
      moveInto(`${scratch}/root/${entry}`, `${UNPACKED}/${entry}`);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function unpack(scratch, name) {
  const file = readdirSync(scratch).find((entry) => entry.startsWith(`${name}_`));
  return run('dpkg-deb', ['-x', join(scratch, file ?? name), `${scratch}/root`]);
}

/** Whole or not at all: a half-written kernel would look present the next time. */
function moveInto(from, to) {
  if (!existsSync(to)) return renameSync(from, to);
  for (const entry of readdirSync(from)) {
    rmSync(`${to}/${entry}`, { recursive: true, force: true });
    renameSync(`${from}/${entry}`, `${to}/${entry}`);
  }
}

function kernelPackage() {
  const shown = spawnSync('apt-cache', ['show', '--no-all-versions', 'linux-image-amd64'], {
    encoding: 'utf8',
  });
  return /^Depends: (linux-image-\S+)/m.exec(shown.stdout ?? '')?.[1] ?? 'linux-image-amd64';
}

function unpackedKernel() {
  const boot = `${UNPACKED}/boot`;
  return existsSync(boot) && readdirSync(boot).some((file) => file.startsWith('vmlinuz-'));
}

/** Another apt at work is waited for, two minutes at most. */
function apt(args, cwd) {
  return run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], cwd);
}

/** Undefined when it worked, else what went wrong in apt's own words. */
function run(program, args, cwd) {
  const done = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if (done.status === 0) return undefined;
  const errors = (done.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  const said = [done.error?.message ?? '', ...errors.slice(-4)].filter((line) => line !== '').join('\n  ');
  return `${program} ${args.filter((arg) => !/^-|=/.test(arg)).join(' ')} failed:\n  ${said}${hint(said)}`;
}

function hint(said) {
  if (/lock/i.test(said)) return '\n  Another apt is at work: wait for it, then run this again.';
  if (/resolve|connect|fetch/i.test(said))
    return '\n  Is there a network, and a Debian mirror in /etc/apt/sources.list?';
  return '';
}

function names(needs) {
  return needs
    .filter((need) => !need.unpack)
    .map((need) => need.name)
    .join(' ');
}

/** On PATH, or where Debian keeps root's programs. */
function command(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin'];
  return folders.some((folder) => folder !== '' && executable(join(folder, name)));
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function library(file) {
  const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? '';
  const folders = [`/usr/lib/${multiarch}`, `/lib/${multiarch}`, '/usr/lib64', '/usr/lib', '/usr/local/lib'];
  return folders.some((folder) => existsSync(`${folder}/${file}`));
}
