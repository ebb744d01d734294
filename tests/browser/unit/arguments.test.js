/** What is given to members: refused in the page with a code, or copied as plain data. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain, writtenSeed } from '../../../www/lesson/arguments.js';
import { CALL, MEMBERS, addMembers, paramsOf } from '../../../www/lesson/commands.js';
import { UnrollError } from '../../../www/worker/fault.js';

/** @import {MemberName} from '../../../www/lesson/commands.js' */
/** @typedef {Record<string, (...args: unknown[]) => any>} Anything */

const members = /** @type {Anything} */ (
  Object.fromEntries(
    Object.keys(MEMBERS).map((name) => [
      name,
      (/** @type {unknown[]} */ ...args) => paramsOf(/** @type {MemberName} */ (name), args),
    ]),
  )
);

/** @param {string} name @param {unknown[]} args */
function refusal(name, ...args) {
  try {
    members[name]?.(...args);
  } catch (error) {
    assert(error instanceof UnrollError, `${name}: ${error}`);
    assert(error.message.length > 20, `a whole sentence: ${error.message}`);
    return error.code;
  }
  return assert.fail(`${name} took what it was given`);
}

/** @param {number} depth */
function nested(depth) {
  /** @type {unknown} */
  let value = 1;
  for (let k = 0; k < depth; k += 1) value = [value];
  return value;
}

/** @param {Record<string, any>} [value] */
function cyclic(value = {}) {
  value.self = value;
  return value;
}

function detached() {
  const bytes = new Uint8Array(784);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

/** What is refused: `[member, code, ...arguments]`. @type {Array<[string, string, ...unknown[]]>} */
const REFUSED = [
  ['set', 'bad-request'],
  ['set', 'bad-request', null],
  ['set', 'bad-request', 5],
  ['set', 'bad-request', []],
  ['set', 'option-value', cyclic()],
  ['set', 'option-value', { learningRate: () => 1 }],
  ['set', 'option-value', { learningRate: Symbol('rate') }],
  ['set', 'option-value', { learningRate: 1n }],
  ['set', 'option-value', { learningRate: nested(1800) }],
  ['reset', 'bad-request', null],
  ['reset', 'bad-request', 3],
  ...[-1, 2 ** 32, Infinity, Number.NaN, 0.5, null, 'abc', {}].map(
    (seed) => /** @type {[string, string, unknown]} */ (['reset', 'option-value', { seed }]),
  ),
  ['loadWeights', 'bad-request', 1e12],
  ['loadWeights', 'bad-request', null],
  ['loadWeights', 'bad-request'],
  ['loadWeights', 'bad-request', detached()],
  ['loadWeights', 'bad-request', detached().buffer],
  ['predict', 'bad-request', detached()],
  ['predict', 'bad-request', cyclic()],
  ['predict', 'bad-request', new Map()],
  ['predict', 'bad-request', () => {}],
  ['classifyDrawing', 'bad-request', nested(1800)],
  ['classifyDrawing', 'bad-request', [[[0, Symbol('y')]]]],
  ['step', 'bad-request', Symbol('n')],
  ['step', 'bad-request', cyclic()],
  ['evaluate', 'bad-request', 10n],
  ['compare', 'bad-request'],
  ['compare', 'bad-request', { variants: 3, steps: 1 }],
  ['compare', 'bad-request', { variants: [null], steps: 1 }],
  ['compare', 'option-value', { variants: [cyclic()], steps: 1 }],
  ['portrait', 'bad-request', null],
  ['loadData', 'bad-request', {}],
  ['loadData', 'bad-request', { trainImages: new Uint8Array(4) }],
  ['digit', 'bad-request', 'test', new WeakMap()],
];

for (const [name, code, ...args] of REFUSED) {
  const [first] = args;
  const what = typeof first === 'object' && first ? Object.keys(first).join() : String(first);
  test(`${name}(${args.length > 0 ? what : ''}) is refused with ${code}`, () => {
    assert.equal(refusal(name, ...args), code);
  });
}

test('a getter that throws, and a proxy', () => {
  const getter = {
    get learningRate() {
      throw new TypeError('no');
    },
  };
  const proxy = new Proxy({}, { ownKeys: () => assert.fail('no') });
  for (const value of [getter, proxy])
    for (const name of ['portrait', 'set', 'reset', 'predict', 'compare'])
      assert.equal(refusal(name, name === 'reset' ? { seed: value } : value) !== undefined, true);
});

test('too much is refused before it is sent', () => {
  const row = Array.from({ length: 3000 }, () => 0);
  const many = Array.from({ length: 3000 }, () => row);
  assert.throws(() => plain('classifyDrawing', () => many), { code: 'bad-request' });
});

test('what is taken arrives as it was given', () => {
  const pixels = new Uint8Array([1, 2, 3]);
  assert.deepEqual(members.predict?.(pixels), { pixels });
  assert.deepEqual(members.step?.(), { n: 1 });
  assert.deepEqual(members.step?.('many'), { n: 'many' }, 'the core says what it thinks of it');
  assert.deepEqual(members.reset?.(), {});
  assert.deepEqual(members.reset?.({ seed: 7 }), { seed: 7 });
  assert.deepEqual(members.set?.({ learningRate: 0.1, speed: null }), {
    options: { learningRate: 0.1, speed: null },
  });
  const strokes = [
    [
      [1, 2],
      [3, 4.5],
    ],
  ];
  assert.deepEqual(members.classifyDrawing?.(strokes), { drawing: strokes });
  const image = { width: 2, height: 1, data: new Uint8ClampedArray(8) };
  assert.deepEqual(members.classifyDrawing?.(image), { drawing: image });
  const compared = members.compare?.({ name: 'own', variants: [{ cell: 'rnn' }], steps: 3 });
  assert.deepEqual(compared, { variants: [{ cell: 'rnn' }], steps: 3 });
  assert.deepEqual(members.loadWeights?.(new Uint8Array([1]).buffer), {
    bytes: pixels.slice(0, 1),
  });
});

test('a seed of an attribute', () => {
  assert.deepEqual(
    [writtenSeed('3'), writtenSeed(' 12 '), writtenSeed('4294967295')],
    [3, 12, 4294967295],
  );
  for (const bad of ['abc', '', '-1', '4294967296', '1e309', '1.5', '0x10', '1e3'])
    assert.throws(() => writtenSeed(bad), { code: 'option-value', message: /seed/ });
});

test('members that a class has not got itself call the one method', () => {
  class Element {
    /** @param {...unknown} args */
    [CALL](...args) {
      return args;
    }
    set() {
      return 'its own';
    }
  }
  addMembers(Element);
  const element = /** @type {any} */ (new Element());
  assert.deepEqual(element.digit('test', 3), ['digit', ['test', 3]]);
  assert.equal(element.set(), 'its own');
});

test('a message for people has one line, and no chain of causes', () => {
  const said = (/** @type {string} */ message) =>
    new UnrollError({ code: 'crashed', message, detail: { reason: message } });
  const long = 'Could not read.\n\nCaused by:\n  0: map\n  1: lost\nNo backtrace available';
  assert.equal(said(long).message, 'Could not read.');
  assert.equal(said(long).detail.reason, 'Could not read.');
  assert.equal(said('Lost. Caused by: Device').message, 'Lost.');
  assert(said('x'.repeat(3_000_000)).message.length < 1000);
});
