import type { ModelObject } from '../model/types.ts';
import type { Ruleset } from '../ruleset/ir.ts';
import { Compiler } from './compiler.ts';
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
