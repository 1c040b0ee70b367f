/** Rewrites what every golden case expects, and what README and docs show: `pnpm goldens [NAME-PART]`. Read the diff before you commit it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { commandCases, readCase, runCase, strayFiles, writeCase } from './command-golden.ts';
import { docsPages, realPage } from './docs.ts';
import { compileGolden, goldenCases, readGolden, writeGolden } from './golden.ts';
import { README, realReadme } from './readme.ts';

const part = process.argv[2] ?? '';
const cases = goldenCases().filter(({ name }) => name.includes(part));
let changed = 0;
for (const golden of cases) {
  const output = await compileGolden(golden);
  const before = readGolden(golden);
  if (before.ruleset === output.ruleset && before.messages === output.messages) continue;
  writeGolden(golden, output);
  changed++;
  console.log(`wrote fixtures/${golden.name}`);
}
const commands = await commandCases();
const chosen = commands.filter(({ file }) => `analysis/${file}`.includes(part));
for (const one of chosen) {
  const output = await runCase(one);
  const before = readCase(one);
  if (output.code !== before.code) {
    throw new Error(`${one.file}: exit code ${output.code}, not ${before.code}\n${output.messages}`);
  }
  if (before.stdout === output.stdout && before.messages === output.messages) continue;
  writeCase(one, output);
  changed++;
  console.log(`wrote fixtures/analysis/${one.file}`);
}
for (const stray of strayFiles(commands)) console.log(`no case writes fixtures/analysis/${stray}: remove it`);
console.log(`${cases.length + chosen.length} cases, ${changed} changed`);

for (const page of docsPages()) {
  const file = join(CHECKOUT, page);
  const real = await realPage(page);
  if (real === readFileSync(file, 'utf8')) continue;
  writeFileSync(file, real);
  console.log(`wrote ${page}`);
}
const readme = await realReadme();
if (readme !== readFileSync(README, 'utf8')) {
  writeFileSync(README, readme);
  console.log('wrote README.md');
}
