//! Images as they are kept: packed, because four fifths of a digit's pixels are blank.
//!
//! MNIST's 70,000 images are 55 MB; packed they are 17 MB, and a page may hold a dozen of these sets,
//! one for each worker. Unpacking the 64 images of a batch takes some 30 microseconds of the
//! milliseconds of a step.

use super::PIXELS;

/// Which pixels are inked, a bit each, the first pixel in the lowest bit.
const BITS: usize = PIXELS / 8;

/// How much more memory is asked for when it runs out. Doubling would ask for twice what is needed, and a
/// wasm module gives no memory back.
const MORE: usize = 1 << 20;

/// 28x28 images of bytes: 0 is background, 255 full ink.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images {
    /// One image after the other: its bits, and then the inked pixels' values.
    packed: Vec<u8>,
    /// Where each image begins in `packed`.
    starts: Vec<u32>,
}

impl Images {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Appends an image of 784 pixels, row-major.
    ///
    /// # Panics
    /// If there are 4 GiB already.
    pub fn push(&mut self, image: &[u8; PIXELS]) {
        if self.packed.capacity() < self.packed.len() + BITS + PIXELS {
            self.packed.reserve_exact(MORE);
        }
        let start = u32::try_from(self.packed.len()).expect("fewer than 4 GiB of images");
        self.starts.push(start);
        let (mut bits, mut values, mut inked) = ([0; BITS], [0; PIXELS], 0);
        let (eights, _) = image.as_chunks::<8>();
        for (bits, eight) in bits.iter_mut().zip(eights) {
            if u64::from_ne_bytes(*eight) == 0 {
                continue;
            }
            for (k, &pixel) in eight.iter().enumerate() {
                // A blank pixel's place is the next pixel's.
                values[inked] = pixel;
                inked += usize::from(pixel > 0);
                *bits |= u8::from(pixel > 0) << k;
            }
        }
        self.packed.extend_from_slice(&bits);
        self.packed.extend_from_slice(&values[..inked]);
    }

    /// The 784 pixels of an image, row-major. Panics where `index` is not below [`len`](Self::len).
    pub fn get(&self, index: usize) -> [u8; PIXELS] {
        let (bits, values) = self.packed[self.starts[index] as usize..].split_at(BITS);
        let mut values = values.iter();
        let mut image = [0; PIXELS];
        let (eights, _) = image.as_chunks_mut::<8>();
        for (eight, &bits) in eights.iter_mut().zip(bits) {
            let mut left = bits;
            while left != 0 {
                eight[left.trailing_zeros() as usize] =
                    *values.next().expect("a value for each bit");
                left &= left - 1;
            }
        }
        image
    }

    /// Everything, as [`from_packed`](Self::from_packed) takes it.
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// `count` images that are [`packed`](Self::packed). None if they are not that.
    pub fn from_packed(packed: Vec<u8>, count: usize) -> Option<Self> {
        let mut starts = Vec::with_capacity(count.min(packed.len() / BITS));
        let mut rest = packed.as_slice();
        for _ in 0..count {
            starts.push(u32::try_from(packed.len() - rest.len()).ok()?);
            let (bits, values) = rest.split_at_checked(BITS)?;
            let inked: u32 = bits.iter().map(|bits| bits.count_ones()).sum();
            rest = values.get(inked as usize..)?;
        }
        rest.is_empty().then_some(Images { packed, starts })
    }

    /// The images one after the other.
    pub fn iter(&self) -> impl Iterator<Item = [u8; PIXELS]> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Of pixels one image after the other, row-major. Those behind the last whole image are left out.
impl FromIterator<u8> for Images {
    fn from_iter<T: IntoIterator<Item = u8>>(pixels: T) -> Self {
        let mut pixels = pixels.into_iter();
        let mut images = Images::default();
        loop {
            let mut image = [0; PIXELS];
            for pixel in &mut image {
                let Some(value) = pixels.next() else {
                    return images;
                };
                *pixel = value;
            }
            images.push(&image);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let pixel = |k: usize| ((k * 2_654_435_761) >> 9) as u8;
        let sparse = |k: usize| if pixel(k) > 200 { pixel(k + 1) } else { 0 };
        let all: Vec<u8> = ([0; PIXELS].into_iter())
            .chain([255; PIXELS])
            .chain((0..5 * PIXELS).map(pixel))
            .chain((0..5 * PIXELS).map(sparse))
            .collect();
        let images: Images = all.iter().copied().collect();
        assert_eq!((images.len(), images.is_empty()), (12, false));
        assert_eq!(images.iter().collect::<Vec<_>>().concat(), all);
        // One by one, in any order.
        for k in (0..12).rev() {
            assert_eq!(images.get(k), all[k * PIXELS..(k + 1) * PIXELS]);
        }
    }

    #[test]
    fn what_is_packed_is_taken_whole_or_not_at_all() {
        let pixels = (0..3 * PIXELS).map(|k| if k % 5 == 0 { k as u8 } else { 0 });
        let images: Images = pixels.collect();
        let packed = images.packed().to_vec();
        assert_eq!(Images::from_packed(packed.clone(), 3), Some(images));
        for count in [0, 2, 4, usize::MAX] {
            assert_eq!(Images::from_packed(packed.clone(), count), None);
        }
        for length in 0..packed.len() {
            assert_eq!(Images::from_packed(packed[..length].to_vec(), 3), None);
        }
        assert_eq!(Images::from_packed(vec![255; 500], 1), None);
        assert_eq!(Images::from_packed(Vec::new(), 0), Some(Images::default()));
    }

    #[test]
    fn an_image_that_is_not_whole_is_left_out() {
        let images: Images = [7; 2 * PIXELS - 1].into_iter().collect();
        assert_eq!(images.iter().collect::<Vec<_>>(), [[7; PIXELS]]);
    }

    #[test]
    fn blank_images_are_small() {
        let images: Images = [0; 100 * PIXELS].into_iter().collect();
        assert_eq!(images.packed.len(), 100 * BITS);
        assert!(images.packed.capacity() <= MORE + PIXELS);
    }
}
