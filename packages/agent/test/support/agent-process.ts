/** The agent as a program, with what a test gives it. Usage: agent-process.ts JSON FLAG…, the JSON an AgentVariant */
import { connectKernel } from '../../src/kernel/connect.ts';
import { SpawnedNft } from '../../src/kernel/spawned-nft.ts';
import { runProgram } from '../../src/program.ts';
import { PACE, type Pace } from '../../src/source/timing.ts';

export interface AgentVariant {
  /** By how much shorter the agent waits for the API server than it would. */
  readonly hurry?: number;
  /** `process`: as where libnftables is missing. */
  readonly deltas?: 'process';
}

const [json = '{}', ...flags] = process.argv.slice(2);
const { hurry = 1, deltas } = JSON.parse(json) as AgentVariant;
process.exitCode = await runProgram(flags, {
  pace: hurried(PACE, hurry),
  ...(deltas && { connect: async () => ({ ...(await connectKernel()), kernel: new SpawnedNft(), deltas }) }),
});

function hurried({ timing, random }: Pace, by: number): Pace {
  const pause = ({ first, longest }: Pace['timing']['backoff']) => ({
    first: first / by,
    longest: longest / by,
  });
  const { backoff, absent, page, watch, silence, steady } = timing;
  return {
    random,
    timing: {
      backoff: pause(backoff),
      absent: pause(absent),
      page,
      watch: watch / by,
      silence: silence / by,
      steady: steady / by,
    },
  };
}
