/**
 * The colours that canvases draw with, as the stylesheet has them for the scheme in force.
 *
 * @module
 */

/**
 * @param {Element} element
 * @returns {{ink: string, faint: string, line: string, target: string, prediction: string, paper: string}}
 */
export function colours(element) {
  const style = getComputedStyle(element);
  const of = (/** @type {string} */ name) => style.getPropertyValue(`--unroll-${name}`).trim();
  return {
    ink: of('ink'),
    faint: of('faint'),
    line: of('line'),
    target: of('target'),
    prediction: of('prediction'),
    paper: of('paper'),
  };
}

/** Calls `changed` when the colour scheme does. @param {() => void} changed */
export function onScheme(changed) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
