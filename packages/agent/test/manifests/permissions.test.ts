/** The cluster roles of the manifests against what the agent asks an API server for. */
import { collectionPath, RESOURCES } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced } from '../../src/source/source.ts';
import { until, withCluster } from '../source/support.ts';
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
function permissionFor(url: URL): Permission | undefined {
  const resource = RESOURCES.find((each) => collectionPath(each) === url.pathname);
  if (!resource) {
    assert.match(url.pathname, /^\/apis(\/[^/]+\/[^/]+)?$/, 'a request for something else');
    return undefined;
  }
  const [group = '', version] = resource.apiVersion.split('/');
  const verb = url.searchParams.get('watch') === 'true' ? 'watch' : 'list';
  return `${version === undefined ? '' : group} ${resource.plural} ${verb}`;
}

for (const [file, kinds] of Object.entries(FILES)) {
  test(`${file} grants what the agent uses, and nothing else`, () => {
    const granted = grantedBy(file);
    const used = new Set<Permission>();
    return withCluster(
      {
        prepare: (server) => {
          for (const { kind, optional } of RESOURCES) if (optional) server.store.install(kind);
          server.onRequest((url, response, request) => {
            assert.is(request.method, 'GET');
            const permission = permissionFor(url);
            if (permission === undefined) return false;
            if (!granted.has(permission)) {
              answerStatus(response, 403, `${permission} is not granted`);
              return true;
            }
            used.add(permission);
            return false;
          });
        },
      },
      async ({ source }) => {
        await until(() => isSynced(source), 'all kinds are listed');
        const phases = () => source.status().map(({ kind, phase }) => ({ kind, phase }));
        const enforced = new Set<string>([
          ...RESOURCES.filter(({ optional }) => !optional).map(({ kind }) => kind),
          ...kinds,
        ]);
        await until(
          () => phases().every(({ kind, phase }) => !enforced.has(kind) || phase === 'watching'),
          'what the file is for is watched',
        );
        assert.equal([...used].sort(), [...granted].sort());
        assert.not(
          source.status().some(({ kind, problem }) => enforced.has(kind) && problem !== undefined),
          'nothing is wrong with it',
        );
      },
    );
  });
}

test.run();
