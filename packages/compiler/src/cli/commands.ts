import type { Command } from './command.ts';

/** Every command, in the order in which `--help` lists them. Each is loaded only where it may be needed. */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  $0: async () => (await import('./commands/compile.ts')).compileCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  convert: async () => (await import('./commands/convert.ts')).convertCommand,
  record: async () => (await import('./commands/record.ts')).recordCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
};

/** The commands that a command line may mean: the one that its first word names, else all. */
export function loadCommands(argv: readonly string[] = []): Promise<readonly Command[]> {
  const [first = ''] = argv;
  const named = Object.hasOwn(LOADERS, first) ? [first] : Object.keys(LOADERS);
  return Promise.all(named.map((name) => (LOADERS[name] as () => Promise<Command>)()));
}
