/** S51, with nft itself as the judge: what it loads from hostile names is what it loads from harmless ones. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namesIn } from '../../src/cli/names.ts';
import { loadFiles } from '../../src/cluster/load.ts';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import { printReplacement, printRuleset } from '../../src/nft/print.ts';
import { withoutQueue } from '../../src/nft/queue-support.ts';
import { skip } from '../support/skip.ts';
import { manifest } from './cluster.ts';
import { PAYLOADS } from './payloads.ts';
import { OPEN_SITES, type Texts } from './sites.ts';

/** A user namespace of its own too: it needs no root, and can harm nobody. */
const IN_NAMESPACE = ['-rn', 'sh', '-c', 'nft -f - && nft list ruleset'];

const missing = missingForNft();
if (missing) skip(missing, 'namespaces');
else await addTests();
test.run();

async function addTests(): Promise<void> {
  const isOpen = new Set<string>(OPEN_SITES);
  const usual = (await print(() => undefined)).map(listingOf).map(withoutComments);

  for (const [about, payload] of Object.entries(PAYLOADS))
    test(`nft takes ${about} for comments`, async () => {
      const hostile = await print((site) => (isOpen.has(site) ? payload : undefined));
      for (const [i, text] of hostile.entries()) {
        const listed = listingOf(text);
        assert.ok(listed.includes('chain forward'), 'the ruleset is loaded');
        assert.is(withoutComments(listed), usual[i]);
      }
    });
}

/** As people read it, with names behind the elements of peers, and as it is applied. */
async function print(texts: Texts): Promise<string[]> {
  const stdin = async (): Promise<Uint8Array> => Buffer.from(manifest(texts));
  const { objects } = await loadFiles(['-'], { stdin });
  const { ruleset } = compile(objects, { ...DEFAULT_OPTIONS, node: texts('node name') ?? 'worker-1' });
  // Many kernels cannot do the queue statement; nothing of the cluster is in it.
  const loadable = withoutQueue(ruleset);
  return [printRuleset(loadable, { nameOf: namesIn(objects) }), printReplacement(loadable)];
}

function listingOf(text: string): string {
  const { status, stdout, stderr } = spawnSync('unshare', IN_NAMESPACE, { input: text, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

/** nft prints a comment between quotes that it cannot hold. */
function withoutComments(listing: string): string {
  return listing.replace(/ comment "[^"\n]*"/g, '').replace(/\s+/g, ' ');
}

function missingForNft(): string | undefined {
  const { status, error, stderr } = spawnSync('unshare', ['-rn', 'nft', 'list', 'ruleset'], {
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  return `no nftables in a new network namespace: ${error?.message ?? stderr.trim()}`;
}
