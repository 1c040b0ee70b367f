/** Packets of one TCP connection, from port 50000 to port 80. */
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';

export const packet = (source: Address, destination: Address, more: Partial<Packet> = {}): Packet => ({
  hook: 'forward',
  source,
  destination,
  protocol: 6,
  sourcePort: 50000,
  destinationPort: 80,
  state: 'new',
  direction: 'original',
  ctMark: 0,
  ...more,
});
export const reply = (source: Address, destination: Address, ctMark: number): Packet =>
  packet(source, destination, {
    sourcePort: 80,
    destinationPort: 50000,
    state: 'established',
    direction: 'reply',
    ctMark,
  });

export const verdictOf = (ruleset: Ruleset, one: Packet): string => simulate(ruleset, one).verdict;
