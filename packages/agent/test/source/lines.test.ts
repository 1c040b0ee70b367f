import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LineCutter } from '../../src/source/lines.ts';

test('however a text is cut into chunks, its lines come out whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 20 }).filter((line) => !line.includes('\n'))),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      (lines, sizes) => {
        const bytes = Buffer.from([...lines, 'rest'].join('\n'));
        const cutter = new LineCutter(1000);
        const out: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] as number;
          out.push(...cutter.push(bytes.subarray(at, at + size)));
          at += size;
        }
        assert.equal(
          out,
          lines.map((line) => Buffer.from(line).toString()),
        );
      },
    ),
  );
});

test('a line that is too long is refused, with or without an end', () => {
  assert.equal(new LineCutter(5).push(Buffer.from('12345\n12345\n')), ['12345', '12345']);
  assert.throws(() => new LineCutter(5).push(Buffer.from('123456\n')), /longer than 5/);
  const cutter = new LineCutter(5);
  assert.equal(cutter.push(Buffer.from('123')), []);
  assert.throws(() => cutter.push(Buffer.from('456')), /longer than 5/);
});

test.run();
