import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPS, POSTGRES } from '../hosts.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** How long the cluster keeps the newcomer to itself. */
const NEWS_MS = 400;

/** A pod that talks before the cluster has told of it. */
export async function welcome(screen: Screen, stage: Stage): Promise<void> {
  screen.heading('A new pod, which talks before its object has arrived');
  screen.say(
    `web2 connects to app at once. Nobody knows yet who it is: its first packet waits in the queue of the agent. ` +
      `Its object comes ${NEWS_MS} ms later.`,
  );
  const before = (await stage.agent.state()).judge?.held ?? 0;
  const started = performance.now();
  const [answer, news] = await screen.during('the packet waits', () =>
    Promise.all([
      stage
        .reach('shop/web2', 'shop/app', HTTPS, 'open')
        .then((outcome) => ({ outcome, at: performance.now() })),
      announce(stage),
    ]),
  );
  const { judge } = await stage.agent.until(
    'the queue workers report',
    (state) => (state.judge?.held ?? 0) > before,
  );
  const isOpen = answer.outcome === 'open' && answer.at > news;
  screen.expect(
    isOpen,
    isOpen
      ? `answered ${(answer.at - started).toFixed(0)} ms after it was sent, ${(answer.at - news).toFixed(0)} ms after the object arrived`
      : `app should answer after the object arrived: ${answer.outcome}`,
  );
  screen.expect(judge?.expired === 0, 'nothing has waited in vain');
  const db = await stage.reach('shop/web2', 'shop/db', POSTGRES, 'silent');
  screen.expect(
    db === 'silent',
    'web2 is now what its labels say: db, which web may not reach, stays silent',
  );
}

/** Has the cluster tell of it. Returns when it did. */
async function announce(stage: Stage): Promise<number> {
  await sleep(NEWS_MS);
  const news = performance.now();
  await stage.change(() => stage.folder.add('newcomer.yaml'));
  return news;
}
