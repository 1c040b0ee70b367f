import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { type Ended, runNode } from '../support/subprocess.ts';

const lint = (files: Readonly<Record<string, string>>): Promise<Ended> =>
  withFiles(files, (folder) => runNode([`${CHECKOUT}/.ci/lint-imports.ts`, folder]));

test('imports along the data flow pass', async () => {
  const { code, stderr } = await lint({
    'packages/compiler/src/index.ts': `export * from './cli/main.ts';`,
    'packages/compiler/src/errors.ts': `import type { Source } from './model/types.ts';`,
    'packages/compiler/src/cli/main.ts': `import { a } from '../values/a.ts';\nimport { b } from './b.ts';\nimport yargs from 'yargs';\nimport own from '../../package.json' with { type: 'json' };`,
    'packages/compiler/src/values/a.ts': `import { c } from '../errors.ts';\nimport { isIP } from 'node:net';`,
    'packages/agent/src/index.ts': `import { d } from '@kncompile/compiler';\nimport { e } from '@kncompile/nfq-ffi';`,
  });
  assert.is(stderr, '');
  assert.is(code, 0);
});

const VIOLATIONS: readonly (readonly [name: string, file: string, text: string, message: string])[] = [
  [
    'a stage that imports a later one',
    'packages/compiler/src/model/a.ts',
    `import { a } from '../values/a.ts';\nimport {\n  b,\n} from '../decision/b.ts';`,
    'packages/compiler/src/model/a.ts:4: model may not import decision: the data flows the other way',
  ],
  [
    'a type import is an import',
    'packages/compiler/src/nft/a.ts',
    `import type { A } from '../compiler/a.ts';`,
    'packages/compiler/src/nft/a.ts:1: nft may not import compiler: the data flows the other way',
  ],
  [
    'a dynamic import too',
    'packages/compiler/src/values/a.ts',
    `const a = await import('../cli/a.ts');`,
    'packages/compiler/src/values/a.ts:1: values may not import cli: the data flows the other way',
  ],
  [
    're-exports and imports for effect',
    'packages/compiler/src/values/a.ts',
    `export * from '../cli/a.ts';`,
    'packages/compiler/src/values/a.ts:1: values may not import cli: the data flows the other way',
  ],
  [
    'nobody imports the index from inside',
    'packages/compiler/src/cli/a.ts',
    `import '../index.ts';`,
    'packages/compiler/src/cli/a.ts:1: cli may not import index.ts: the data flows the other way',
  ],
  [
    'a folder that is no stage',
    'packages/compiler/src/utils/a.ts',
    `import '../values/a.ts';`,
    'packages/compiler/src/utils/a.ts:1: utils is not a stage: one of values, model, objects, cluster, decision, ruleset, nft, compiler, analysis, cli',
  ],
  [
    'the compiler stands alone',
    'packages/compiler/src/cli/a.ts',
    `import { a } from '@kncompile/nfq-ffi';`,
    'packages/compiler/src/cli/a.ts:1: compiler may not import the package nfq-ffi',
  ],
  [
    'nfq-ffi stands alone',
    'packages/nfq-ffi/src/a.ts',
    `import { a } from '@kncompile/compiler/x';`,
    'packages/nfq-ffi/src/a.ts:1: nfq-ffi may not import the package compiler',
  ],
  [
    'no way round the package border',
    'packages/agent/src/a.ts',
    `import { a } from '../../compiler/src/values/a.ts';`,
    "packages/agent/src/a.ts:1: ../../compiler/src/values/a.ts leaves the package's src folder",
  ],
  [
    'no test code in src',
    'packages/compiler/src/cli/a.ts',
    `import { a } from '../../test/support/a.ts';`,
    "packages/compiler/src/cli/a.ts:1: ../../test/support/a.ts leaves the package's src folder",
  ],
];

for (const [name, file, text, message] of VIOLATIONS) {
  test(`caught: ${name}`, async () => {
    const { code, stderr } = await lint({ [file]: text });
    assert.is(stderr.split('\n')[0], message);
    assert.is(code, 1);
  });
}

test('this checkout passes', async () => {
  const { code, stderr } = await runNode([`${CHECKOUT}/.ci/lint-imports.ts`, CHECKOUT]);
  assert.is(stderr, '');
  assert.is(code, 0);
});

test.run();
