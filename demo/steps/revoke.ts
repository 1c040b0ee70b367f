import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../packages/compiler/test/support/lab/lab.ts';
import { type Flow, type FlowEnd, monotonicMs } from '../../packages/compiler/test/support/lab/protocol.ts';
import { HTTPS, POSTGRES } from '../hosts.ts';
import { type Screen, styled } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** Between two messages of one end, and before and after the change, in ms. */
const EVERY_MS = 2;
const TALK_MS = 300;

const FILE = 'policies/db.yaml';
const BEFORE = 'matchLabels: { app: app }';
const AFTER = 'matchLabels: { app: none }';

/** Takes a permission away under a running connection, and gives it back. */
export async function revoke(screen: Screen, stage: Stage): Promise<void> {
  const { lab, folder } = stage;
  screen.heading('A permission is taken away while it is in use');
  screen.say(`app talks to db, and web to app: a message every ${EVERY_MS} ms, both ways. Then, in ${FILE}:`);
  const doomed = flow(lab, 'shop/app', 'shop/db', POSTGRES);
  const spared = flow(lab, 'shop/web', 'shop/app', HTTPS);
  await lab.openFlows([doomed, spared], EVERY_MS);
  await sleep(TALK_MS);
  let changedAt = 0;
  const kernelMs = await stage.change(() => {
    changedAt = monotonicMs();
    folder.edit(FILE, BEFORE, AFTER);
  });
  await sleep(TALK_MS);
  const ends = await screen.during('waiting for late messages', () => lab.hushFlows());
  await lab.closeFlows();
  screen.show([styled('red', `- ${BEFORE}`), styled('green', `+ ${AFTER}`)]);

  const cut = ends.filter(({ id }) => id === doomed.id);
  const last = Math.max(...cut.map(({ newest }) => newest)) - changedAt;
  screen.expect(
    isCut(cut) && last > 0,
    `app - db: cut, both ways. The last message that came through was sent ${last.toFixed(0)} ms after the file ` +
      `changed; the agent waits 50 ms for more changes, then compiled and committed in ${kernelMs.toFixed(0)} ms`,
  );
  const whole = ends.filter(({ id }) => id === spared.id);
  const sent = whole.reduce((total, end) => total + end.sent, 0);
  const lost = sent - whole.reduce((total, end) => total + end.received, 0);
  screen.expect(sent > 0 && lost === 0, `web - app: went on, ${lost} of ${sent} messages lost`);
  await stage.change(() => folder.add(FILE));
}

/** Both ends heard the other before, and sent in vain after. */
function isCut(ends: readonly FlowEnd[]): boolean {
  const [one, other] = ends;
  return (
    one !== undefined &&
    other !== undefined &&
    one.received > 0 &&
    other.received > 0 &&
    one.sent > other.received &&
    other.sent > one.received
  );
}

function flow(lab: Lab, from: string, to: string, port: number): Flow {
  const [client, server] = [lab.endpoint(from).addresses[4], lab.endpoint(to).addresses[4]];
  return { id: `${from}_${to}`, protocol: 'TCP', from: client, to: server, port, sender: 'both' };
}
