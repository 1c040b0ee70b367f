import type { Command } from './command.ts';
import { compileCommand } from './commands/compile.ts';
import { completionCommand } from './commands/completion.ts';
import { listCommand } from './commands/list.ts';
import { convertCommand } from './commands/convert.ts';
import { lintCommand } from './commands/lint.ts';
import { recordCommand } from './commands/record.ts';

/** Every command, in the order in which `--help` lists them. */
export const COMMANDS: readonly Command[] = Object.freeze([
  compileCommand,
  listCommand,
  lintCommand,
  convertCommand,
  recordCommand,
  completionCommand,
]);
