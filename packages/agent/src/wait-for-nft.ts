import { AgentError } from './agent-error.ts';
import { nftAccess } from './kernel/access.ts';
import type { Clock } from './reconcile/clock.ts';

/** Between two attempts, milliseconds. */
const RETRY_MS = 2_000;

/**
 * Waits until nft works here; false when the signal came first. `onProblem` hears why it does not, once until that changes.
 * @throws AgentError when this user may not use it
 */
export async function waitForNft(
  signal: AbortSignal,
  clock: Clock,
  onProblem: (problem: string) => void,
): Promise<boolean> {
  let said: string | undefined;
  while (!signal.aborted) {
    const access = await nftAccess();
    if (access.kind === 'fine') return !signal.aborted;
    if (access.kind === 'forbidden') throw new AgentError(access.why);
    if (access.why !== said) onProblem(access.why);
    said = access.why;
    await pause(RETRY_MS, signal, clock);
  }
  return false;
}

function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
