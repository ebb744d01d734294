/**
 * What graphics adapter a worker gets. Asked inside the worker, because some browsers give a page
 * WebGPU and its workers none. Knows nothing of lessons: what follows from it, `src/device.rs` says.
 *
 * @module
 */

/** @import {Adapter, Found} from './protocol.js' */

/** What Burn's runtime cannot start without. */
const NEEDED = ['timestamp-query'];

/** An adapter that has not come by then will not come, in milliseconds. */
const PATIENCE = 5000;

/**
 * @returns {Promise<Found>} whether this worker has WebGPU at all, and the adapter it gave; never
 *   rejects, and never takes longer than that
 */
export async function probe() {
  const gpu = /** @type {any} */ (navigator).gpu;
  if (!gpu) return { webgpu: false, adapter: null };
  try {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
    const asked = gpu.requestAdapter({ powerPreference: 'high-performance' });
    const adapter = await Promise.race([asked, late]);
    return { webgpu: true, adapter: adapter && describe(adapter) };
  } catch {
    return { webgpu: true, adapter: null };
  }
}

/**
 * @param {any} adapter a GPUAdapter
 * @returns {Adapter}
 */
function describe(adapter) {
  const info = adapter.info ?? {};
  const name = [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
  return {
    name: name || 'an unnamed adapter',
    fallback: Boolean(info.isFallbackAdapter ?? adapter.isFallbackAdapter),
    missing: NEEDED.filter((feature) => !adapter.features.has(feature)),
  };
}
