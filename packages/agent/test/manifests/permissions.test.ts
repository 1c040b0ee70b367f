/** The cluster roles of the manifests against what the agent asks an API server for. */
import { collectionPath, RESOURCES, type Resource } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../source/support.ts';
import { withStatusLab } from '../status/support.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { rolesOf } from './rendered.ts';

/** `group resource verb`. */
type Permission = string;

/** What is enforced with each file, besides NetworkPolicy. */
const FILES = {
  'install.yaml': [],
  'install-anp.yaml': ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  'install-cnp.yaml': ['ClusterNetworkPolicy'],
};

function grantedBy(file: string): Set<Permission> {
  const rules = rolesOf(file).flatMap((role) => role.rules ?? []);
  return new Set(
    rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
      ),
    ),
  );
}

/** Undefined for discovery, which every authenticated client may use. */
function permissionFor(method: string | undefined, url: URL): Permission | undefined {
  if (method === 'POST') {
    assert.match(url.pathname, /^\/api\/v1\/namespaces\/[^/]+\/events$/, 'something else is created');
    return ' events create';
  }
  const isPatch = method === 'PATCH';
  if (!isPatch) assert.is(method, 'GET');
  const collection = isPatch ? url.pathname.replace(/\/[^/]+\/status$/, '') : url.pathname;
  const resource = RESOURCES.find((each) => collectionPath(each) === collection);
  if (!resource) {
    assert.match(url.pathname, /^\/apis(\/[^/]+\/[^/]+)?$/, 'a request for something else');
    assert.not(isPatch);
    return undefined;
  }
  const [group = '', version] = resource.apiVersion.split('/');
  const verb = url.searchParams.get('watch') === 'true' ? 'watch' : 'list';
  const what = isPatch ? `${resource.plural}/status patch` : `${resource.plural} ${verb}`;
  return `${version === undefined ? '' : group} ${what}`;
}

function namespaceOf(kind: string): string {
  return kind === 'NetworkPolicy' ? 'shop' : '';
}

for (const [file, kinds] of Object.entries(FILES)) {
  test(`${file} grants what the agent uses, and nothing else`, () => {
    const granted = grantedBy(file);
    const used = new Set<Permission>();
    const wrong: string[] = [];
    const enforced = RESOURCES.filter(
      ({ kind, optional }) => !optional || (kinds as readonly string[]).includes(kind),
    );
    return withStatusLab(async ({ server, put, agent, quiet }) => {
      server.onRequest((url, response, request) => {
        try {
          const permission = permissionFor(request.method, url);
          if (permission === undefined) return false;
          if (granted.has(permission)) {
            used.add(permission);
            return false;
          }
          answerStatus(response, 403, `${permission} is not granted`);
        } catch (error) {
          wrong.push((error as Error).message);
          answerStatus(response, 400, 'what is this?');
        }
        return true;
      });
      for (const { kind, apiVersion, plural } of enforced)
        if (plural.endsWith('policies'))
          put({ apiVersion, kind, metadata: { name: 'broken', namespace: namespaceOf(kind) }, spec: 7 });
      const { lines } = await agent('node-a');
      const isWatched = ({ plural }: Resource) => server.watches.watched().includes(plural);
      await until(() => enforced.every(isWatched), 'what the file is for is watched');
      await quiet();
      assert.equal(wrong, []);
      assert.equal([...used].sort(), [...granted].sort());
      assert.equal(lines, [], 'nothing is wrong with it');
    });
  });
}

test.run();
