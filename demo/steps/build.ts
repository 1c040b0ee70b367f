import type { Lab } from '../../packages/compiler/test/support/lab/lab.ts';
import { countOf, HOSTS, NODE } from '../hosts.ts';
import type { Screen } from '../screen.ts';
import { Stage } from '../stage.ts';
import type { Undo } from '../undo.ts';

/** Starts the agent on the network that stands. */
export async function startAgent(screen: Screen, lab: Lab, undo: Undo): Promise<Stage> {
  screen.heading('A small cluster, and the agent on it');
  screen.say(
    `${HOSTS.length - 1} pods on the node ${NODE}, each a network namespace, and a host outside. The objects are ` +
      `files (fixtures/demo): ${countOf('NetworkPolicy')} NetworkPolicies, an AdminNetworkPolicy, a baseline.`,
  );
  const started = performance.now();
  const stage = await screen.during('starting the agent', () => Stage.start(lab, undo));
  const { reconcile } = await stage.agent.state();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  screen.expect(
    reconcile?.inStep === true,
    `the agent is ready after ${seconds} s: the kernel holds the ruleset`,
  );
  return stage;
}
