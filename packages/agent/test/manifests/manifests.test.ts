import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RENDERED, render } from '../../scripts/manifests.ts';
import { FLAGS } from '../../src/config/flags.ts';
import { daemonSetOf, MANIFESTS, objectsIn, objectsOf } from './rendered.ts';
import { problemsOf, typeOf } from './schema.ts';

const INSTALLS = Object.values(RENDERED).filter((file) => file.startsWith('install'));

/** Kinds of the Prometheus operator, whose types are not Kubernetes' own. */
const FOREIGN = new Set(['ServiceMonitor', 'PrometheusRule']);

for (const [overlay, file] of Object.entries(RENDERED)) {
  test(`${file} is what its overlay comes to`, () => {
    assert.is(readFileSync(join(MANIFESTS, file), 'utf8'), render(overlay));
  });

  test(`${file}: every field is one of the Kubernetes API`, () => {
    const objects = objectsOf(file);
    assert.ok(objects.length > 0);
    for (const object of objects.filter(({ kind }) => !FOREIGN.has(kind))) {
      assert.equal(problemsOf(object, typeOf(object), `${object.kind} ${object.metadata.name}`), []);
    }
  });

  test(`${file}: kustomize comes to the same objects`, () => {
    const kustomize = commandOf('kustomize');
    if (!kustomize) {
      console.log(`SKIP: kustomize is not installed (${file} is compared with our own rendering only)`);
      return;
    }
    const built = spawnSync(kustomize, ['build', join(MANIFESTS, 'overlays', overlay)], { encoding: 'utf8' });
    assert.is(built.status, 0, built.stderr);
    const byName = (text: string) =>
      objectsIn(text)
        .map((object) => JSON.stringify(sorted(object)))
        .sort();
    assert.equal(byName(built.stdout), byName(render(overlay)));
  });
}

for (const file of INSTALLS) {
  test(`${file}: the agent has every flag and variable that the DaemonSet passes`, () => {
    const [container] = daemonSetOf(file).spec?.template.spec?.containers ?? [];
    const flags = Object.values(FLAGS);
    for (const argument of container?.args ?? []) {
      const [, name, value] = /^--([a-z-]+)=(.*)$/.exec(argument) ?? [];
      const flag = flags.find((each) => each.name === name);
      assert.ok(flag, `${argument}: no such flag`);
      assert.ok('value' in flag.parse(value ?? ''), `${argument}: the flag does not take it`);
    }
    const variables = new Set(flags.flatMap(({ environment }) => environment));
    for (const { name } of container?.env ?? []) assert.ok(variables.has(name), `${name}: no such variable`);
  });

  test(`${file}: probes and metrics ask where the agent listens`, () => {
    const [container] = daemonSetOf(file).spec?.template.spec?.containers ?? [];
    const port = container?.ports?.find(({ name }) => name === 'metrics')?.containerPort;
    const listens = container?.args?.find((each) => each.startsWith('--metrics-bind-address='));
    assert.is(listens, `--metrics-bind-address=:${port}`);
    assert.is(container?.livenessProbe?.httpGet?.path, '/healthz');
    assert.is(container?.startupProbe?.httpGet?.path, '/healthz');
    assert.is(container?.readinessProbe?.httpGet?.path, '/readyz');
    for (const probe of [container?.livenessProbe, container?.startupProbe, container?.readinessProbe]) {
      assert.is(probe?.httpGet?.port, 'metrics');
    }
  });

  test(`${file}: one capability, no privilege, and a root file system that is read-only`, () => {
    const pod = daemonSetOf(file).spec?.template.spec;
    assert.ok(pod?.hostNetwork);
    assert.not(pod?.hostPID);
    for (const { securityContext } of pod?.containers ?? []) {
      assert.equal(securityContext?.capabilities, { drop: ['ALL'], add: ['NET_ADMIN'] });
      assert.is(securityContext?.allowPrivilegeEscalation, false);
      assert.is(securityContext?.readOnlyRootFilesystem, true);
      assert.is(securityContext?.privileged, undefined);
      assert.is(securityContext?.seccompProfile?.type, 'RuntimeDefault');
    }
    assert.not(
      (pod?.volumes ?? []).some(({ hostPath }) => hostPath !== undefined),
      'no files of the node',
    );
  });
}

test('a field that does not exist is found', () => {
  const [daemonSet] = objectsOf('install.yaml').filter(({ kind }) => kind === 'DaemonSet');
  const wrong = structuredClone(daemonSet) as unknown as {
    spec: { template: { spec: { containers: object[] } } };
  };
  Object.assign(wrong.spec.template.spec.containers[0] ?? {}, { readynessProbe: {}, image: 1 });
  assert.equal(problemsOf(wrong, 'V1DaemonSet', 'd'), [
    'd.spec.template.spec.containers[0].image: 1 is no string',
    'd.spec.template.spec.containers[0].readynessProbe: V1Container has no such field',
  ]);
});

function commandOf(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** With its keys in order, at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

test.run();
