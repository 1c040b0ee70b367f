import { convertPolicies, isOldKind, type OldPolicy } from '../../analysis/convert/convert.ts';
import type { Proof } from '../../analysis/convert/proof.ts';
import { formatDiagnostic } from '../../objects/format-diagnostic.ts';
import { isPolicy, type ReadObject } from '../../objects/parse.ts';
import type { RawMapping } from '../../objects/raw.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import { type ArgsOf, defineCommand, EXIT, type ExitCode } from '../command.ts';
import { INPUT_OPTIONS, inputPlace } from '../input-options.ts';
import { loadInput } from '../load.ts';
import { printData, printMessage, printNote } from '../output.ts';
import { parsePodCidrs } from '../parse.ts';
import { withProgress } from '../progress.ts';

export const convertCommand = defineCommand({
  name: 'convert',
  describe: 'Write AdminNetworkPolicies and the BaselineAdminNetworkPolicy as ClusterNetworkPolicies',
  positionals: {},
  options: INPUT_OPTIONS,
  examples: [
    { line: 'convert -f fixtures/shop', shows: 'as YAML; what was proven about it is said on stderr' },
    { line: 'convert > cluster-policies.yaml', shows: 'those of the live cluster' },
  ],
  run,
});

async function run(args: ArgsOf<typeof INPUT_OPTIONS>): Promise<ExitCode> {
  const read: OldPolicy[] = [];
  const input = await loadInput(inputPlace(args), parsePodCidrs(args.podCidr ?? []), (found, raw) =>
    keepOld(read, found, raw),
  );
  // Of two with one name the first counts; the second is none of the objects.
  const old = read.filter(({ policy }) => input.objects.includes(policy));
  if (old.length === 0) {
    await printNote('there is no AdminNetworkPolicy and no BaselineAdminNetworkPolicy to convert');
    return input.errors > 0 ? EXIT.failed : EXIT.fine;
  }
  const { manifests, converted, refusals, proof } = await withProgress((report) =>
    convertPolicies(input.objects, old, (done, total) => report('comparing decisions', done, total)),
  );
  for (const refusal of refusals) {
    const excerpt = refusal.source && input.places.excerptOf(refusal.source);
    await printMessage(formatDiagnostic({ ...refusal, excerpt }));
  }
  if (proof.counterexample) {
    await printMessage(disproofText(proof.counterexample));
    return EXIT.failed;
  }
  const { yamlText } = await import('../yaml.ts');
  if (manifests.length > 0) await printData(yamlText(manifests));
  await printNote(
    `${converted.length} of ${old.length} converted, into ${counted(manifests.length, 'object')} of kind ClusterNetworkPolicy`,
  );
  if (manifests.length > 0) await printNote(proofText(proof));
  return refusals.length + input.errors > 0 ? EXIT.failed : EXIT.fine;
}

function keepOld(kept: OldPolicy[], { outcome }: ReadObject, raw: unknown): void {
  if (outcome.is !== 'model' || !isPolicy(outcome.object) || !isOldKind(outcome.object)) return;
  kept.push({ policy: outcome.object, raw: raw as RawMapping });
}

function proofText({ subjects, peers }: Proof): string {
  return `the decisions of this cluster stay the same: compared for ${counted(subjects, 'kind')} of pods with ${counted(peers, 'kind')} of peers, in both directions, on every port and protocol`;
}

function disproofText({ direction, subject, peer }: NonNullable<Proof['counterexample']>): string {
  const pod = printable(`${subject.namespace}/${subject.name}`);
  return `nothing is converted, because ${direction} of ${pod} with ${peer} would be decided otherwise\nThis is a bug: please report it with the input that shows it (kncompile record --pseudonyms).`;
}
