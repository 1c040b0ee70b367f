/** A process that opens queue 0 and says so, then accepts everything: for tests that end it. Prints an error's code instead. */
import { NfqError, openQueue } from '../../src/index.ts';

try {
  const queue = openQueue({ number: 0 });
  console.log('listening');
  for (;;) {
    const batch = queue.receive(1000);
    for (let i = 0; i < batch.count; i++) queue.answer(batch.ids[i] as number, 'accept');
  }
} catch (error) {
  console.log(error instanceof NfqError ? error.code : String(error));
}
