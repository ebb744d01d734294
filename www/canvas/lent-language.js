/**
 * Lends the page a language while uPlot is imported: uPlot makes an `Intl.NumberFormat` of
 * `navigator.language` at once, which throws if that is no language tag. WebKitGTK in the locale `C` says
 * "C". What uPlot would format with it, our charts format themselves.
 *
 * @module
 */

/** Ends the loan. */
export const giveBack = lend();

function lend() {
  try {
    // Without a browser there is no navigator, and nothing to lend.
    new Intl.NumberFormat(globalThis.navigator?.language);
    return () => {};
  } catch {
    const own = Object.getOwnPropertyDescriptor(navigator, 'language');
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
    return () => {
      Reflect.deleteProperty(navigator, 'language');
      if (own) Object.defineProperty(navigator, 'language', own);
    };
  }
}
