/**
 * Checks that imports follow the data flow, never back:  node .ci/lint-imports.ts [ROOT]
 * Prints `path:line: message` for each violation; exit code 1 if there is one.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The folders of packages/compiler/src in the order of the data flow: each may import itself and those before it. */
const STAGES = [
  'values',
  'model',
  'objects',
  'cluster',
  'decision',
  'ruleset',
  'nft',
  'compiler',
  'analysis',
  'cli',
];

/** What each package may import of ours. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  compiler: [],
  'nfq-ffi': [],
  agent: ['compiler', 'nfq-ffi'],
};

const root = process.argv[2] ?? '.';
const violations = globSync('packages/*/src/**/*.ts', { cwd: root }).sort().flatMap(violationsOf);
for (const violation of violations) console.error(violation);
if (violations.length > 0) {
  console.error(`${violations.length} imports against the data flow (see ARCHITECTURE.md)`);
  process.exitCode = 1;
}

function violationsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = text.matchAll(/(?:\bfrom|^import|\bimport\()\s*['"]([^'"]+)['"]/gm);
  return [...imports].flatMap((match) => {
    const problem = problemOf(file, match[1] as string);
    return problem ? [`${file}:${text.slice(0, match.index).split('\n').length}: ${problem}`] : [];
  });
}

function problemOf(file: string, target: string): string | undefined {
  const [, own] = file.split('/') as [string, string];
  const other = /^@kncompile\/([^/]+)/.exec(target)?.[1];
  if (other) {
    return PACKAGES[own]?.includes(other) ? undefined : `${own} may not import the package ${other}`;
  }
  if (!target.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(file), target);
  if (path === `packages/${own}/package.json`) return undefined;
  if (!path.startsWith(`packages/${own}/src/`)) return `${target} leaves the package's src folder`;
  return own === 'compiler' ? backwards(file, path) : undefined;
}

function backwards(file: string, path: string): string | undefined {
  const from = stageOf(file);
  const to = stageOf(path);
  if (from === 'index.ts' || to === 'errors.ts') return undefined;
  // The codes' file stands beside the stages; it may know where something was read, nothing more.
  const rank = from === 'errors.ts' ? STAGES.indexOf('model') : STAGES.indexOf(from);
  if (rank < 0) return `${from} is not a stage: one of ${STAGES.join(', ')}`;
  const wanted = STAGES.indexOf(to);
  return wanted >= 0 && wanted <= rank
    ? undefined
    : `${from} may not import ${to}: the data flows the other way`;
}

/** The folder below src, or the file that lies directly in it. */
function stageOf(path: string): string {
  return path.split('/')[3] as string;
}
