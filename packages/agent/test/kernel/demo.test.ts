/** `npm start`, as a process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKOUT, withFiles } from '@kncompile/compiler/test/support/checkout.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { run } from '@kncompile/compiler/test/support/subprocess.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const MAIN = join(CHECKOUT, 'demo/main.ts');
const PATIENCE_MS = 10_000;
/** What tells a terminal to do something. */
const ESCAPE = '\u001b';

/** The demo in a process group of its own, as a shell would start it. */
class Demo {
  output = '';
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | string>;

  constructor(tmp: string) {
    const env = { ...process.env, TMPDIR: tmp, NO_COLOR: '1' };
    this.#process = spawn(process.execPath, [MAIN], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
      });
    this.#ended = new Promise((resolve) =>
      this.#process.once('close', (code, signal) => resolve(code ?? signal ?? '')),
    );
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Resolves when it has said so, with its exit code when it ends before. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#process.exitCode !== null) throw new Error(`ended before "${text}":\n${this.output}`);
      await sleep(5);
    }
  }

  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | string> {
    return this.#ended;
  }

  /** What is still there of it, once it has ended. */
  async remains(tmp: string): Promise<readonly string[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const left = [
        ...namespaces().filter((name) => name.startsWith(`kn${this.pid}-`)),
        ...readdirSync(tmp),
        ...(isGroupAlive(this.pid) ? [`processes of the group ${this.pid}`] : []),
      ];
      if (left.length === 0 || performance.now() > deadline) return left;
      await sleep(20);
    }
  }
}

const missing =
  missingForLab() ?? (spawnSync('dnsmasq', ['--version']).error ? 'dnsmasq is missing' : undefined);
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('the whole story comes out as told, in 80 columns, and nothing stays behind', () =>
    withDemo(async (demo, tmp) => {
      assert.is(await demo.ended(), 0, demo.output);
      for (const told of [
        /ok the agent is ready/,
        /ok all 252 connections came out as expected/,
        /ok app - db: cut, both ways\. .* sent \d+ ms after/,
        /ok web - app: went on, 0 of [1-9]\d* messages lost/,
        /ok answered \d+ ms after it was sent, \d+ ms after the object arrived/,
        /ok app asks: api\.example\.com is 203\.0\.113\.10/,
        /ok app -> api\.example\.com:443: open, from the first packet on/,
        /denied guest\/bot -> shop\/db TCP 5432 by NetworkPolicy shop\//,
        /\$ kncompile explain guest\/bot shop\/db:5432\/TCP -f fixtures\/demo/,
        /kncompile_held_packets_total\{fate="held"\} [1-9]/,
        /all \d+ expectations met, in \d+\.\d s/,
      ])
        assert.match(demo.output.replaceAll(/\s+/g, ' '), told);
      assert.not.match(demo.output, 'FAIL');
      assert.not.ok(demo.output.includes(ESCAPE), 'no terminal, no colours');
      for (const line of demo.output.split('\n')) assert.ok(line.length <= 80, `too wide: ${line}`);
      assert.equal(await demo.remains(tmp), []);
    }));

  test('what comes out otherwise is named, and the exit code is 1', () =>
    withDemo(async (demo, tmp) => {
      await demo.said('1/7');
      const rule = 'ip saddr 10.244.1.21 ip daddr 10.244.1.13 tcp dport 9100 drop';
      const sabotage = `table inet other { chain c { type filter hook forward priority -300; ${rule}; }; }`;
      const router = namespaces().find((name) => name === `kn${demo.pid}-0-router`);
      const input = { input: sabotage, encoding: 'utf8' } as const;
      const done = spawnSync('ip', ['netns', 'exec', router ?? '', 'nft', '-f', '-'], input);
      assert.is(done.status, 0, done.stderr);
      assert.is(await demo.ended(), 1, demo.output);
      assert.match(demo.output, 'ops/mon 10.244.1.21 -> shop/db:9100: expected open, observed silent');
      assert.match(demo.output, 'FAIL 1 of 252 connections came out otherwise');
      assert.match(demo.output, /1 of \d+ expectations FAILED/);
      assert.equal(await demo.remains(tmp), []);
    }));

  for (const moment of ['real packets', '1/7', '2/7', '3/7', '4/7', '5/7', '6/7'])
    test(`Ctrl-C after "${moment}" leaves nothing behind`, () =>
      withDemo(async (demo, tmp) => {
        await demo.said(moment);
        // A terminal tells the whole group.
        process.kill(-demo.pid, 'SIGINT');
        assert.is(await demo.ended(), 130, demo.output);
        assert.not.match(demo.output, /Error|FAIL|may stay behind/);
        assert.match(demo.output, 'Interrupted. Everything is taken away again.');
        assert.equal(await demo.remains(tmp), []);
      }));

  test('SIGTERM to the process alone leaves nothing behind either', () =>
    withDemo(async (demo, tmp) => {
      await demo.said('3/7');
      process.kill(demo.pid, 'SIGTERM');
      assert.is(await demo.ended(), 143, demo.output);
      assert.equal(await demo.remains(tmp), []);
    }));

  for (const [who, words, why] of [
    ['nobody', ['--reuid=65534', '--regid=65534', '--clear-groups'], 'network namespaces need root'],
    [
      'root in a container',
      ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin'],
      'no nftables in a new network namespace',
    ],
  ] as const)
    test(`${who} gets the dry run, and is told what was left out and why`, async () => {
      const { code, stdout, stderr } = await run('setpriv', [...words, process.execPath, MAIN]);
      assert.is(code, 0, stderr);
      assert.match(stdout, 'table inet kncompile {');
      assert.match(stderr, 'Left out: the demo');
      assert.match(stderr, why);
    });
}

/** Runs the demo with a folder for temporary files of its own; ends it whatever the test does. */
function withDemo(use: (demo: Demo, tmp: string) => Promise<void>): Promise<void> {
  return withFiles({}, async (tmp) => {
    const demo = new Demo(tmp);
    try {
      await use(demo, tmp);
    } finally {
      if (isGroupAlive(demo.pid)) process.kill(-demo.pid, 'SIGKILL');
    }
  });
}

function namespaces(): readonly string[] {
  const listed = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
  return listed.split('\n').map((line) => line.split(' ')[0] ?? '');
}

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
