#!/usr/bin/env node
import { invokedAs } from './invoked-as.ts';
import { runProgram } from './program.ts';

// Set, never passed to process.exit: what is still on its way to a pipe must arrive.
process.exitCode = await runProgram(process.argv.slice(2), invokedAs(process.argv[1]));
