import type { RawPolicy } from '../../analysis/recording/policies.ts';
import { listText, recordCluster } from '../../analysis/recording/recording.ts';
import { POLICY_KINDS, type ReadObject } from '../../objects/parse.ts';
import { isMapping } from '../../objects/shape.ts';
import { counted } from '../../values/counted.ts';
import { asciiJson } from '../ascii.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode, type OptionTable } from '../command.ts';
import { INPUT_OPTIONS, inputPlace } from '../input-options.ts';
import { loadInput } from '../load.ts';
import { printData, printNote } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { UsageError } from '../usage-error.ts';
import { writeFileWhole } from '../write-file.ts';

const OPTIONS = {
  write: {
    alias: 'w',
    type: 'string',
    requiresArg: true,
    describe: 'Write to this file, whole or not at all; without, to stdout',
  },
  pseudonyms: {
    type: 'boolean',
    describe: 'Replace all names and labels; addresses, ports and what is allowed stay as they are',
  },
  ...INPUT_OPTIONS,
} as const satisfies OptionTable;

export const recordCommand = defineCommand({
  name: 'record',
  describe: 'Record what policies see of a cluster into one file, which -f reads again',
  positionals: {},
  options: OPTIONS,
  examples: [
    { line: 'record -w cluster.json', shows: 'the live cluster; no secret is ever read' },
    {
      line: 'record --pseudonyms -f fixtures/shop',
      shows: 'names replaced, for a bug report; from files too',
    },
  ],
  run,
});

async function run(args: ArgsOf<typeof OPTIONS>): Promise<ExitCode> {
  if (args.write === '') throw new UsageError('-w needs a path');
  const policies = new Map<string, RawPolicy>();
  const input = await loadInput(inputPlace(args), parsePodCidrs(args.podCidr ?? []), (read, raw) =>
    keepPolicy(policies, read, raw),
  );
  const { manifests, waiting, unreadable } = recordCluster(
    input.objects,
    [...policies.values()],
    args.pseudonyms === true,
  );
  const madeUp = input.madeUp.addresses.length;
  if (manifests.length === 0) await printNote('there is nothing to record');
  if (madeUp > 0) await printNote(`${counted(madeUp, 'pod')} recorded with made-up addresses`);
  if (waiting > 0) await printNote(`${counted(waiting, 'pod')} without an address left out (S43)`);
  if (unreadable > 0) {
    await printNote(
      `${counted(unreadable, 'broken object')} left out: names in it cannot be found to be replaced`,
    );
  }
  const text = asciiJson(listText(manifests));
  if (args.write === undefined) await printData(text);
  else writeFileWhole(args.write, text);
  return input.errors > 0 ? EXIT.failed : EXIT.fine;
}

/** Of two policies with one name the first counts, as everywhere. */
function keepPolicy(policies: Map<string, RawPolicy>, { ref, outcome }: ReadObject, raw: unknown): void {
  if (!ref || !POLICY_KINDS.has(ref.kind) || !isMapping(raw)) return;
  const key = JSON.stringify([ref.kind, ref.namespace, ref.name]);
  if (!policies.has(key)) policies.set(key, { ref, raw, rejected: outcome.is === 'rejected' });
}
