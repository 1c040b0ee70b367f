import { connectivityOf } from '../../analysis/connectivity/connectivity.ts';
import { shownConnections } from '../../analysis/connectivity/shown.ts';
import { paintFor } from '../colour.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { CONNECTION_FORMATS, PRINT } from '../connections/formats.ts';
import { noteConnectivity, noteShown } from '../connections/notes.ts';
import { FILTER_OPTIONS, readFilter } from '../filter-options.ts';
import { formatOption } from '../format-option.ts';
import { INPUT_OPTIONS, inputPlace } from '../input-options.ts';
import { loadInput } from '../load.ts';
import { printData } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';

const OPTIONS = {
  ...formatOption(CONNECTION_FORMATS, 'table'),
  ...FILTER_OPTIONS,
  ...INPUT_OPTIONS,
} as const satisfies OptionTable;

export const listCommand = defineCommand({
  name: 'list',
  describe: 'List who may talk to whom, workload by workload',
  positionals: {},
  options: OPTIONS,
  examples: [
    { line: 'list -f fixtures/shop', shows: 'everything that the policies of files allow' },
    { line: 'list', shows: 'the same of the live cluster' },
    { line: 'list -f fixtures/shop -n data', shows: 'what goes in and out of a namespace' },
    { line: 'list -f fixtures/shop -l app=checkout -o text', shows: 'of pods with a label, a line a pair' },
    { line: 'list -f fixtures/shop -o svg', shows: 'a picture; -o dot and -o mermaid draw arrows' },
  ],
  run,
});

async function run(args: ArgsOf<typeof OPTIONS>): Promise<ExitCode> {
  const place = inputPlace(args);
  const filter = readFilter(args);
  const input = await loadInput(place, parsePodCidrs(args.podCidr ?? []));
  const connectivity = await withProgress((report) =>
    connectivityOf(input.objects, undefined, (done, total) => report('comparing kinds of pods', done, total)),
  );
  const shown = shownConnections(connectivity.connections, filter);
  await noteConnectivity(input, connectivity);
  await noteShown(input, filter, shown.length, args.output);
  await printData(PRINT[args.output](shown, paintFor(process.stdout)));
  return input.errors > 0 ? EXIT.failed : EXIT.fine;
}
