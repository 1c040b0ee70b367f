import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deployment, pod } from '../cli/support.ts';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';
import { type Ended, run } from '../support/subprocess.ts';

const DOCS = `${CHECKOUT}/fixtures/kubernetes-docs/input.yaml`;

/** Other ports in the same policy; one rule less; a document that is broken. */
const CHANGED = `sed s/6379/6380/ ${DOCS} > changed.yaml`;
const BROKEN = `sed 's/port: 6379/port: 0/' ${DOCS} > broken.yaml`;

/** Pods that are there; and pods that are not. */
const PODS = `echo '${pod('p', '10.0.0.1', 'n')}' > pods.yaml; echo '${deployment('web', 5)}' > templates.yaml`;

/** Runs a script in a network namespace of its own, with `k` for the command and `code` to print its exit code. */
function inNamespace(script: string): Promise<Ended> {
  const prelude = `k() { "${process.execPath}" "${MAIN}" "$@"; }; code() { "$@" > out 2> err; echo "code $?"; }`;
  return withFiles({}, (cwd) => run('unshare', ['--net', 'bash', '-c', `${prelude}\n${script}`], { cwd }));
}

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('apply loads the ruleset, and then there is no difference', async () => {
    const { stdout } = await inNamespace(
      `code k -f ${DOCS}; code k --diff -f ${DOCS}; cat out; nft list tables`,
    );
    assert.is(stdout, 'code 0\ncode 0\ntable inet kncompile\n');
  });

  test('into an empty kernel the difference is everything', async () => {
    const { stdout } = await inNamespace(`code k --diff -f ${DOCS}; nft -f out && code k --diff -f ${DOCS}`);
    assert.is(stdout, 'code 1\ncode 0\n');
  });

  test('a change shows, is applied, and is gone', async () => {
    const { stdout } = await inNamespace(`${CHANGED}; code k -f ${DOCS}
      code k --diff -f changed.yaml; grep -c 6380 out
      code k -f changed.yaml; code k --diff -f changed.yaml
      nft list map inet kncompile ingress_ports4 | grep -c 'tcp . 6379'`);
    assert.is(stdout, 'code 0\ncode 1\n1\ncode 0\ncode 0\n0\n');
  });

  test('what is applied again leaves no second rule, and a change moves the generation', async () => {
    const count = `nft -a list table inet kncompile | grep -c '# handle'`;
    const gate = 'nft list chain inet kncompile gate | grep "ct mark"';
    const { stdout } = await inNamespace(`${CHANGED}; code k -f ${DOCS}; ${count}; a=$(${gate})
      code k -f ${DOCS}; ${count}; [ "$a" = "$(${gate})" ] && echo same
      code k -f changed.yaml; ${count}; [ "$a" = "$(${gate})" ] || echo other`);
    const [, first, , second, same, , third, other] = stdout.split('\n');
    assert.is(second, first);
    assert.is(third, first);
    assert.is(same, 'same');
    assert.is(other, 'other');
  });

  test('base chains stay the same objects through changes of sets and flags', async () => {
    const handles = `nft -a list table inet kncompile | grep -E 'chain (forward|input) '`;
    const { stdout } = await inNamespace(`code k -f ${DOCS}; a=$(${handles})
      code k -f ${DOCS} --node worker-2 --ct-mark-mask 0x0000ff00; b=$(${handles})
      code k --diff -f ${DOCS} --node worker-2 --ct-mark-mask 0x0000ff00
      [ "$a" = "$b" ] && echo same`);
    assert.is(stdout, 'code 0\ncode 0\ncode 0\nsame\n');
  });

  test('input with errors is never applied', async () => {
    const { stdout } = await inNamespace(
      `${BROKEN}; code k -f broken.yaml; tail -n 1 err; code k --dry-run -f broken.yaml; nft list tables`,
    );
    const [code, message, dry, ...rest] = stdout.split('\n');
    assert.is(code, 'code 2');
    assert.is(message, 'kncompile: nothing is applied, because the input has errors; see --dry-run');
    assert.is(dry, 'code 2');
    assert.equal(rest, ['']);
  });

  test('--check asks and changes nothing', async () => {
    const { stdout } = await inNamespace(
      `code k --check -f ${DOCS}; cat out; tail -n 1 err; nft list tables`,
    );
    assert.is(stdout, 'code 0\nthe kernel would take the ruleset of node "worker-1"\n');
  });

  test('what must not be enforced is not, and what was enforced stays', async () => {
    const { stdout } =
      await inNamespace(`${PODS}; code k -f ${DOCS}; tail -n 1 err; before=$(nft list ruleset)
      for words in '--dry-run=none -f pods.yaml' '--no-dry-run -f pods.yaml' '-f /dev/null --node n' '-f pods.yaml --node m'; do
        code k $words; grep ^kncompile: err
      done
      false | code k -f -; grep ^kncompile: err
      [ "$before" = "$(nft list ruleset)" ] && echo same; code k -f pods.yaml --node n
      code k -f templates.yaml; grep -o 'note: 5 pods.*' err`);
    assert.equal(stdout.split('\n'), [
      'code 0',
      'the kernel enforces the ruleset of node "worker-1"',
      'code 2',
      'kncompile: --dry-run=none: expected no value, true or false',
      'code 2',
      'kncompile: --no-dry-run: there is no such form; leave --dry-run out',
      'code 2',
      'kncompile: nothing is applied: the input holds no policies, pods, namespaces or nodes',
      'code 2',
      'kncompile: nothing is applied: the input has no node "m", and no pod on it',
      'code 2',
      'kncompile: nothing is applied: the input holds no policies, pods, namespaces or nodes',
      'same',
      'code 0',
      'code 0',
      'note: 5 pods have made-up addresses, which no real pod has: default/web-0, default/web-1, default/web-2 and 2 others',
      '',
    ]);
  });

  test('what somebody else changed in our table shows', async () => {
    const { stdout } = await inNamespace(`code k -f ${DOCS}
      nft delete element inet kncompile peers4 '{ 10.244.1.11 }'; code k --diff -f ${DOCS}; grep -c 10.244.1.11 out
      code k -f ${DOCS}; code k --diff -f ${DOCS}
      nft insert rule inet kncompile deny accept; code k --diff -f ${DOCS}; grep -c 'flush chain inet kncompile deny' out
      code k -f ${DOCS}; code k --diff -f ${DOCS}`);
    assert.is(stdout, ['0', '1\n1', '0', '0', '1\n1', '0', '0'].map((text) => `code ${text}\n`).join(''));
  });

  test('a table that is not ours is left alone', async () => {
    const { stdout } = await inNamespace(`nft add table inet kncompile
      nft 'add set inet kncompile mine { type ipv4_addr; }'; code k -f ${DOCS}; cat err | tail -n 2 | head -n 1`);
    assert.match(
      stdout,
      /^code 2\nkncompile: the table inet kncompile is not one that this version makes: set mine\n$/,
    );
  });

  test('without the right to change netfilter the message says what is needed', async () => {
    const { stdout } = await inNamespace(
      `code setpriv --bounding-set=-all "${process.execPath}" "${MAIN}" --check -f ${DOCS}; cat err`,
    );
    assert.is(stdout, 'code 2\nkncompile: nft needs root (CAP_NET_ADMIN) to talk to the kernel\n');
  });
}
