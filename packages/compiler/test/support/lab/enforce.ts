/** From objects to the lab's kernel, in the way an agent would do it. */
import { Compiler } from '../../../src/compiler/compiler.ts';
import { type CompileOptions, DEFAULT_OPTIONS } from '../../../src/compiler/options.ts';
import { idOf } from '../../../src/compiler/state.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { printTransaction } from '../../../src/nft/print.ts';
import type { Lab } from './lab.ts';
import { NODE, ROUTER } from './topology.ts';

/** The lab's kernel may lack the queue statement, so what is unresolved gets a mark. */
export const LAB_OPTIONS: CompileOptions = { ...DEFAULT_OPTIONS, node: NODE, queueVia: 'mark' };

/** Keeps a node's ruleset in step with objects, one transaction a change. */
export class Enforcer {
  readonly #lab: Lab;
  readonly #compiler: Compiler;
  #objects: ReadonlyMap<string, ModelObject> = new Map();

  /** Starts on a node without rules and connections, whatever was there before. */
  constructor(lab: Lab, options: CompileOptions = LAB_OPTIONS) {
    this.#lab = lab;
    this.#compiler = new Compiler(options);
    lab.reset();
    queueUnresolved(lab, options.queueMark);
  }

  /** Commits what leads from the objects of the last call to these. Returns when the kernel has it. */
  become(objects: readonly ModelObject[]): void {
    const wanted = new Map(objects.map((object) => [JSON.stringify(idOf(object)), object]));
    for (const [key, object] of this.#objects) if (!wanted.has(key)) this.#compiler.delete(idOf(object));
    for (const [key, object] of wanted) if (this.#objects.get(key) !== object) this.#compiler.set(object);
    this.#objects = wanted;
    this.#lab.nft(printTransaction(this.#compiler.commit()));
  }
}

/** The fallback's rule behind ours, as on kernels without the queue statement. With nobody listening it drops. */
function queueUnresolved(lab: Lab, mark: number): void {
  for (const command of ['iptables', 'ip6tables']) {
    for (const chain of ['FORWARD', 'INPUT']) {
      const match = ['-m', 'mark', '--mark', `${mark}/${mark}`];
      const target = ['-j', 'NFQUEUE', '--queue-num', '100'];
      lab.exec(ROUTER, command, ['-w', '-t', 'security', '-A', chain, ...match, ...target]);
    }
  }
}
