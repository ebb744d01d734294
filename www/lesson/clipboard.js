/**
 * The way of a text to the clipboard.
 *
 * @module
 */

/**
 * @param {string} text
 * @returns {Promise<boolean>} false if the page may not write there: not over http, not in another site's frame
 */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
