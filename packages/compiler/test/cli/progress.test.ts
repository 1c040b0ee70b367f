import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outlet, withProgress } from '../../src/cli/progress.ts';

interface Recorded extends Outlet {
  readonly written: string[];
  wait(ms: number): void;
}

function outlet(columns?: number): Recorded {
  let now = 5_000;
  const written: string[] = [];
  return {
    written,
    columns,
    due: undefined,
    now: () => now,
    write: (text) => written.push(text),
    wait: (ms) => {
      now += ms;
    },
  };
}

const CLEAR = '\r\u001b[K';

test('what ends within a second says nothing', async () => {
  for (const columns of [undefined, 80]) {
    const out = outlet(columns);
    const result = await withProgress((report) => {
      report('reading', 1, 10);
      out.wait(999);
      report('reading', 9, 10);
      return 'done';
    }, out);
    assert.is(result, 'done');
    assert.equal(out.written, []);
  }
});

test('one piece of work after another counts as one', async () => {
  const out = outlet();
  for (const what of ['reading', 'comparing', 'printing']) {
    await withProgress((report) => {
      report(what);
      out.wait(600);
    }, out);
  }
  assert.equal(out.written, ['printing …\n']);
});

test('what happens before the first report does not count', async () => {
  const out = outlet();
  await withProgress((report) => {
    out.wait(10_000);
    report('reading');
  }, out);
  assert.equal(out.written, []);
});

test('into a pipe goes a plain line after a second, then one every ten', async () => {
  const out = outlet();
  await withProgress((report) => {
    for (let done = 0; done <= 220; done++, out.wait(100)) report('reading pods', done, 220);
  }, out);
  assert.equal(out.written, [
    'reading pods: 10 of 220 …\n',
    'reading pods: 110 of 220 …\n',
    'reading pods: 210 of 220 …\n',
  ]);
});

test('a terminal has one line, which is gone at the end', async () => {
  const out = outlet(80);
  await withProgress((report) => {
    report('reading', 0);
    out.wait(1_000);
    report('reading', 1);
    report('reading', 2);
    out.wait(100);
    report('deciding');
  }, out);
  assert.equal(out.written, [`${CLEAR}reading: 1 …`, `${CLEAR}deciding …`, CLEAR]);
});

test('the line is cut to the width of the terminal, and obeys nothing', async () => {
  const out = outlet(12);
  await withProgress((report) => {
    report('\u001b[31mreading a file');
    out.wait(1_000);
    report('\u001b[31mreading a file');
  }, out);
  assert.equal(out.written, [`${CLEAR}\\u{1b}[31mr`, CLEAR]);
});

test('work that fails leaves no line either, and its error passes', async () => {
  const out = outlet(80);
  const failing = withProgress((report) => {
    report('reading');
    out.wait(1_000);
    report('reading');
    throw new RangeError('no');
  }, out);
  await failing.then(
    () => assert.unreachable(),
    (error) => assert.instance(error, RangeError),
  );
  assert.is(out.written.at(-1), CLEAR);
});

test('work that waits is told about without a further report', async () => {
  const out = outlet(80);
  await withProgress(async (report) => {
    report('asking the server');
    out.wait(1_000);
    await setTimeout(250);
  }, out);
  assert.is(out.written[0], `${CLEAR}asking the server …`);
  assert.is(out.written.at(-1), CLEAR);
});

test.run();
