import { placePods } from '../../cluster/place-pods.ts';
import { compile, succeed } from '../../compiler/compile.ts';
import type { CompileOptions } from '../../compiler/options.ts';
import { printRuleset, printTransaction } from '../../nft/print.ts';
import { diffRulesets, isEmpty, type Transaction } from '../../ruleset/diff.ts';
import type { Ruleset } from '../../ruleset/ir.ts';
import { printable } from '../../values/printable.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { COMPILE_OPTIONS, readCompileOptions } from '../compile-options.ts';
import { noteGuesses, requireEnforceable, warnOfMadeUp } from '../enforceable.ts';
import { INPUT_OPTIONS, type InputPlace, inputPlace } from '../input-options.ts';
import { applyToKernel, checkInKernel, diffFromKernel, kernelTraits } from '../kernel.ts';
import { loadInput } from '../load.ts';
import { namesIn } from '../names.ts';
import { chooseNode } from '../nodes.ts';
import { printMessage, printNote } from '../output.ts';
import { printResult, type Result } from '../print-result.ts';
import { rulesetJson, transactionJson } from '../ruleset-json.ts';
import { UsageError } from '../usage-error.ts';

const ACTION = 'What to do (without any of these, the ruleset is applied):';

const OPTIONS = {
  'dry-run': { type: 'boolean', group: ACTION, describe: 'Print the ruleset instead of applying it' },
  check: {
    type: 'boolean',
    group: ACTION,
    describe: 'Ask the kernel whether it would take the ruleset (nft -c)',
  },
  diff: {
    type: 'boolean',
    group: ACTION,
    describe: 'Print the transaction from what the kernel has now; exit code 1 if there is one',
  },
  from: {
    type: 'string',
    requiresArg: true,
    group: ACTION,
    describe: 'With --diff: from the ruleset of this input',
  },
  output: {
    alias: 'o',
    choices: ['nft', 'json'],
    default: 'nft',
    requiresArg: true,
    describe: 'Text for nft -f -, or the ruleset as data',
  },
  stats: { type: 'boolean', describe: 'Add the numbers of classes, cells, sets, elements and rules' },
  node: {
    type: 'string',
    requiresArg: true,
    describe: 'The node to compile for; may be left out if there is one',
  },
  ...INPUT_OPTIONS,
  ...COMPILE_OPTIONS,
} as const satisfies OptionTable;

type Args = ArgsOf<typeof OPTIONS>;

export const compileCommand = defineCommand({
  name: '$0',
  describe: 'Compile policies into the ruleset of one node, and print, check or apply it',
  positionals: {},
  options: OPTIONS,
  examples: [
    { line: '--dry-run -f fixtures/kubernetes-docs', shows: 'print what files mean for their only node' },
    { line: '--dry-run --node worker-1', shows: 'the same for a node of the live cluster' },
    { line: '--diff -f new.yaml --from old.yaml', shows: 'what a change of files would change' },
    { line: '--check -f fixtures/kubernetes-docs', shows: 'ask the kernel (root)' },
    { line: '-f fixtures/kubernetes-docs', shows: 'apply (root)' },
  ],
  run,
});

async function run(args: Args): Promise<ExitCode> {
  const place = inputPlace(args);
  const oldPlace = diffedPlace(args, place);
  const settings = readCompileOptions(args);
  if (args.diff && args.check)
    throw new UsageError('--diff and --check are two questions: ask one at a time');
  const applies = !args.diff && !args.check && !args.dryRun;
  const input = await loadInput(place, settings.podCidrs);
  const old = oldPlace && (await loadInput(oldPlace, settings.podCidrs));
  const choice = chooseNode(input.objects, args.node);
  const { node, note } = choice;
  if (applies) requireEnforceable(input, choice);
  if (note !== undefined) await printNote(note);
  if (applies) await warnOfMadeUp(input);
  else await noteGuesses(old ? [input, old] : [input], node);
  const options = { ...settings, node };
  const { ruleset, stats } = compile(placePods(input.objects, node), options);
  const print = (result: Result): Promise<void> =>
    printResult(result, args.output, args.stats ? stats : undefined);

  if (args.diff) {
    const transaction = old
      ? diffFromRuleset(compile(placePods(old.objects, node), options).ruleset, ruleset, options)
      : await diffFromKernel(ruleset, options, await kernelTraits(ruleset, options));
    await print({ text: () => printTransaction(transaction), json: () => transactionJson(transaction) });
    if (input.errors + (old?.errors ?? 0) > 0) return EXIT.failed;
    return isEmpty(transaction) ? EXIT.fine : EXIT.differs;
  }
  if (args.dryRun) {
    await print({
      text: () => printRuleset(ruleset, { nameOf: namesIn(input.objects) }),
      json: () => ({ node, ...rulesetJson(ruleset) }),
    });
  } else if (args.stats) {
    await print({ text: () => '', json: () => ({ node }) });
  }
  if (args.check) {
    await checkInKernel(ruleset, await kernelTraits(ruleset, options));
    await printMessage(`the kernel would take the ruleset of node "${printable(node)}"`);
  }
  if (applies) {
    await applyToKernel(ruleset, options, await kernelTraits(ruleset, options));
    await printMessage(`the kernel enforces the ruleset of node "${printable(node)}"`);
  }
  return input.errors > 0 ? EXIT.failed : EXIT.fine;
}

function diffFromRuleset(before: Ruleset, after: Ruleset, options: CompileOptions): Transaction {
  return diffRulesets(before, succeed(before, after, options));
}

/** What `--diff` compares with, if not the kernel. */
function diffedPlace(args: Args, place: InputPlace): InputPlace | undefined {
  if (args.from === undefined) return undefined;
  if (!args.diff) throw new UsageError('--from belongs to --diff');
  if (args.from === '-' && place.kind === 'files' && place.paths.includes('-')) {
    throw new UsageError('stdin cannot be both sides of the comparison');
  }
  return { kind: 'files', paths: [args.from] };
}
