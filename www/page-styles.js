/**
 * The page's styles stand in the page: a request for them that hangs would leave it blank. If a host's policy forbids
 * that, they come as a file.
 *
 * @module
 */

if (!document.querySelector('style')?.sheet) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('./page.css', import.meta.url).href;
  document.head.append(link);
}
