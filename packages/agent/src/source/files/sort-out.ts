/** What was loaded from files, sorted by what may count: a file that is broken keeps its last good objects. */
import {
  type Diagnostic,
  formatDiagnostic,
  idOf,
  type LoadResult,
  type ObjectId,
  type ObjectRef,
  type Source,
} from '@kncompile/compiler';
import type { Reading } from '../inventory.ts';
import { KINDS, type ModelKind } from '../source.ts';

export interface SortedOut {
  readonly readings: readonly Reading[];
  /** Files that leave open what they hold. */
  readonly broken: ReadonlySet<string>;
  /** File, or nothing where an error names none -> what is wrong with it, apart from single objects. */
  readonly complaints: ReadonlyMap<string, string>;
  readonly warnings: readonly Diagnostic[];
}

/** @param frozen whether a broken file has last good objects, which then count instead of what is readable now */
export function sortOut(
  { objects, remnants, diagnostics }: LoadResult,
  frozen: (file: string) => boolean,
): SortedOut {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const broken = new Set(errors.filter(isAboutFile).map(fileOf));
  const counts = (file: string): boolean => !broken.has(file) || !frozen(file);

  const good = objects.filter((object) => counts(fileOf(object)));
  const ids = new Set(good.map((object) => nameOf(idOf(object))));
  const leftovers = new Map(remnants.map((remnant) => [nameOf(idOf(remnant)), remnant]));
  const rejected = Map.groupBy(
    errors.filter((error) => isAboutObject(error) && counts(fileOf(error))),
    ({ object }) => nameOf(object as ObjectRef),
  );
  const readings: Reading[] = good.map((object) => ({
    id: idOf(object),
    result: { object, diagnostics: [] },
  }));
  for (const [name, about] of rejected) {
    if (ids.has(name)) continue;
    const remnant = leftovers.get(name);
    const id = about[0]?.object as ObjectId;
    readings.push({ id, result: { ...(remnant && { remnant }), diagnostics: about } });
  }
  const others = Map.groupBy(
    errors.filter((error) => !isAboutObject(error)),
    fileOf,
  );
  return {
    readings,
    broken,
    complaints: new Map([...others].map(([file, about]) => [file, about.map(formatDiagnostic).join('\n')])),
    warnings: diagnostics.filter(({ severity }) => severity === 'warning'),
  };
}

/** About an object of the model. A workload is none: it makes pods, and a broken one leaves open which. */
function isAboutObject({ object }: Diagnostic): boolean {
  return object !== undefined && KINDS.includes(object.kind as ModelKind);
}

/** Whether an error leaves open which objects the file holds; a second object of one name does not. */
function isAboutFile(error: Diagnostic): boolean {
  return !isAboutObject(error) && error.code !== 'object-duplicate';
}

/** Where something stands; nothing for what stands in no file. */
export function fileOf({ source }: { readonly source: Source | undefined }): string {
  return source?.file ?? '';
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}
