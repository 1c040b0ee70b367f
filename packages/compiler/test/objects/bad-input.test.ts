/**
 * The table of broken documents: fixtures/bad-input/NAME.{yaml,json} with NAME.txt, the one message that it causes.
 * `UPDATE=1` writes the messages anew, for a review of their diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadFiles } from '../../src/cluster/load.ts';
import { CODES } from '../../src/errors.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { CHECKOUT } from '../support/checkout.ts';

const FOLDER = join(CHECKOUT, 'fixtures', 'bad-input');

/** Always read beside the broken document, for the rest of the input. */
const REST = 'rest.yaml';

const documents = readdirSync(FOLDER).filter((file) => /\.(?:yaml|json)$/.test(file) && file !== REST);

/** Codes that no document can cause: they are about paths, clusters, sizes and flags, and tested elsewhere. */
const NOT_FROM_A_DOCUMENT = new Set<string>([
  'input-missing',
  'input-unreadable',
  'input-empty',
  'nesting-too-deep',
  'pod-cidr-full',
  'kubeconfig-missing',
  'kubeconfig-invalid',
  'context-unknown',
  'server-unreachable',
  'server-refused',
  'server-forbids',
  'server-failed',
  'owners-unknown',
  'not-convertible',
  // Of the command line and of files of expectations.
  'end-invalid',
  'end-unknown',
  'end-without-address',
  'ends-without-common-family',
  'ends-outside',
  'expectation-invalid',
  'expectation-none',
]);

const caused = new Set<string>();

for (const file of documents) {
  test(`bad input: ${file}`, async () => {
    const { objects, diagnostics } = await loadFiles([join(FOLDER, file), join(FOLDER, REST)]);
    const messages = diagnostics.map((found) => formatDiagnostic(found).replaceAll(`${FOLDER}/`, ''));
    const expectation = join(FOLDER, file.replace(/\.[a-z]+$/, '.txt'));
    if (process.env['UPDATE']) writeFileSync(expectation, messages.map((message) => `${message}\n`).join(''));

    assert.is(messages.length, 1, `one message, not:\n${messages.join('\n')}`);
    assert.is(`${messages[0]}\n`, readFileSync(expectation, 'utf8'));
    assert.match(messages[0] ?? '', /^[a-z0-9-]+\.(?:yaml|json):\d+:\d+: [^\n]+\n {4}.*\n {4} *\^$/);
    const isWarning = file.startsWith('warning-');
    assert.is(diagnostics[0]?.severity, isWarning ? 'warning' : 'error');

    const namespaces = objects.flatMap((object) => (object.kind === 'Namespace' ? [object.name] : []));
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const wanted = /name"?: "?kept/.test(text) ? ['kept', 'rest'] : ['rest'];
    assert.equal(namespaces, wanted, 'the rest of the input');
    const broken = objects.filter((object) => object.name === 'broken');
    assert.is(broken.length, isWarning && text.includes('name: broken') ? 1 : 0, 'the object itself');
    for (const { code } of diagnostics) caused.add(code);
  });
}

test('bad input: at least 60 documents are errors, and every code that a document can cause occurs', () => {
  assert.ok(documents.filter((file) => !file.startsWith('warning-')).length >= 60);
  const missing = Object.keys(CODES).filter((code) => !caused.has(code) && !NOT_FROM_A_DOCUMENT.has(code));
  assert.equal(missing, []);
});

test.run();
