#!/usr/bin/env node
import { cacheCompiledCode } from './code-cache.ts';
import { invokedAs } from './invoked-as.ts';

cacheCompiledCode();
// Loaded behind the cache, and so from it.
const { runProgram } = await import('./program.ts');

// Set, never passed to process.exit: what is still on its way to a pipe must arrive.
process.exitCode = await runProgram(process.argv.slice(2), invokedAs(process.argv[1]));
