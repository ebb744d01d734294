/** What `show` and `hide` leave there, and the code that a dialog writes of it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { embedCode } from '../../../www/controls/embed-code.js';
import { NAMES } from '../../../www/figures/names.js';
import { readShown } from '../../../www/lesson/shown.js';

const ALL = [
  { name: 'controls' },
  { name: 'backend' },
  { name: 'status' },
  { name: 'drawing' },
  { name: 'belief-tape' },
  { name: 'mistakes', needs: 'drawing' },
  { name: 'code', still: true },
  { name: 'settings' },
  { name: 'credit' },
];

/** @param {string | null} show @param {string | null} [hide] */
function shown(show, hide = null) {
  const { names, ...how } = readShown(show, hide, ALL);
  return { names: [...names].sort().join(' '), ...how };
}

test('without a figure in it, `show` leaves the whole lesson', () => {
  const whole = 'backend belief-tape code controls drawing mistakes settings status';
  for (const show of [null, '', ' , ', 'nonsense', 'text']) {
    const { names, brief, still } = shown(show);
    assert.deepEqual([names, brief, still], [whole, false, false], String(show));
  }
  assert.equal(shown('credit').names, shown(null).names.replace('controls', 'controls credit'));
  assert.deepEqual([shown('text').text, shown('drawing').text], [true, false]);
});

test('a figure comes with what it needs, and nothing else', () => {
  assert.deepEqual(
    [shown('tape').names, shown('tape').brief],
    ['belief-tape controls status', true],
  );
  assert.equal(shown('mistakes').names, 'controls drawing mistakes status');
  const code = shown('code');
  assert.deepEqual([code.names, code.brief, code.still], ['code status', false, true]);
  assert.equal(shown('code,status').still, false, 'what is named stays');
  assert.deepEqual(shown(' belief-tape , tape,drawing').chosen, ['drawing', 'belief-tape']);
});

test('controls that are named are all of them', () => {
  const { names, brief, still } = shown('controls,code');
  assert.deepEqual([names, brief, still], ['backend code controls status', false, false]);
  const backend = shown('backend,code');
  assert.deepEqual([backend.names, backend.brief], ['backend code controls status', true]);
});

test('`hide` has the last word', () => {
  assert.equal(shown('mistakes,tape', 'drawing,controls,status').names, 'belief-tape mistakes');
  assert.equal(shown('mistakes', 'controls').brief, false);
  assert.equal(shown('text', 'text').text, false);
  assert.equal(shown('credit', 'credit').names, shown(null).names);
});

test('what names nothing here is told', () => {
  assert.deepEqual(shown('tape,wave,nonsense,text', 'wave,drawing,rubbish').unknown, [
    'wave',
    'nonsense',
    'rubbish',
  ]);
});

test('the README names all that can be named', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, row = ''] = /^\| `hide` \| any of `([\w,-]+)`/m.exec(readme) ?? [];
  assert.deepEqual(row.split(','), NAMES);
});

test('the code of an embedded lesson', () => {
  const what = /** @type {const} */ ({
    site: 'https://some.host/un"roll/',
    lesson: 'mnist',
    language: 'zh',
    title: 'A "title" <b>',
    show: ['belief-tape', 'text'],
    words: new URLSearchParams('seed=3&cell=rnn'),
  });
  const how = { ...what, show: [...what.show] };
  assert.equal(
    embedCode({ ...how, as: 'element' }),
    `<script type="module" src="https://some.host/un%22roll/lesson/unroll-lesson.js"></script>
<unroll-lesson lesson="mnist" lang="zh" show="belief-tape,text" options="seed=3&amp;cell=rnn"></unroll-lesson>`,
  );
  const [iframe] = embedCode({ ...how, as: 'iframe' }).split('\n');
  assert.equal(
    iframe,
    '<iframe src="https://some.host/un%22roll/embed.html?lesson=mnist&amp;lang=zh&amp;show=belief-tape,text&amp;seed=3&amp;cell=rnn" title="A &quot;title&quot; &lt;b>" width="100%" height="600" style="border: 0" allow="clipboard-write"></iframe>',
  );
  const plain = embedCode({ ...how, as: 'element', show: [], words: new URLSearchParams() });
  assert.match(plain, /<unroll-lesson lesson="mnist" lang="zh"><\/unroll-lesson>$/);
});
