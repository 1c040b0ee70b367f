import type { ArgumentsCamelCase, InferredOptionTypes, Options, PositionalOptions } from 'yargs';

/** What the command's end says to scripts. */
export const EXIT = Object.freeze({
  /** All is well; warnings change nothing about that. */
  fine: 0,
  /** `--diff` found a difference. */
  differs: 1,
  /** `lint` found something that is not for information only. */
  found: 1,
  /** `test` met something that is not as expected. */
  unmet: 1,
  /** Wrong use, bad input, or a kernel that refuses. */
  failed: 2,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type OptionTable = Readonly<Record<string, Options>>;

/** The arguments of a command with these options, under their names as typed and in camel case. */
export type ArgsOf<O extends OptionTable> = ArgumentsCamelCase<InferredOptionTypes<O>>;

export interface Example {
  /** What follows the program's name. */
  readonly line: string;
  readonly shows: string;
}

/** A subcommand; the one named `$0` runs where none is named. One file each, listed in commands.ts. */
export interface Command {
  readonly name: string;
  readonly describe: string;
  /** Words without a dash that may follow the name, in order; none is required. */
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  readonly options: OptionTable;
  readonly examples: readonly Example[];
  /** @throws UsageError for what the user has to correct. */
  run(args: Readonly<Record<string, unknown>>, program: string): Promise<ExitCode>;
}

/** Ties a command's `run` to the types of its own options. */
export function defineCommand<O extends OptionTable>(
  command: Omit<Command, 'options' | 'run'> & {
    readonly options: O;
    run(args: ArgsOf<O>, program: string): Promise<ExitCode>;
  },
): Command {
  return Object.freeze({
    ...command,
    run: (args: Readonly<Record<string, unknown>>, program: string) =>
      command.run(args as ArgsOf<O>, program),
  });
}
