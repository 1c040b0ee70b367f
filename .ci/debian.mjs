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
 * `present` looks at files, not at dpkg, so that the check costs nothing and other distributions pass it too.
 * `use` says who needs it: `run` both commands, `test` only the tests.
 */
export const NEEDS = [
  { name: 'nftables', use: 'run', why: 'loads and checks rulesets', present: () => command('nft') },
  { name: 'iproute2', use: 'run', why: 'network namespaces', present: () => command('ip') },
  {
    name: 'iptables',
    use: 'run',
    why: 'the fallback for kernels without nft queue',
    present: () => command('iptables'),
  },
  {
    name: 'libnetfilter-queue1',
    use: 'run',
    why: 'NFQUEUE',
    present: () => library('libnetfilter_queue.so.1'),
  },
  { name: 'conntrack', use: 'run', why: 'reads the connection table', present: () => command('conntrack') },
  {
    name: 'qemu-system-x86',
    use: 'test',
    why: 'tests on Debian’s kernel',
    present: () => command('qemu-system-x86_64'),
  },
  { name: 'cpio', use: 'test', why: 'the initramfs of those tests', present: () => command('cpio') },
  { name: 'linux-image-amd64', use: 'test', why: 'Debian’s kernel', unpack: true, present: unpackedKernel },
  {
    name: 'busybox-static',
    use: 'test',
    why: 'the initramfs',
    unpack: true,
    present: () => existsSync(`${UNPACKED}/bin/busybox`),
  },
];

/** The needs of `use` that this machine lacks; QEMU's packages count on amd64 only, where they exist. */
export function missing(use) {
  return NEEDS.filter((need) => need.use === 'run' || (use === 'test' && process.arch === 'x64')).filter(
    (need) => !need.present(),
  );
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
