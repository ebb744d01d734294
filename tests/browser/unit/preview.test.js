/** What others show of a link to the page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previewTags } from '../../../scripts/preview.js';

test('the picture of a link has a whole address', () => {
  for (const address of ['https://one.example/unroll', 'https://one.example/unroll/']) {
    const tags = previewTags(address).join('\n');
    assert.match(tags, /content="https:\/\/one\.example\/unroll\/preview\.png"/);
  }
  assert.match(previewTags('https://one.example/"><script>').join(''), /%22%3E%3Cscript%3E/);
});

test('without an address nothing is said, and what is none is refused', () => {
  assert.deepEqual(previewTags(undefined), []);
  assert.deepEqual(previewTags(''), []);
  assert.throws(() => previewTags('unroll'));
});
