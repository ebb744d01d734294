/** The line that goes over a digit asks for a frame for each row, and for no more. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { ScanLine } from '../../../www/figures/scan-line.js';

let clock = 0;
mock.method(performance, 'now', () => clock);
mock.timers.enable({ apis: ['setTimeout'] });

test('28 rows are 28 frames and one at the end', () => {
  const line = new ScanLine(28, /** @type {any} */ ({ calm: false }));
  /** @type {Array<number | null>} */
  const rows = [];
  const draw = () => {
    rows.push(line.row);
    line.onward(draw);
  };
  line.begin(500);
  draw();
  // A frame that comes for another reason changes nothing.
  line.onward(draw);
  for (; clock < 4000; clock += 1) mock.timers.tick(1);
  const each = Array.from({ length: 28 }, (_, row) => row);
  assert.deepEqual([...new Set(rows)], [null, ...each]);
  assert(rows.length <= 28 + 4, `${rows.length} frames`);
  assert(!line.moves);
});

test('who wants no motion gets none', () => {
  const line = new ScanLine(28, /** @type {any} */ ({ calm: true }));
  line.begin();
  line.onward(() => assert.fail('it stands still'));
  mock.timers.tick(4000);
  assert(!line.moves);
});
