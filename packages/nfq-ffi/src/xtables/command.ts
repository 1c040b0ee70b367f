import { spawnSync } from 'node:child_process';

export interface CommandResult {
  /** -1 where the command could not be run at all. */
  readonly status: number;
  readonly output: string;
}

/** Runs a command and waits for it; `input` goes to its standard input. The seam for tests. */
export type RunCommand = (command: string, args: readonly string[], input?: string) => CommandResult;

export const runCommand: RunCommand = (command, args, input = '') => {
  const { status, error, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (error) return { status: -1, output: error.message };
  return { status: status ?? -1, output: `${stdout}${stderr}`.trim() };
};
