/**
 * A virtual machine with Debian's kernel, for what the kernel of the test machines lacks: nft's `queue` statement.
 * It sees this machine's files (same Node, same checkout), and what it writes is gone when it ends.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CHECKOUT } from '../checkout.ts';
import { loadOrder } from './kernel-modules.ts';
import { writeStripped } from './stripped.ts';

/** Where the set-up unpacks the kernel and busybox, which are never installed on the machine. */
const UNPACKED = join(CHECKOUT, 'node_modules/.cache/kncompile/debian');

const INIT = new URL('./init.sh', import.meta.url).pathname;

/**
 * What the machine itself needs, and all of netfilter that a node of a cluster has at hand. crc32c_generic comes first:
 * libcrc32c finds it by name, which no dependency list says.
 */
const MODULES: readonly string[] = [
  ...['crc32c_generic', 'virtio_pci', '9p', '9pnet_virtio', 'overlay', 'veth'],
  ...['nf_tables', 'nft_ct', 'nft_queue', 'nft_compat', 'nfnetlink_queue', 'nf_conntrack_netlink'],
  ...['iptable_filter', 'iptable_security', 'ip6table_filter', 'xt_NFQUEUE', 'xt_mark', 'xt_connmark'],
];

/** Emulation is slow, on a busy machine ten times as slow. */
const LIMIT_MS = 400_000;

export interface QemuRun {
  /** The script's exit code; null when the machine ended before the script did. */
  readonly code: number | null;
  /** Stdout and stderr of the script together. */
  readonly output: string;
}

export interface QemuOptions {
  /** Kernel modules to load besides the usual ones. */
  readonly modules?: readonly string[];
  /** Told of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** What is missing here to run one; undefined when all is there. */
export function missingForQemu(): string | undefined {
  const lacks = (command: string) =>
    spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined;
  if (process.arch !== 'x64') return `QEMU tests run on x64, this is ${process.arch}`;
  if (process.getuid?.() !== 0) return 'QEMU tests read the files of root: run them as root';
  if (lacks('qemu-system-x86_64')) return 'qemu-system-x86_64 is missing (Debian package qemu-system-x86)';
  if (lacks('cpio')) return 'cpio is missing (Debian package cpio)';
  if (!kernelVersion()) return 'no unpacked Debian kernel: the set-up fetches linux-image-amd64';
  if (!existsSync(join(UNPACKED, 'bin/busybox'))) return 'no unpacked busybox-static: the set-up fetches it';
  return undefined;
}

/**
 * Boots, runs a shell script (as root, in `/`, with `CHECKOUT` set to the checkout's path and `NODE` to this Node) and
 * shuts down. Two CPUs, 2 GiB, no network. Rejects when QEMU cannot be started.
 */
export async function runInQemu(script: string, options: QemuOptions = {}): Promise<QemuRun> {
  const version = kernelVersion();
  if (!version) throw new Error(missingForQemu());
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-qemu-'));
  try {
    const modules = loadOrder(join(UNPACKED, 'lib/modules', version), [
      ...MODULES,
      ...(options.modules ?? []),
    ]);
    const stripped = writeStripped(join(folder, 'stripped'));
    const prelude = `export CHECKOUT='${CHECKOUT}' NODE='${process.execPath}' ${stripped}\n`;
    const initramfs = buildInitramfs(folder, modules, `${prelude}${script}`);
    return await boot(join(UNPACKED, `boot/vmlinuz-${version}`), initramfs, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function kernelVersion(): string | undefined {
  const folder = join(UNPACKED, 'boot');
  const images = existsSync(folder) ? readdirSync(folder).filter((file) => file.startsWith('vmlinuz-')) : [];
  return images.sort().at(-1)?.replace('vmlinuz-', '');
}

function buildInitramfs(folder: string, modules: readonly string[], script: string): string {
  const root = join(folder, 'root');
  for (const each of ['bin', 'modules']) mkdirSync(join(root, each), { recursive: true });
  cpSync(join(UNPACKED, 'bin/busybox'), join(root, 'bin/busybox'));
  cpSync(join(root, 'bin/busybox'), join(root, 'bin/sh'));
  cpSync(INIT, join(root, 'init'));
  spawnSync('chmod', ['755', join(root, 'init')]);
  for (const module of modules) cpSync(module, join(root, 'modules', basename(module)));
  writeFileSync(join(root, 'modules/order'), modules.map((module) => `${basename(module)}\n`).join(''));
  writeFileSync(join(root, 'script.sh'), script);
  const image = join(folder, 'initramfs');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const packed = spawnSync('cpio', ['-o', '-H', 'newc', '--quiet', '-F', image], {
    cwd: root,
    input: files.join('\n'),
    encoding: 'utf8',
  });
  if (packed.status !== 0) throw new Error(`cpio: ${packed.error?.message ?? packed.stderr}`);
  return image;
}

/** `tcg` because KVM is there on the test machines but hangs with Debian's kernels. The kernel's own messages go nowhere. */
function boot(kernel: string, initramfs: string, options: QemuOptions): Promise<QemuRun> {
  const machine = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'];
  const devices = ['-display', 'none', '-nodefaults', '-no-reboot', '-serial', 'stdio'];
  const share = ['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'];
  const mount = ['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'];
  const linux = ['-kernel', kernel, '-initrd', initramfs, '-append', 'quiet panic=-1 console=ttyS1'];
  const qemu = spawn('qemu-system-x86_64', [...machine, ...devices, ...share, ...mount, ...linux], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => void qemu.kill('SIGKILL');
  const timer = setTimeout(() => {
    output += `\nended after ${LIMIT_MS / 1000} s`;
    end();
  }, LIMIT_MS);
  process.once('exit', end);
  let output = '';
  for (const stream of [qemu.stdout, qemu.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      options.onOutput?.(text);
    });
  }
  return new Promise((resolve, reject) => {
    qemu.once('error', reject);
    qemu.once('close', () => {
      clearTimeout(timer);
      process.off('exit', end);
      const code = /\nkncompile-exit (\d+)\n$/.exec(output);
      resolve({
        code: code ? Number(code[1]) : null,
        output: output.replace(/\nkncompile-exit \d+\n$/, ''),
      });
    });
  });
}
