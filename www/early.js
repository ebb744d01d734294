/**
 * What takes longest to arrive is asked for first: the module that every lesson starts with. A file of its
 * own, because the page's others are a hundred times as large.
 *
 * @module
 */

import { compiled } from './worker/modules.js';

// Whoever needs it asks again, and hears why it did not come.
compiled('cpu').catch(() => {});
