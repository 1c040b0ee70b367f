/** Denied packets are told to an NFLOG group: at a rate, with their direction, and without changing any verdict. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { printRuleset } from '../../src/nft/print.ts';
import { parseObject } from '../../src/objects/parse.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';

const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { nodeName: 'a', containers: [] },
    status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  },
].map((raw) => parseObject(raw).object as ModelObject);

const OPTIONS = { ...DEFAULT_OPTIONS, node: 'a' };
const LOGGED = { ...OPTIONS, logDenied: { rate: { count: 7, per: 'minute' }, group: 99 } } as const;

test('without the option nothing is logged', () => {
  const text = printRuleset(compile(OBJECTS, OPTIONS).ruleset);
  assert.not.match(text, /log|limit/);
});

test('with it the limit stands before the log, and the drop needs neither', () => {
  const text = printRuleset(compile(OBJECTS, LOGGED).ruleset);
  const chain = (name: string): string => new RegExp(`chain ${name} \\{\n([^}]*)\\}`).exec(text)?.[1] ?? '';
  assert.match(chain('deny'), /limit rate 7\/minute jump log_denied\n\s*counter drop\n/);
  assert.match(
    chain('log_denied'),
    /^\s*ct direction reply log prefix "reply" group 99 return\n\s*log prefix "original" group 99\n\s*$/,
  );
  const packet = {
    hook: 'forward',
    source: '192.0.2.1' as Address,
    destination: '10.0.0.1' as Address,
    protocol: 6,
    sourcePort: 40000,
    destinationPort: 80,
    state: 'new',
    direction: 'original',
    ctMark: 0,
  } as const;
  for (const options of [OPTIONS, LOGGED]) {
    const { verdict, ctMark } = simulate(compile(OBJECTS, options).ruleset, packet);
    assert.equal({ verdict, ctMark }, { verdict: 'drop', ctMark: 0 });
  }
});

test.run();
