/** What yargs would take and a user does not mean: words are checked and rewritten before they are parsed. */
import type { Command } from './command.ts';
import { UsageError } from './usage-error.ts';

/** kubectl's ways to say it; there is one dry run here, which changes nothing anywhere. */
const DRY_RUN_VALUES: ReadonlySet<string> = new Set(['client', 'server']);

interface Flags {
  /** Names without dashes, short ones included. */
  readonly booleans: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

/**
 * The words with `-fm` as `-f=m`, and kubectl's `--dry-run=client` as `--dry-run`.
 * @throws UsageError for a value that a boolean flag does not have, for such a flag given twice, for `--no-…` and for
 * `--`: yargs makes false or nothing of them, and without a preview flag the ruleset is applied.
 */
export function readFlags(commands: readonly Command[], argv: readonly string[]): string[] {
  const flags = flagsOf(commands);
  const seen = new Set<string>();
  return argv.map((word) => {
    if (word === '--') throw new UsageError('-- has no use here: what follows it would be ignored');
    const [, name = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const long = kebab(name);
    if (flags.booleans.has(long)) {
      if (seen.has(long)) throw new UsageError(`${dashed(long)} is given twice`);
      seen.add(long);
      return readBoolean(word, long, value);
    }
    const positive = long.replace(/^no-/, '');
    if (positive !== long && flags.booleans.has(positive)) {
      throw new UsageError(`${word}: there is no such form; leave --${positive} out`);
    }
    return unglue(word, flags);
  });
}

function readBoolean(word: string, name: string, value: string | undefined): string {
  if (value === undefined || value === 'true' || value === 'false') return word;
  if (name === 'dry-run' && DRY_RUN_VALUES.has(value)) return '--dry-run';
  throw new UsageError(`${dashed(name)}=${value}: expected no value, true or false`);
}

/** An option as it is typed. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** A short option and its value in one word: yargs would take each letter for an option. */
function unglue(word: string, { others }: Flags): string {
  const [, name, value] = /^-([a-z])([^=-].*|-)$/s.exec(word) ?? [];
  return name !== undefined && others.has(name) ? `-${name}=${value}` : word;
}

function flagsOf(commands: readonly Command[]): Flags {
  const booleans = new Set(['help', 'h', 'version']);
  const others = new Set<string>();
  for (const { options } of commands) {
    for (const [name, { alias, type }] of Object.entries(options)) {
      const names = type === 'boolean' ? booleans : others;
      names.add(name);
      if (typeof alias === 'string') names.add(alias);
    }
  }
  return { booleans, others };
}

/** yargs knows every option in camel case too; a single letter is a short option. */
function kebab(name: string): string {
  return name.length === 1 ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
