/**
 * What others show of a link to the page. It takes the page's own address, which only whoever publishes it knows.
 *
 * @module
 */

/** The picture, beside the page. */
export const PREVIEW = 'preview.png';

/**
 * @param {string | undefined} address  where the page will be; without it there is nothing to say
 * @returns {string[]} elements of the page's head
 */
export function previewTags(address) {
  if (!address) return [];
  const page = new URL(address.endsWith('/') ? address : `${address}/`);
  const picture = new URL(PREVIEW, page);
  return [
    `<meta property="og:url" content="${page.href}" />`,
    `<meta property="og:image" content="${picture.href}" />`,
    '<meta name="twitter:card" content="summary_large_image" />',
  ];
}
