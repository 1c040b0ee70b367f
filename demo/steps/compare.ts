import { observe } from '../../packages/compiler/test/support/lab/matrix.ts';
import { cellsOf, differences, drawTables, expectedOf, legend } from '../matrix.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** The expected and the observed matrix. */
export async function compare(screen: Screen, { lab, folder }: Stage): Promise<void> {
  screen.heading('Who may talk to whom: the policies, and real connections');
  const cells = cellsOf(lab);
  const expected = expectedOf(await folder.snapshot(), cells);
  const observed = await screen.during(`making ${cells.length} connections`, () =>
    observe(lab, cells, expected),
  );
  screen.show(drawTables(cells, expected, observed));
  screen.say(legend());
  const wrong = differences(cells, expected, observed);
  screen.show(wrong);
  screen.expect(
    wrong.length === 0,
    wrong.length === 0
      ? `all ${cells.length} connections came out as expected`
      : `${wrong.length} of ${cells.length} connections came out otherwise`,
  );
}
