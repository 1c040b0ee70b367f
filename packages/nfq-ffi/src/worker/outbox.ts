import type { WorkerCounters } from './counters.ts';
import type { JudgeModule, Tell } from './judge.ts';

/** Returns what lets the judge send its messages through `tell`, counted; a judge that throws loses only its turn to speak. */
export function createOutbox(
  judge: JudgeModule,
  counters: WorkerCounters,
  tell: Tell | undefined,
): () => void {
  if (!tell || !judge.outbox) return () => undefined;
  const countedTell: Tell = (message) => {
    const taken = tell(message);
    if (taken) counters.told++;
    else counters.tellsRefused++;
    return taken;
  };
  return () => {
    try {
      judge.outbox?.(countedTell);
    } catch {
      counters.judgeErrors++;
    }
  };
}
