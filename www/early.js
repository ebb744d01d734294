/**
 * What takes longest to arrive is asked for first: the module that every lesson starts with. A file of its
 * own, because the page's others are a hundred times as large.
 *
 * @module
 */

import { compiled, glueOf } from './worker/modules.js';

// Which one it is depends on the browser, so that the page itself cannot name it.
const glue = document.createElement('link');
glue.rel = 'modulepreload';
glue.href = glueOf('cpu');
document.head.append(glue);

// Whoever needs it asks again, and hears why it did not come.
compiled('cpu').catch(() => {});
