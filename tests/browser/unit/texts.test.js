/** What went wrong, in the reader's language: with the name that stands beside the field, and what would fit. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writtenSeed } from '../../../www/lesson/arguments.js';
import { faultText } from '../../../www/texts/index.js';
import { asUnrollError } from '../../../www/worker/fault.js';

/** @param {string} name @param {string} value @param {string} expected @param {Record<string, string>} bounds */
function refused(name, value, expected, bounds) {
  const message = `${name} cannot be ${value}: it must be ${expected}.`;
  return { code: 'option-value', message, detail: { name, value, expected, ...bounds } };
}

/** A fault, and what is said of it in English and in Chinese. @type {Array<[Parameters<typeof faultText>[1], string, string]>} */
const CASES = [
  [
    refused('learningRate', '-1', 'a number above 0 and at most 1', { above: '0', most: '1' }),
    'Learning rate cannot be -1: it must be a number above 0 and at most 1.',
    '“学习率”不能是 -1：应是大于 0、不超过 1 的数。',
  ],
  [
    refused('clipNorm', '0', '…', { above: '0', most: '1000', or: 'null' }),
    'Largest gradient norm cannot be 0: it must be ….',
    '“梯度范数上限”不能是 0：应是大于 0、不超过 1000 的数，也可以留空。',
  ],
  [
    refused('workers', '9', '…', { least: '1', most: '8', or: 'auto' }),
    'CPU threads cannot be 9: it must be ….',
    '“CPU 线程数”不能是 9：应是 1 到 8 的整数，也可以是 auto。',
  ],
  [
    refused('cell', '"door"', 'one of rnn, lstm, gru', { choices: 'rnn, lstm, gru' }),
    'Cell cannot be "door": it must be one of rnn, lstm, gru.',
    '“循环单元类型”不能是 "door"，可选的有：rnn, lstm, gru。',
  ],
  [
    refused('something', '1', 'else', {}),
    'something cannot be 1: it must be else.',
    '“something”不能是 1，请换一个有效的值。',
  ],
  [{ code: 'unheard-of', message: 'English.' }, 'English.', 'English.'],
  [
    { code: 'nan-loss', message: 'English.', detail: { step: '12' } },
    'English.',
    '从第 12 步起损失不再是有效数字，训练已停止。请减小学习率后重置。',
  ],
];

for (const [fault, english, chinese] of CASES) {
  test(`${fault.code}: ${english}`, () => {
    assert.equal(faultText('en', fault), english);
    assert.equal(faultText('zh', fault), chinese);
  });
}

test('a seed that is none', () => {
  assert.throws(
    () => writtenSeed('-1'),
    (/** @type {unknown} */ error) => {
      const said = faultText('zh', asUnrollError(error).fault);
      assert.equal(said, '“随机种子”不能是 "-1"：应是 0 到 4294967295 的整数。');
      return true;
    },
  );
});
