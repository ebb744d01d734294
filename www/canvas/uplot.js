/**
 * uPlot, imported under any `navigator.language`. The order of these lines is what matters.
 *
 * @module
 */

import { giveBack } from './lent-language.js';

export { default } from 'uplot';

giveBack();
