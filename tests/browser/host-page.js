/**
 * A page of somebody else's with a lesson in an iframe: `messages` is what the lesson said, and `ask` calls one of
 * its methods.
 *
 * @module
 */

/** @param {string} address of the lesson's page */
export function hostPage(address) {
  return `<!doctype html><html lang="en"><head><title>host</title></head>
    <iframe src="${address}" width="600" height="600" title="lesson"></iframe>
    <script>
      const frame = document.querySelector('iframe');
      var messages = [];
      const waiting = new Map();
      addEventListener('message', ({ source, data }) => {
        if (source !== frame.contentWindow) return;
        messages.push(data);
        waiting.get(data.id)?.(data);
      });
      function ask(method, ...args) {
        const id = crypto.randomUUID();
        frame.contentWindow.postMessage({ unroll: 1, id, method, args }, '*');
        return new Promise((resolve) => waiting.set(id, resolve));
      }
    </script>`;
}
