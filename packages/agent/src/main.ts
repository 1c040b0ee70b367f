#!/usr/bin/env node
import { runProgram } from './program.ts';

// Set, never passed to process.exit: what is still on its way to a pipe must arrive.
process.exitCode = await runProgram(process.argv.slice(2));
