/**
 * What axe has to say of a page.
 *
 * @module
 */

import { createRequire } from 'node:module';

/** @import {Page} from 'playwright-core' */

// As CommonJS: its types describe no default export of a module.
const { AxeBuilder } = createRequire(import.meta.url)('@axe-core/playwright');

/**
 * What axe finds, and where.
 *
 * @param {Page} page
 * @param {string[]} [rules] these alone
 * @returns {Promise<string[]>}
 */
export async function violations(page, rules) {
  // There are no frames to look into, and nothing is asked of what passes: a third of the work.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations.map((/** @type {any} */ { id, nodes }) => {
    const where = nodes.map((/** @type {any} */ node) => node.target.join(' ')).join(', ');
    return `${id}: ${where}`;
  });
}
