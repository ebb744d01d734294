//! Eight numbers at a time, and how they come from and go to slices.
//!
//! In wasm a [`Lanes`] is two 128-bit vectors; on other targets it is whatever they have.

pub use wide::f32x8 as Lanes;

/// Numbers in a [`Lanes`].
pub const WIDTH: usize = 8;

/// `a * b + c`, rounded once on targets that do so at no cost, twice on others.
#[inline(always)]
pub fn mul_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    {
        use core::arch::wasm32::{f32x4_relaxed_madd, v128};
        // SAFETY: both are 32 bytes, any of which may have any value.
        let [a, b, c]: [[v128; 2]; 3] = unsafe { core::mem::transmute([a, b, c]) };
        let halves = [
            f32x4_relaxed_madd(a[0], b[0], c[0]),
            f32x4_relaxed_madd(a[1], b[1], c[1]),
        ];
        // SAFETY: as above.
        unsafe { core::mem::transmute::<[v128; 2], Lanes>(halves) }
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
    a.mul_add(b, c)
}

/// The first numbers of `values`, and zeros if it has fewer than [`WIDTH`].
#[inline(always)]
pub fn load(values: &[f32]) -> Lanes {
    match values.first_chunk::<WIDTH>() {
        Some(whole) => Lanes::new(*whole),
        None => {
            let mut padded = [0.0; WIDTH];
            padded[..values.len()].copy_from_slice(values);
            Lanes::new(padded)
        }
    }
}

/// Writes as many of the numbers of `lanes` as `out` holds.
#[inline(always)]
pub fn store(lanes: Lanes, out: &mut [f32]) {
    let numbers = lanes.to_array();
    match out.first_chunk_mut::<WIDTH>() {
        Some(whole) => *whole = numbers,
        None => out.copy_from_slice(&numbers[..out.len()]),
    }
}

/// Empties `buffer` and fills it with `length` times `value`, in the memory that it has already.
pub fn refill<T: Copy>(buffer: &mut Vec<T>, length: usize, value: T) {
    buffer.clear();
    buffer.resize(length, value);
}

/// Lays `rows` side by side: `out[k][s] = rows[s][k]`.
#[inline(always)]
pub fn interleave<const S: usize>(rows: [&[f32]; S], out: &mut [[f32; S]]) {
    let rows = rows.map(|row| &row[..out.len()]);
    // `std::array::from_fn` is not inlined here, which costs a sixth of a training step.
    for (k, out) in out.iter_mut().enumerate() {
        for (out, row) in out.iter_mut().zip(rows) {
            *out = row[k];
        }
    }
}
