/**
 * Keeps the page for when there is no network, once its first lesson runs: until then the network has better
 * things to do. Only the page itself asks for it, never a lesson on somebody else's.
 *
 * @module
 */

/** If no lesson ever runs, in milliseconds. */
const LATEST = 15_000;

export function keepOffline() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  let asked = false;
  const register = () => {
    if (asked) return;
    asked = true;
    const address = new URL('../service-worker.js', import.meta.url);
    // Without it the page works as well, only not without a network.
    serviceWorker.register(address, { updateViaCache: 'none' }).catch(() => {});
  };
  addEventListener('unroll-ready', register, { once: true });
  setTimeout(register, LATEST);
}
