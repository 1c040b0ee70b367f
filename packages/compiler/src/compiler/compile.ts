import type { ModelObject } from '../model/types.ts';
import { alignClasses } from '../ruleset/align.ts';
import { diffRulesets } from '../ruleset/diff.ts';
import type { Ruleset } from '../ruleset/ir.ts';
import { programFor } from '../ruleset/program.ts';
import { Compiler } from './compiler.ts';
import { nextGeneration } from './generation.ts';
import type { CompileOptions } from './options.ts';
import type { Stats } from './stats.ts';

export interface Compilation {
  readonly ruleset: Ruleset;
  readonly stats: Stats;
}

/** Compiles a whole cluster for one node. */
export function compile(objects: Iterable<ModelObject>, options: CompileOptions): Compilation {
  const compiler = new Compiler(options);
  for (const object of objects) compiler.set(object);
  compiler.commit();
  return { ruleset: compiler.ruleset(), stats: compiler.stats() };
}

/**
 * The ruleset that follows another one in the kernel: classes keep their numbers where they can, and where anything
 * changed the generation moves on, so that every connection is judged anew (S47; not with `established: keep`).
 */
export function succeed(before: Ruleset, after: Ruleset, options: CompileOptions): Ruleset {
  const aligned = alignClasses(before, after);
  const changed = diffRulesets(before, aligned).elements.length > 0;
  const generation = nextGeneration(before.generation, changed, options);
  const chains = programFor(new Set(aligned.sets.keys()), { ...options, generation });
  return Object.freeze({ generation, sets: aligned.sets, chains });
}
