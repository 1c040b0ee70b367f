/** A pod for tests, in a namespace of its own: serves echo on the address given, or asks the server on the address given. */
import { once } from 'node:events';
import { echoes, startEcho } from './echo.ts';

const [role, address] = process.argv.slice(2) as ['serve' | 'ask', string];
if (role === 'ask') {
  console.log((await echoes(address, 500)) ? 'answered' : 'silence');
} else {
  // The parent gives the namespace its interface and address first, then writes a line.
  console.log('waiting');
  await once(process.stdin, 'data');
  await startEcho(address);
  console.log('serving');
}
