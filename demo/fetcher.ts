/** Runs in the node's network namespace: gets the path that each line of stdin names from the agent, and answers in JSON lines. */
import { createInterface } from 'node:readline';

const origin = `http://${process.argv[2]}`;

for await (const path of createInterface({ input: process.stdin })) {
  const text = await fetch(`${origin}${path}`).then(
    (response) => response.text(),
    () => null,
  );
  process.stdout.write(`${JSON.stringify(text)}\n`);
}
