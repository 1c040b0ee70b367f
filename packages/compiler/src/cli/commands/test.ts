import { checkExpectations } from '../../analysis/expectations/check.ts';
import { readExpectations } from '../../analysis/expectations/read.ts';
import { placeWithoutChoice } from '../../cluster/place-pods.ts';
import { Snapshot } from '../../decision/snapshot.ts';
import { STDIN } from '../../objects/files.ts';
import { formatDiagnostic } from '../../objects/format-diagnostic.ts';
import { readStdin } from '../../objects/stdin.ts';
import { asciiJson } from '../ascii.ts';
import { paintFor } from '../colour.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { noteGuessedEnds } from '../explain/notes.ts';
import { formatOption } from '../format-option.ts';
import { INPUT_OPTIONS, type InputPlace, inputPlace } from '../input-options.ts';
import { loadInput } from '../load.ts';
import { printData, printMessage } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';
import { resultsJson } from '../test/json.ts';
import { resultsJunit } from '../test/junit.ts';
import { resultsTap } from '../test/tap.ts';
import { resultsText } from '../test/text.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  expect: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Files of expectations in YAML or JSON, - for stdin; they may lie among the manifests',
  },
  ...formatOption(['text', 'json', 'junit', 'tap'], 'text'),
  ...INPUT_OPTIONS,
} as const satisfies OptionTable;

export const testCommand = defineCommand({
  name: 'test',
  describe: 'Try what is expected of connections; exit code 1 if something is not so',
  positionals: {},
  options: OPTIONS,
  examples: [
    { line: 'test --expect fixtures/shop/expectations.yaml -f fixtures/shop', shows: 'expectations as code' },
    {
      line: 'test --expect fixtures/shop/expectations.yaml -f fixtures/shop -o junit',
      shows: 'the same for a build server; -o tap and -o json likewise',
    },
  ],
  run,
});

async function run(args: ArgsOf<typeof OPTIONS>): Promise<ExitCode> {
  const files = args.expect ?? [];
  const place = inputPlace(args);
  checkFiles(files, place);
  const podCidrs = parsePodCidrs(args.podCidr ?? []);
  const entries = await readExpectations(files, readStdin);
  const input = await loadInput(place.kind === 'files' ? { ...place, except: files } : place, podCidrs);
  const snapshot = new Snapshot(placeWithoutChoice(input.objects));
  const results = await withProgress((report) =>
    checkExpectations(snapshot, entries, (done) => report('trying expectations', done, entries.length)),
  );
  await noteGuessedEnds(
    input,
    results.flatMap((result) =>
      result.outcome === 'bad' ? [] : result.groups.flatMap(({ pairs }) => pairs),
    ),
  );
  const problems = results.flatMap((result) => (result.outcome === 'bad' ? result.problems : []));
  for (const problem of problems) await printMessage(formatDiagnostic(problem));
  await printData(
    {
      text: () => resultsText(results, paintFor(process.stdout)),
      json: () => `${asciiJson(JSON.stringify(resultsJson(results), null, 2))}\n`,
      junit: () => resultsJunit(results),
      tap: () => resultsTap(results),
    }[args.output](),
  );
  if (problems.length + input.errors > 0) return EXIT.failed;
  return results.some(({ outcome }) => outcome === 'unmet') ? EXIT.unmet : EXIT.fine;
}

function checkFiles(files: readonly string[], place: InputPlace): void {
  if (files.length === 0) throw new UsageError('test needs files of expectations: --expect FILE');
  if (files.includes('')) throw new UsageError('--expect needs a path');
  const ofInput = place.kind === 'files' ? place.paths : [];
  if ([...files, ...ofInput].filter((path) => path === STDIN).length > 1) {
    throw new UsageError('stdin (-) is given twice');
  }
}
