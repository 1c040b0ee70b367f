/**
 * Lays out what the image holds besides Debian's packages and Node:  node packages/agent/scripts/image.ts FOLDER
 * FOLDER becomes the root of the image: the bundle, the native module that it needs, and two commands.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';

const SCOPE = '@yuuang';
const HOME = '/usr/lib/kncompile';

const PROGRAMS = { 'kncompile-agent': 'agent.js', kncompile: 'kncompile.js' } as const;

/**
 * The memory is the node's: a small young generation, since events leave little garbage, a way to collect it when the first
 * lists have been worked in, and one arena of malloc, which gives back what it does not need. (--optimize-for-size saves
 * more, and takes ten times as long to start.)
 */
const FRUGAL = [
  'export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=131072',
  'exec node --max-semi-space-size=8 --expose-gc',
].join('\n');

/** `root`: an empty folder, or one that does not exist. */
export async function layOutImage(root: string): Promise<void> {
  const home = join(root, HOME);
  await bundle(home);
  // ffi-rs and, in a scope of its own, the build for this platform: links of the package manager.
  const installed = dirname(realpathSync(join(import.meta.dirname, '../node_modules/ffi-rs')));
  for (const name of ['ffi-rs', ...readdirSync(join(installed, SCOPE)).map((each) => join(SCOPE, each))])
    cpSync(realpathSync(join(installed, name)), join(home, 'node_modules', name), { recursive: true });
  const bin = join(root, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, program] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${FRUGAL} ${HOME}/${program} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

if (import.meta.main) {
  const [root] = process.argv.slice(2);
  if (root === undefined) throw new Error('image.ts needs a folder');
  await layOutImage(root);
}
