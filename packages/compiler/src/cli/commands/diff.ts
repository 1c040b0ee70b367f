import { shownConnections } from '../../analysis/connectivity/shown.ts';
import {
  compareConnections,
  compareRulesets,
  type Difference,
  decideAlike,
  differenceOf,
  differs,
} from '../../analysis/difference/compare.ts';
import { type Filter, NO_FILTER } from '../../analysis/filter.ts';
import { IMPLICIT_NODE, nodeNames } from '../../cluster/place-pods.ts';
import { DEFAULT_OPTIONS } from '../../compiler/options.ts';
import { printable } from '../../values/printable.ts';
import { asciiJson } from '../ascii.ts';
import { paintFor } from '../colour.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { noteConnectivity } from '../connections/notes.ts';
import { differenceJson } from '../diff/json.ts';
import { printDifferenceMarkdown } from '../diff/markdown.ts';
import { readSides } from '../diff/sides.ts';
import { printDifferenceText } from '../diff/text.ts';
import { noteEmpty } from '../enforceable.ts';
import { FILTER_OPTIONS, readFilter } from '../filter-options.ts';
import { formatOption } from '../format-option.ts';
import { INPUT_OPTIONS } from '../input-options.ts';
import { type Loaded, loadInput } from '../load.ts';
import { printData, printNote } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

/** Rulesets are compiled node by node: of more nodes than this, only those that are named. */
const NODES = 20;

const { kubeconfig, context, 'pod-cidr': podCidr } = INPUT_OPTIONS;

const OPTIONS = {
  ...formatOption(['text', 'md', 'json'], 'text'),
  node: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Show the whole transaction of this node, too; may be repeated',
  },
  ...FILTER_OPTIONS,
  kubeconfig,
  context,
  'pod-cidr': podCidr,
} as const satisfies OptionTable;

type Args = ArgsOf<typeof OPTIONS>;

export const diffCommand = defineCommand({
  name: 'diff',
  describe: 'Compare what two inputs allow: exit code 1 if they differ',
  positionals: {
    old: { type: 'string', describe: 'A path, - for stdin, live, or live:CONTEXT' },
    new: { type: 'string', describe: 'The same for what comes after' },
  },
  options: OPTIONS,
  examples: [
    {
      line: 'diff fixtures/shop fixtures/shop-next',
      shows: 'connections, workloads and rulesets that change',
    },
    { line: 'diff fixtures/shop fixtures/shop-next -o md', shows: 'as a comment for a pull request' },
    { line: 'diff live manifests/', shows: 'what manifests would change in the cluster' },
  ],
  run,
});

async function run(args: Args): Promise<ExitCode> {
  const places = readSides([args['old'], args['new']] as (string | undefined)[], {
    kubeconfig: args.kubeconfig,
    context: args.context,
  });
  const filter = readFilter(args);
  const podCidrs = parsePodCidrs(args.podCidr ?? []);
  const [old, now] = [await loadInput(places[0], podCidrs), await loadInput(places[1], podCidrs)];
  const nodes = await chooseNodes(old, now, args.node, filter);
  const { comparison, difference } = await withProgress((report) => {
    report('comparing connections');
    const comparison = compareConnections(old.objects, now.objects);
    const rulesets = compareRulesets(
      old.objects,
      now.objects,
      nodes,
      { ...DEFAULT_OPTIONS, podCidrs },
      (done, total) => report('comparing rulesets', done, total),
    );
    const alike = isFiltered(filter) ? undefined : decideAlike(old.objects, now.objects);
    return {
      comparison,
      difference: differenceOf(comparison, shownConnections(comparison.changes, filter), rulesets, alike),
    };
  });
  await noteEmpty(old);
  await noteConnectivity(now, comparison.after);
  await noteHidden(difference);
  await print(args, difference);
  if (old.errors + now.errors > 0) return EXIT.failed;
  return differs(difference) ? EXIT.differs : EXIT.fine;
}

function print(args: Args, difference: Difference): Promise<void> {
  const whole = args.node !== undefined;
  switch (args.output) {
    case 'json':
      return printData(`${asciiJson(JSON.stringify(differenceJson(difference, whole), null, 2))}\n`);
    case 'md':
      return printData(printDifferenceMarkdown(difference, whole));
    case 'text':
      return printData(printDifferenceText(difference, whole, paintFor(process.stdout)));
  }
}

/** The nodes whose rulesets are compared: those that are named, or all where there are few and no filter is set. */
async function chooseNodes(
  old: Loaded,
  now: Loaded,
  wanted: readonly string[] | undefined,
  filter: Filter,
): Promise<readonly string[]> {
  const known = [...new Set([old, now].flatMap(({ objects }) => nodeNames(objects)))].sort();
  if (wanted !== undefined) {
    const unknown = wanted.find((node) => known.length > 0 && !known.includes(node));
    if (unknown === undefined) return wanted;
    const list = known.map((node) => `  ${printable(node)}`).join('\n');
    throw new UsageError(`neither input has a node "${printable(unknown)}"\n${list}`);
  }
  if (isFiltered(filter)) return [];
  if (isMadeUp(old) !== isMadeUp(now) && hasPods(old) && hasPods(now)) {
    await printNote('rulesets are not compared, because only one side has made-up addresses');
    return [];
  }
  if (known.length > NODES) {
    await printNote(`rulesets of ${known.length} nodes are not compared: name some with --node`);
    return [];
  }
  return known.length > 0 ? known : [IMPLICIT_NODE];
}

function isFiltered({ namespaces, selector }: Filter): boolean {
  return namespaces !== NO_FILTER.namespaces || selector.length > 0;
}

function isMadeUp({ madeUp }: Loaded): boolean {
  return madeUp.addresses.length > 0;
}

function hasPods({ objects }: Loaded): boolean {
  return objects.some(({ kind }) => kind === 'Pod');
}

/** Says what the lists of connections do not. */
async function noteHidden({ changes, rulesets, decidesAlike }: Difference): Promise<void> {
  if (changes.length > 0) return;
  const changed = rulesets.some(({ added, removed }) => added + removed > 0);
  if (decidesAlike === true) await printNote('every decision is the same');
  else if (decidesAlike === false || changed) {
    await printNote(
      'no listed connection differs, but others do: with nodes or DNS names, or of other addresses',
    );
  } else await printNote('no connection differs');
}
