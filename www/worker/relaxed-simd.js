/**
 * Whether this browser has WebAssembly's relaxed SIMD, which makes training on the CPU faster.
 *
 * @module
 */

/**
 * `(module (func (result v128) i32.const 1 i8x16.splat i32.const 2 i8x16.splat
 * i8x16.relaxed_swizzle))`, as the package wasm-feature-detect asks it.
 */
const PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
]);

export function hasRelaxedSimd() {
  return WebAssembly.validate(PROBE);
}
