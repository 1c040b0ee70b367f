// Sets up, then runs a script on the project's own Node:  node .ci/setup.mjs run|test [SCRIPT ARG…]
// Plain JavaScript without dependencies: it runs on a machine that has nothing but Node 20 and npm.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installMissing } from './debian.mjs';

/** What the installed npm packages were made from: when these bytes change, they are installed again. */
const STAMP = 'node_modules/.cache/kncompile/installed';
const OWN_NODE = 'node_modules/.bin/node';
const NODE_WANTED = 24;

const [use, script, ...args] = process.argv.slice(2);
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
if (use !== 'run' && use !== 'test') fail('usage: node .ci/setup.mjs run|test [SCRIPT ARG…]');
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or newer is needed; this is ${process.version}.`);

installPackages();
installMissing(use, say);
if (script) runScript(script, args);

function installPackages() {
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'));
  say(`installing npm packages with ${packageManager}`);
  const done = spawnSync(
    'npx',
    ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'],
    {
      encoding: 'utf8',
      // pnpm asks before it rebuilds node_modules unless it is told that nobody is there to answer.
      env: { ...process.env, CI: 'true' },
    },
  );
  if (done.status !== 0) {
    const output = `${done.error?.message ?? ''}${done.stdout ?? ''}${done.stderr ?? ''}`;
    const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(output);
    fail(
      `${output.trim()}\nnpm packages could not be installed${offline ? ': the npm registry is out of reach' : ''}.`,
    );
  }
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, wanted);
}

function fingerprint() {
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'];
  for (const folder of readdirSync('packages').sort()) manifests.push(`packages/${folder}/package.json`);
  const hash = createHash('sha256');
  for (const file of manifests.filter((path) => existsSync(path))) hash.update(readFileSync(file));
  return `${process.platform} ${process.arch} ${hash.digest('hex')}\n`;
}

/** The script's exit code becomes ours, and it decides what a signal means; through a terminal it may hear Ctrl-C twice. */
function runScript(path, rest) {
  const own = existsSync(OWN_NODE);
  if (!own && Number(process.versions.node.split('.')[0]) < NODE_WANTED) {
    fail(
      `There is no Node ${NODE_WANTED} package for ${process.platform} ${process.arch}: install it yourself and try again.`,
    );
  }
  const child = spawn(own ? OWN_NODE : process.execPath, [path, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}:/usr/sbin:/sbin` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}

function say(text) {
  console.error(`setup: ${text}`);
}

function fail(text) {
  console.error(`setup: ${text}`);
  process.exit(1);
}
