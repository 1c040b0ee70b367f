/** A host of the lab: runs inside one network namespace, listens and connects as its stdin says. */
import { createInterface } from 'node:readline';
import { Flows } from './agent-flows.ts';
import { listen } from './agent-listen.ts';
import { Probes } from './agent-probes.ts';
import type { Command, Message } from './protocol.ts';

const flows = new Flows();
const probes = new Probes((answers) => say({ type: 'answers', answers }));

function say(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Every command ends in exactly one message that is not `answers`. */
async function obey(command: Command): Promise<Message> {
  switch (command.op) {
    case 'listen':
      await Promise.all(command.sockets.map((socket) => listen(socket, flows)));
      return { type: 'done' };
    case 'probe':
      probes.start(command.probes);
      return { type: 'done' };
    case 'settle':
      probes.settle();
      return { type: 'done' };
    case 'open':
      await Promise.all(command.flows.map((flow) => flows.open(flow, command.every)));
      return { type: 'done' };
    case 'hush':
      flows.hush();
      return { type: 'done' };
    case 'report':
      return { type: 'flows', flows: flows.report() };
    case 'forget':
      flows.forget();
      return { type: 'done' };
  }
}

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  obey(JSON.parse(line) as Command).then(say, (error: Error) =>
    say({ type: 'failed', message: error.message }),
  );
});
// The lab is gone, however it ended.
commands.on('close', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
