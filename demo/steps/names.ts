import { Asker, Resolver } from '../../packages/agent/test/kernel/support/resolver.ts';
import { HTTPS, PARTNER, POSTGRES } from '../hosts.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import type { Undo } from '../undo.ts';

/** A rule for a DNS name: its addresses are whatever the pod's resolver says. */
export async function askForName(screen: Screen, stage: Stage, undo: Undo): Promise<void> {
  const { lab } = stage;
  const [dns, outside] = [lab.endpoint('ops/dns'), lab.endpoint('outside')];
  screen.heading('A rule for a DNS name');
  screen.say(`The shop may call ${PARTNER}, and nobody else outside. dnsmasq in the pod dns knows the name.`);
  const zone = [`host-record=${PARTNER},${outside.addresses[4]},${outside.addresses[6]},60`];
  const starting = Resolver.start(lab, dns.site, [dns.addresses[4], dns.addresses[6]], zone);
  // Also one that is still starting.
  undo.add(() => starting.then((resolver) => resolver.stop()).catch(() => undefined));
  await starting;
  const pod = new Asker(lab, lab.endpoint('shop/app').site, dns.addresses[4]);
  undo.add(() => pod.stop());

  const early = await stage.reach('shop/app', 'outside', HTTPS, 'silent');
  screen.expect(early === 'silent', `app -> ${outside.addresses[4]}:${HTTPS} before it has asked: dropped`);
  const { addresses, milliseconds } = await screen.during('asking', () => pod.ask(PARTNER));
  screen.expect(
    addresses.includes(outside.addresses[4]),
    `app asks: ${PARTNER} is ${addresses.join(', ')} (${milliseconds.toFixed(0)} ms; the kernel knew before app did)`,
  );
  const https = await stage.reach('shop/app', 'outside', HTTPS, 'open');
  screen.expect(https === 'open', `app -> ${PARTNER}:${HTTPS}: open, from the first packet on`);
  const postgres = await stage.reach('shop/app', 'outside', POSTGRES, 'silent');
  screen.expect(postgres === 'silent', `app -> ${PARTNER}:${POSTGRES}: dropped, the rule is for ${HTTPS}`);
  const web = await stage.reach('shop/web', 'outside', HTTPS, 'silent');
  screen.expect(web === 'silent', `web -> ${outside.addresses[4]}:${HTTPS}: dropped, web has not asked`);
}
