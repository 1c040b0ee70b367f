import type { Finding } from '../../analysis/lint/finding.ts';
import { isFinding, lint } from '../../analysis/lint/lint.ts';
import { LINT_RULES } from '../../analysis/lint/registry.ts';
import { asciiJson } from '../ascii.ts';
import { paintFor } from '../colour.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { FILTER_OPTIONS, readFilter } from '../filter-options.ts';
import { formatOption } from '../format-option.ts';
import { INPUT_OPTIONS, inputPlace } from '../input-options.ts';
import { lintJson } from '../lint/json.ts';
import { lintSarif } from '../lint/sarif.ts';
import { lintSummary, lintText } from '../lint/text.ts';
import { loadInput } from '../load.ts';
import { printData, printMessage, printNote } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';

const FORMATS = ['text', 'json', 'sarif'] as const;

const OPTIONS = {
  ...formatOption(FORMATS, 'text'),
  ...FILTER_OPTIONS,
  ...INPUT_OPTIONS,
} as const satisfies OptionTable;

export const lintCommand = defineCommand({
  name: 'lint',
  describe: 'Find what is probably a mistake in policies; exit code 1 if there is something to do',
  positionals: {},
  options: OPTIONS,
  examples: [
    { line: 'lint -f fixtures/shop', shows: 'what is probably wrong, and what to do about it' },
    { line: 'lint -f fixtures/shop -n shop', shows: 'only what concerns one namespace' },
    { line: 'lint -f fixtures/shop -o sarif', shows: 'for the code scanning of a forge' },
    { line: 'lint', shows: 'look at the live cluster' },
  ],
  run,
});

async function run(args: ArgsOf<typeof OPTIONS>): Promise<ExitCode> {
  const place = inputPlace(args);
  const filter = readFilter(args);
  const podCidrs = parsePodCidrs(args.podCidr ?? []);
  const input = await loadInput(place, podCidrs, undefined, isFinding);
  if (!input.objects.some(({ kind }) => kind === 'Pod'))
    await printNote('the input has no pods: only what holds in every cluster is looked at');
  const findings = await withProgress((report) =>
    lint(input, filter, (done, total) => report('looking for rules that never decide', done, total)),
  );
  await printData(format(findings, args.output));
  await printMessage(lintSummary(findings));
  if (input.errors > 0) return EXIT.failed;
  return findings.some(({ severity }) => severity !== 'info') ? EXIT.found : EXIT.fine;
}

function format(findings: readonly Finding[], output: (typeof FORMATS)[number]): string {
  switch (output) {
    case 'text':
      return lintText(findings, paintFor(process.stdout));
    case 'json':
      return `${asciiJson(JSON.stringify(lintJson(findings), null, 2))}\n`;
    case 'sarif':
      return `${asciiJson(JSON.stringify(lintSarif(findings, LINT_RULES), null, 2))}\n`;
  }
}
