/** Every example that `--help` shows and that needs nothing but the fixtures works as it stands. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCommands } from '../../src/cli/commands.ts';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import { wordsOf } from '../support/words.ts';

const COMMANDS = await loadCommands();

/** What goes without root, kernel and cluster; `completion` asks for nothing at all. */
function isForEverybody(command: string, line: string): boolean {
  return /\bfixtures\//.test(line) && (command !== '$0' || line.includes('--dry-run'));
}

const LINES = COMMANDS.flatMap(({ name, examples }) =>
  examples.filter(({ line }) => isForEverybody(name, line)).map(({ line }) => ({ name, line })),
);

for (const { name, examples } of COMMANDS) {
  test(`${name}: --help shows its examples, each on one line`, async () => {
    const { code, stdout, stderr } = await runHere(name === '$0' ? ['--help'] : [name, '--help']);
    assert.is(code, 0);
    assert.is(stderr, '');
    const shown = stdout.split('\n').map((line) => line.trimEnd());
    for (const { line, shows } of examples) {
      assert.ok(shown.includes(`  # ${shows}`), shows);
      assert.ok(shown.includes(`  kncompile ${line}`), line);
    }
    if (name !== 'completion')
      assert.ok(
        LINES.some((one) => one.name === name),
        'no example on fixtures',
      );
  });
}

for (const { line } of LINES) {
  test(`kncompile ${line}`, async () => {
    // In a folder of its own: an example may write files.
    await withFiles({}, async (folder) => {
      symlinkSync(join(CHECKOUT, 'fixtures'), join(folder, 'fixtures'));
      const { code, stdout, stderr } = await runHere(wordsOf(line), folder);
      assert.ok(code === 0 || code === 1, `exit code ${code}\n${stderr}`);
      assert.not.match(stderr, 'internal error');
      assert.ok(stdout.length > 0 || /(^| )(-w|--write) /.test(line), 'it prints nothing');
    });
  });
}

test.run();
