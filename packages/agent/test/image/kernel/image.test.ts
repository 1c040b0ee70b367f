/**
 * The image without a container engine: the steps of the Dockerfile in a Debian made for the purpose, and the agent started
 * there with nothing else at hand.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layOutImage } from '../../../scripts/image.ts';
import { podManifest, policyManifest } from '../../support/api-server/manifests.ts';

const DOCKERFILE = readFileSync(new URL('../../../../../Dockerfile', import.meta.url), 'utf8');
const PATIENCE_MS = 30_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

if (process.getuid?.() !== 0) skip('a root file system needs root');
else if (spawnSync('debootstrap', ['--version']).error) skip('debootstrap is missing');
else await addTests();
test.run();

async function addTests(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'kncompile-image-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const made = run('debootstrap', [
    '--variant=minbase',
    `--include=${packages().join(',')}`,
    'bookworm',
    root,
  ]);
  if (made.status !== 0) {
    skip(`debootstrap has no Debian to fetch: ${made.stdout.trim().split('\n').at(-1)}`);
    return;
  }
  // What node:24-bookworm-slim brings.
  cpSync(process.execPath, join(root, 'usr/local/bin/node'), { dereference: true });
  await layOutImage(root);

  const inside = (command: string, ...args: readonly string[]) => run('chroot', [root, command, ...args]);

  test('the build stage makes what this test makes', () => {
    assert.match(DOCKERFILE, /^RUN node packages\/agent\/scripts\/image\.ts \/image$/m);
    assert.match(DOCKERFILE, /^COPY --from=build \/image \/$/m);
    assert.equal(entrypoint(), ['kncompile-agent']);
  });

  test('the entry point says what it takes, and the command is there', () => {
    const [agent = ''] = entrypoint();
    const help = inside(agent, '--help');
    assert.is(help.status, 0, help.stderr);
    assert.match(help.stdout, /--metrics-bind-address/);
    mkdirSync(join(root, 'input'), { recursive: true });
    writeFileSync(join(root, 'input/all.json'), JSON.stringify(podManifest('web', '10.0.0.1')));
    const dryRun = inside('kncompile', '--dry-run', '-f', '/input/all.json');
    assert.match(dryRun.stdout, /^table inet kncompile/m, dryRun.stderr);
  });

  test('the agent enforces there, with one capability and a root file system that is read-only', async () => {
    mkdirSync(join(root, 'cluster'));
    const objects = [podManifest('web', '10.0.0.1', { app: 'web' }), policyManifest('closed', 'web')];
    writeFileSync(
      join(root, 'cluster/all.yaml'),
      objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    );
    const [agent = ''] = entrypoint();
    const flags = '--node-name=node-a --source=files:/cluster --metrics-bind-address=127.0.0.1:9080';
    const script = [
      `mount --bind ${root} ${root}`,
      `mount -o remount,bind,ro ${root}`,
      `mount -t proc proc ${root}/proc`,
      `mount -t tmpfs tmpfs ${root}/run`,
      'ip link set lo up',
      `chroot ${root} setpriv --inh-caps=-all --bounding-set=-all,+net_admin --no-new-privs ${agent} ${flags} & agent=$!`,
      ...askUntilReady(root),
      `chroot ${root} nft list set inet kncompile subjects_ingress4`,
      'kill -TERM $agent; wait $agent; echo "ended with $?"',
    ];
    const child = spawn('unshare', ['--net', '--mount', 'sh', '-c', script.join('\n')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await Promise.race([gone, sleep(PATIENCE_MS)]);
    child.kill('SIGKILL');
    assert.match(said, /10\.0\.0\.1/, said);
    assert.match(said, /ended with 0/, said);
  });

  test('no file of the image is missing what it needs', () => {
    assert.ok(existsSync(join(root, 'usr/lib/kncompile/worker.js')));
    const native = inside(
      'node',
      '--input-type=module',
      '-e',
      "await import('/usr/lib/kncompile/node_modules/ffi-rs/index.js')",
    );
    assert.is(native.status, 0, native.stderr);
  });
}

/** Debian's packages, as the Dockerfile names them. */
function packages(): readonly string[] {
  const names = /--no-install-recommends ([a-z0-9 .+-]+)/.exec(DOCKERFILE)?.[1] ?? '';
  return names.trim().split(/\s+/);
}

function entrypoint(): readonly string[] {
  return JSON.parse(/^ENTRYPOINT (.+)$/m.exec(DOCKERFILE)?.[1] ?? '[]');
}

function askUntilReady(root: string): readonly string[] {
  const ask =
    "fetch('http://127.0.0.1:9080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";
  return [`for try in $(seq 100); do chroot ${root} node -e "${ask}" && break; sleep 0.1; done`];
}

function run(
  command: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, {
    encoding: 'utf8',
    // Nothing of this machine: the image has none of it.
    env: { PATH },
    maxBuffer: 1 << 26,
  });
}
