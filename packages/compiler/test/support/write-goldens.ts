/** Rewrites what every golden case expects, and the README: `pnpm goldens [NAME-PART]`. Read the diff before you commit it. */
import { readFileSync, writeFileSync } from 'node:fs';
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
console.log(`${cases.length} cases, ${changed} changed`);

const readme = await realReadme();
if (readme !== readFileSync(README, 'utf8')) {
  writeFileSync(README, readme);
  console.log('wrote README.md');
}
