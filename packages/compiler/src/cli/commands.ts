import type { Command } from './command.ts';
import { compileCommand } from './commands/compile.ts';
import { completionCommand } from './commands/completion.ts';
import { convertCommand } from './commands/convert.ts';
import { diffCommand } from './commands/diff.ts';
import { explainCommand } from './commands/explain.ts';
import { lintCommand } from './commands/lint.ts';
import { listCommand } from './commands/list.ts';
import { recordCommand } from './commands/record.ts';
import { testCommand } from './commands/test.ts';

/** Every command, in the order in which `--help` lists them. */
export const COMMANDS: readonly Command[] = Object.freeze([
  compileCommand,
  listCommand,
  explainCommand,
  testCommand,
  diffCommand,
  lintCommand,
  convertCommand,
  recordCommand,
  completionCommand,
]);
