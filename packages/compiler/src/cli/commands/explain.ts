import { type Fault, faultDiagnostic, isFault } from '../../analysis/ends/fault.ts';
import { pairsOf } from '../../analysis/ends/pairs.ts';
import { parseEnd } from '../../analysis/ends/parse-end.ts';
import { EndResolver } from '../../analysis/ends/resolve-end.ts';
import { parseTarget } from '../../analysis/ends/target.ts';
import { groupByVerdict, tellPair } from '../../analysis/explain/explain.ts';
import { Kernels } from '../../analysis/explain/kernel.ts';
import { placeWithoutChoice } from '../../cluster/place-pods.ts';
import { DEFAULT_OPTIONS } from '../../compiler/options.ts';
import { Snapshot } from '../../decision/snapshot.ts';
import { formatDiagnostic } from '../../objects/format-diagnostic.ts';
import { asciiJson } from '../ascii.ts';
import { paintFor } from '../colour.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { type Explanation, explanationJson, explanationText } from '../explain/explanation.ts';
import { noteGuessedEnds } from '../explain/notes.ts';
import { formatOption } from '../format-option.ts';
import { INPUT_OPTIONS, inputPlace } from '../input-options.ts';
import { loadInput } from '../load.ts';
import { printData } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  ...formatOption(['text', 'json'], 'text'),
  ...INPUT_OPTIONS,
  // Or it would take the two ends for files, too.
  filename: { ...INPUT_OPTIONS.filename, nargs: 1 },
  'pod-cidr': { ...INPUT_OPTIONS['pod-cidr'], nargs: 1 },
} as const satisfies OptionTable;

type Args = ArgsOf<typeof OPTIONS> & { readonly from?: string; readonly to?: string };

export const explainCommand = defineCommand({
  name: 'explain',
  describe: 'Explain whether a connection is allowed: every step, and what carries it in the kernel',
  positionals: {
    from: {
      type: 'string',
      describe: 'namespace/pod, namespace/kind/name, node/NAME or an address',
    },
    to: {
      type: 'string',
      describe:
        'The same with TO:PORT, TO:PORT/UDP, TO:PORT/SCTP or TO/ICMP; an IPv6 address as [fd00::1]:443',
    },
  },
  options: OPTIONS,
  examples: [
    {
      line: 'explain shop/web-0 data/orders-0:5432 -f fixtures/shop',
      shows: 'why a pod does not reach another',
    },
    {
      line: 'explain shop/Deployment/cart 203.0.113.7:443 -f fixtures/shop',
      shows: 'all pods of a workload to an address outside',
    },
  ],
  run: (args) => run(args),
});

/** The exit code says whether there is an answer, not which. */
async function run(args: Args): Promise<ExitCode> {
  const { from: fromText, to: toText } = args;
  if (fromText === undefined || toText === undefined) {
    throw new UsageError('explain needs two ends: FROM and TO:PORT[/PROTO], or TO/ICMP');
  }
  const from = orUsageError('FROM', parseEnd(fromText));
  const { end: to, transport } = orUsageError('TO', parseTarget(toText));
  const podCidrs = parsePodCidrs(args.podCidr ?? []);
  const input = await loadInput(inputPlace(args), podCidrs);

  const objects = placeWithoutChoice(input.objects);
  const snapshot = new Snapshot(objects);
  const resolver = new EndResolver(snapshot.cluster);
  const pairs = orUsageError(
    'TO',
    pairsOf(orUsageError('FROM', resolver.resolve(from)), orUsageError('TO', resolver.resolve(to))),
  );
  await noteGuessedEnds(input, pairs);
  const kernels = new Kernels(objects, snapshot, { ...DEFAULT_OPTIONS, podCidrs });
  const groups = await withProgress((report) => {
    let done = 0;
    const found = groupByVerdict(snapshot, pairs, transport, () =>
      report('trying pairs of addresses', ++done, pairs.length),
    );
    return found.map((group) => ({
      ...group,
      story: tellPair(snapshot, kernels, group.pairs[0], transport),
    }));
  });
  const explanation: Explanation = { from, to, transport, groups };
  await printData(
    args.output === 'json'
      ? `${asciiJson(JSON.stringify(explanationJson(explanation), null, 2))}\n`
      : explanationText(explanation, paintFor(process.stdout)),
  );
  return input.errors > 0 ? EXIT.failed : EXIT.fine;
}

function orUsageError<T extends object>(what: 'FROM' | 'TO', value: T | Fault): T {
  if (isFault(value)) throw new UsageError(`${what}: ${formatDiagnostic(faultDiagnostic(value))}`);
  return value;
}
