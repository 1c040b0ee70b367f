/** A pod's program: asks the server of its first argument, one JSON line a question and an answer. */
import { Resolver } from 'node:dns/promises';
import { createInterface } from 'node:readline';

const resolver = new Resolver({ timeout: 1000, tries: 2 });
resolver.setServers([process.argv[2] ?? '']);

for await (const line of createInterface({ input: process.stdin })) {
  const { name, type } = JSON.parse(line) as { name: string; type: 'A' | 'AAAA' };
  const started = performance.now();
  const answer = await resolver.resolve(name, type).then(
    (addresses) => ({ addresses, error: undefined }),
    (error) => ({ addresses: [], error: (error as NodeJS.ErrnoException).code }),
  );
  process.stdout.write(`${JSON.stringify({ ...answer, milliseconds: performance.now() - started })}\n`);
}
