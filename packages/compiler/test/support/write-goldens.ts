/** Rewrites what every golden case expects: `pnpm goldens [NAME-PART]`. Read the diff before you commit it. */
import { compileGolden, goldenCases, readGolden, writeGolden } from './golden.ts';

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
