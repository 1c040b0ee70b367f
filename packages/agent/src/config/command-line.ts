import yargs, { type Argv } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Flag } from './flag.ts';
import { FLAGS } from './flags.ts';

const ALL: readonly Flag[] = Object.values(FLAGS);

export type CommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'given';
      /** A flag's name -> its values in order; an empty one where it stood alone. */
      readonly values: ReadonlyMap<string, readonly string[]>;
      /** What is no flag. */
      readonly unknown: readonly string[];
    };

/** What was typed. Checks no values: everything that is wrong is to be said at once. */
export async function parseCommandLine(argv: readonly string[]): Promise<CommandLine> {
  const parser = assemble();
  if (argv.some((word) => word === '--help' || word === '-h'))
    return { kind: 'text', text: await parser.getHelp() };
  if (argv.includes('--version')) return { kind: 'text', text: packageJson.version };
  const { _: words, $0: _program, ...options } = await parser.parseAsync([...argv]);
  const values = new Map<string, readonly string[]>();
  const unknown = words.map(String);
  for (const [name, value] of Object.entries(options)) {
    if (ALL.some((flag) => flag.name === name)) values.set(name, textsOf(value));
    else unknown.push(asTyped(name, value));
  }
  return { kind: 'given', values, unknown };
}

function asTyped(name: string, value: unknown): string {
  if (name.length === 1) return `-${name}`;
  return value === false ? `--no-${name}` : `--${name}`;
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** All flags are texts to yargs, which would otherwise turn what it cannot read into no, zero or nothing. */
function assemble(): Argv {
  const base = yargs()
    .scriptName('kncompile-agent')
    .usage('$0 keeps the kernel of a node equal to the network policies of its cluster.')
    .locale('en')
    .help(false)
    .version(false)
    .wrap(110)
    .exitProcess(false)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-positional-numbers': false,
    })
    .epilogue('Every flag is also an environment variable, as shown. A flag comes before its variable.');
  return ALL.reduce(
    (parser, { name, group, describe, environment, default: byDefault }) =>
      parser.option(name, {
        type: 'string',
        group: `${group}:`,
        describe: `${describe} (${environment.join(' or ')})`,
        ...(byDefault !== undefined && { defaultDescription: byDefault }),
      }),
    base,
  );
}
