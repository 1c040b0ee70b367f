/** A parent that supervises queue 0 and prints its worker's process id: for a test that kills the parent. */
import { fileURLToPath } from 'node:url';
import { supervise } from '../../src/index.ts';

supervise({
  queues: [{ number: 0, direction: 'original' }],
  judge: fileURLToPath(new URL('./port-judge.ts', import.meta.url)),
  onEvent: (event) => event.kind === 'ready' && console.log(event.pid),
});
