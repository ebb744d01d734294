/**
 * How a worker is made of a file, on whatever page.
 *
 * @module
 */

/**
 * A worker of this file, also where the page is of another host: then through a script of the page's own that
 * imports it.
 *
 * @param {URL} url
 * @param {string} [name]
 */
export function workerOf(url, name) {
  if (url.origin === self.origin) return new Worker(url, { type: 'module', name });
  const script = `import ${JSON.stringify(url.href)};`;
  // A page without an origin, in a sandboxed frame, may not load a module from a blob.
  if (self.origin === 'null')
    return new Worker(`data:text/javascript,${encodeURIComponent(script)}`, {
      type: 'module',
      name,
    });
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(address, { type: 'module', name });
  // Once it runs or has failed, nobody asks for the blob again.
  const done = () => URL.revokeObjectURL(address);
  worker.addEventListener('message', done, { once: true });
  worker.addEventListener('error', done, { once: true });
  return worker;
}
