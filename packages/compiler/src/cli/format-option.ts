/** `-o`: the formats that a command prints, one of them where nothing is said. */
export function formatOption<const F extends string>(formats: readonly F[], standard: NoInfer<F>) {
  return {
    output: {
      alias: 'o',
      choices: formats,
      default: standard,
      requiresArg: true,
      describe: 'Format of the output',
    },
  } as const;
}
