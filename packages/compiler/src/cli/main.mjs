#!/usr/bin/env node
/**
 * What starts the command: chooses how Node compiles it, lets Node keep what it has made of the sources, then runs
 * main.ts. This file is JavaScript because Node loads its own TypeScript compiler for the first file that needs it, and
 * from then on finds the others in the cache.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Permissions of others to write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Keeps compiled code in the user's own cache: the next start takes half the time. Only in a folder that nobody else
 * can write to, because what is read from there is run. Without one nothing changes, and NODE_DISABLE_COMPILE_CACHE=1
 * turns it off.
 */
function cacheCompiledCode() {
  try {
    const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kncompile');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    if (uid === process.geteuid?.() && (mode & WRITABLE_BY_OTHERS) === 0) enableCompileCache(folder);
  } catch {
    // No home, or one that is read-only: then without.
  }
}

/**
 * Leaves out V8's last compiler for a command that has ended before the faster code is there: beside the others it takes
 * a sixth of the processor time of `explain`, for nothing. Commands that go on computing need it.
 */
async function compileForShortRun() {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--no-turbofan');
}

// Before the cache, which is kept apart for other flags.
if (process.argv[2] === 'explain') await compileForShortRun();
cacheCompiledCode();
await import('./main.ts');
