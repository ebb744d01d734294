/**
 * A reporter for `node --test`: the names of the tests that failed, one a line, for `scripts/test`. Not their files: a test
 * is taken to be of the file that calls `test`, which may be a helper.
 */

/** @param {AsyncIterable<{type: string, data: {name?: string, nesting?: number}}>} events */
export default async function* failedTests(events) {
  const failed = new Set();
  for await (const { type, data } of events)
    if (type === 'test:fail' && data.nesting === 0 && data.name) failed.add(data.name);
  for (const name of failed) yield `${name}\n`;
}
