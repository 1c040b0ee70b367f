/**
 * Bundles the programs for the image:  node packages/agent/scripts/bundle.ts [FOLDER]
 * agent.js (the agent), worker.js and judge.js (its queue workers), kncompile.js with a folder kncompile (the command); by
 * default into packages/agent/dist/bundle. `ffi-rs` is a native module and stays outside: it has to be installed beside
 * them.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const PACKAGES = join(import.meta.dirname, '../..');

const PROGRAMS = {
  agent: 'agent/src/bundled.ts',
  worker: 'nfq-ffi/src/worker/main.ts',
  judge: 'agent/src/judge/worker.ts',
} as const;

const COMMAND = { kncompile: 'compiler/src/cli/main.mjs' } as const;

/** CommonJS modules among the dependencies ask for Node's own modules by this. Made when they do: most parts never ask. */
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = (id) => requireFrom(import.meta.url)(id);';

/**
 * Of the Kubernetes client only kubeconfigs and credentials for node:https are used. Its clients for every API of the server
 * are most of it: 30 MB of sources, and 90 MB of memory. Its way to `fetch` is most of the rest.
 */
const credentialsOnly: Plugin = {
  name: 'credentials-only',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ kind, resolveDir, pluginData }) => {
      if (pluginData === credentialsOnly) return undefined;
      const { path, errors } = await esbuild.resolve('@kubernetes/client-node', {
        kind,
        resolveDir,
        pluginData: credentialsOnly,
      });
      return errors.length > 0 ? { errors } : { path: path.replace(/index\.js$/, 'config.js') };
    });
    esbuild.onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith('/client-node/dist/config.js')
        ? { path: 'no-clients', namespace: 'credentials-only' }
        : undefined,
    );
    esbuild.onResolve({ filter: /^undici$/ }, () => ({ path: 'no-fetch', namespace: 'credentials-only' }));
    esbuild.onLoad({ filter: /.*/, namespace: 'credentials-only' }, ({ path }) => ({
      contents:
        path === 'no-fetch'
          ? 'export const Agent = undefined; export const ProxyAgent = undefined;'
          : 'export const createConfiguration = undefined; export class ServerConfiguration {}',
    }));
  },
};

export async function bundle(folder: string): Promise<void> {
  const common: BuildOptions = {
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['ffi-rs'],
    banner: { js: REQUIRE },
    plugins: [credentialsOnly],
    // A comment that is not ASCII would double the memory that V8 needs for the text of the program.
    minifyWhitespace: true,
    legalComments: 'external',
    logLevel: 'warning',
  };
  await build({ ...common, entryPoints: entries(PROGRAMS) });
  // In parts, as the sources are: each start loads only what its words ask for.
  rmSync(join(folder, 'kncompile'), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: entries(COMMAND),
    splitting: true,
    chunkNames: 'kncompile/[name]-[hash]',
  });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

function entries(paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(PACKAGES, path)]));
}

if (import.meta.main) await bundle(process.argv[2] ?? join(PACKAGES, 'agent/dist/bundle'));
