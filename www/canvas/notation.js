/**
 * Numbers as a reader of formulas writes them.
 *
 * @module
 */

export const MINUS = '\u2212';
const RAISED = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';

/**
 * Writes numbers with so many decimals, and with a minus sign in place of a hyphen.
 *
 * @param {string} language
 * @param {number} digits
 * @returns {(value: number) => string}
 */
export function decimals(language, digits) {
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative',
  });
  return (value) => format.format(value).replace('-', MINUS);
}

/** 10⁻⁶. @param {number} exponent a whole number */
export function powerOfTen(exponent) {
  const raised = String(exponent).replace(/./g, (sign) =>
    sign === '-' ? '\u207b' : (RAISED[Number(sign)] ?? ''),
  );
  return `10${raised}`;
}

/** A tick of a logarithmic axis that is too small to be written out: 10⁻⁴, 2e−4. @param {number} value */
export function smallTick(value) {
  const [digit = '', exponent] = value.toExponential(0).split('e');
  return digit === '1' ? powerOfTen(Number(exponent)) : `${digit}e${exponent}`.replace('-', MINUS);
}

/** 2.1 · 10⁻⁶, where a number is small or large. @param {number} value @param {Intl.NumberFormat} format of the first factor */
export function scientific(value, format) {
  if (!(value > 0)) return format.format(0);
  if (value >= 0.01 && value < 1000) return format.format(value);
  const exponent = Math.floor(Math.log10(value));
  return `${format.format(value / 10 ** exponent)} \u00b7 ${powerOfTen(exponent)}`;
}
