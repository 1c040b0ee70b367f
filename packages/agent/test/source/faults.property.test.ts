/** Random changes and random faults: in the end the sink holds what the server holds, and heard nothing twice. */

import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { idOf, parseObject, RESOURCES } from '@kncompile/compiler';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adminPolicyManifest,
  namespaceManifest,
  podManifest,
  policyManifest,
} from '../support/api-server/manifests.ts';
import type { ApiServer } from '../support/api-server/server.ts';
import type { Manifest, Store } from '../support/api-server/store.ts';
import { nameOf, until, withCluster } from './support.ts';

const NAMES = ['a', 'b', 'c'] as const;
const name = fc.constantFrom(...NAMES);
const digit = fc.integer({ min: 1, max: 4 });
const label = fc.constantFrom('web', 'db');
const CRD = 'AdminNetworkPolicy';

const object: fc.Arbitrary<Manifest> = fc.oneof(
  fc.tuple(name, digit, label).map(([n, d, app]) => podManifest(n, `10.0.0.${d}`, { app })),
  fc.tuple(name, label).map(([n, app]) => namespaceManifest(n, { app })),
  fc.tuple(name, label).map(([n, app]) => policyManifest(n, app)),
  fc.tuple(name, digit).map(([n, priority]) => adminPolicyManifest(n, priority)),
);

type Step = { readonly does: string; run(server: ApiServer): unknown };
const step = (does: string, run: Step['run']): Step => ({ does, run });

const change: fc.Arbitrary<Step> = fc.oneof(
  object.map((made) =>
    step(`set ${nameOfManifest(made)}`, ({ store }) => {
      if (made.kind !== CRD || hasCrd(store)) store.set(made);
    }),
  ),
  fc
    .tuple(fc.constantFrom('Pod', 'NetworkPolicy'), name)
    .map(([kind, n]) => step(`delete ${kind} default/${n}`, ({ store }) => store.delete(kind, n, 'default'))),
  fc
    .tuple(fc.constantFrom('Namespace', CRD), name)
    .map(([kind, n]) => step(`delete ${kind} ${n}`, ({ store }) => store.delete(kind, n))),
);

const FAULTS: readonly Step[] = [
  step('disconnect', ({ watches }) => watches.disconnect()),
  step('end the watches', ({ watches }) => watches.end()),
  step('cut a line', ({ watches }) => watches.cut()),
  step('get stuck', ({ watches }) => watches.stick()),
  step('send junk', ({ watches }) => watches.write('{"type":"ADDED","object":{}}\n')),
  step('bookmark', ({ watches }) => watches.bookmark()),
  step('compact', ({ store }) => store.compact()),
  step('410 in the stream', ({ watches }) => watches.expireBy('event')),
  step('410 as the status', ({ watches }) => watches.expireBy('status')),
  step('restart', async (server) => {
    await server.stop();
    await server.start();
  }),
  step('refuse twice', (server) => {
    let left = 2;
    server.onRequest((_, response) => {
      if (left-- <= 0) return false;
      response.destroy();
      return true;
    });
  }),
  step('install the CRD', ({ store }) => store.install(CRD)),
  step('uninstall the CRD', ({ store, watches }) => {
    store.uninstall(CRD);
    watches.end();
  }),
  step('lose the CRD', ({ store, watches }) => {
    store.forget(CRD);
    watches.disconnect();
  }),
];

const turns = fc.integer({ min: 1, max: 30 }).map((count) =>
  step(`${count} turns`, async () => {
    for (let n = 0; n < count; n++) await turn();
  }),
);

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: change },
    { weight: 2, arbitrary: fc.constantFrom(...FAULTS) },
    { weight: 3, arbitrary: turns },
  ),
  // Otherwise most scripts would be too short for a fault and what it hides.
  { minLength: 5, maxLength: 60, size: 'max' },
);

test('in the end the sink holds what the server holds', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (script, slow) => {
      await withCluster(
        { timing: { silence: 40 }, prepare: ({ watches }) => slow && watches.goSlow() },
        async ({ server, sink }) => {
          for (const { run } of script) await run(server);
          const wanted = contentOf(server.store);
          await until(
            () => isDeepStrictEqual(sink.objects, wanted),
            `equality after ${script.map(({ does }) => does)}`,
          );
          assert.equal(repeated(sink.log), [], 'the same thing twice');
        },
      );
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

/** What a sink has to hold: everything, as policies see it. */
function contentOf(store: Store): Map<string, unknown> {
  const all = RESOURCES.flatMap(({ kind }) => store.all(kind)).map((raw) => parseObject(raw).object);
  return new Map(all.filter((each) => each !== undefined).map((each) => [nameOf(idOf(each)), each]));
}

/** Deletions that follow one another without a `set` between them. */
function repeated(log: readonly string[]): string[] {
  const gone = new Set<string>();
  return log.filter((line) => {
    const [verb, ...rest] = line.split(' ');
    const id = rest.join(' ');
    if (verb === 'set') gone.delete(id);
    if (verb !== 'delete') return false;
    const again = gone.has(id);
    gone.add(id);
    return again;
  });
}

function hasCrd(store: Store): boolean {
  return RESOURCES.some((resource) => resource.kind === CRD && store.has(resource));
}

function nameOfManifest({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

test.run();
