/** How keys with ranges are told from those of an nft that writes them otherwise. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isOurs } from '../../src/kernel/nftables/range-keys.ts';

/** nft 1.0.6, without the lines that do not matter. */
const SAID = `probe kncompile_probe 8c
probe kncompile_probe 0
	element 04030201 0100000a 00000006 00000300  - 04030201 0100000a 00000006 00000400  : 00000001 0 [end]
inet kncompile_probe probe
  [ meta load priority => reg 1 ]
  [ byteorder reg 1 = hton(reg 1, 4, 4) ]
  [ payload load 4b @ network header + 16 => reg 9 ]
  [ lookup reg 1 set probe dreg 1 ]
`;

const OTHERS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'classes in host order in elements': SAID.replaceAll('04030201', '01020304'),
  'classes in host order in rules': SAID.replace(/.*byteorder.*\n/, ''),
  'no ranges': SAID.replace(/ {2}- .* {2}:/, '  :'),
  'another upper end': SAID.replace('00000400', '00000300'),
};

test('nft 1.0.6 writes them as we do', () => assert.ok(isOurs(SAID)));

for (const [what, said] of Object.entries(OTHERS)) test(`${what}: no`, () => assert.not.ok(isOurs(said)));

test.run();
