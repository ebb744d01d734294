//! What a network reads: digits and waves, as plain numbers on the host.
//!
//! Data flows down from here. Nothing in this module knows a tensor, a backend, a lesson or a
//! browser: where the bytes of a file come from and what becomes of a batch is for others to say.

pub mod drawing;
mod images;
pub mod mnist;
pub mod order;
pub mod scan;
pub mod synthetic;
pub mod wave;

pub use images::Images;

/// Rows of a digit, and columns.
pub const SIDE: usize = 28;

/// Pixels of a digit.
pub const PIXELS: usize = SIDE * SIDE;

/// Digits and what they are. Pixels stay packed bytes until a batch is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digits {
    /// What each digit looks like.
    pub images: Images,
    /// The digit that each image shows, 0 to 9.
    pub labels: Vec<u8>,
}

impl Digits {
    /// How many digits there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The 784 pixels of a digit, row-major. Panics where `index` is not below [`len`](Self::len).
    pub fn image(&self, index: usize) -> [u8; PIXELS] {
        self.images.get(index)
    }

    /// Replaces what `out` holds by the named digits: `[indices.len(), 28, 28]`, row-major or in the
    /// `order` of a [`Scan`](scan::Scan), each pixel divided by 255, as torchvision's `ToTensor` does it.
    pub fn gather(&self, indices: &[usize], order: Option<&[u16]>, out: &mut Vec<f32>) {
        out.clear();
        out.reserve(indices.len() * PIXELS);
        let grey = |pixel: u8| f32::from(pixel) / 255.0;
        for &index in indices {
            let image = self.image(index);
            match order {
                None => out.extend(image.iter().map(|&pixel| grey(pixel))),
                Some(order) => out.extend(order.iter().map(|&at| grey(image[usize::from(at)]))),
            }
        }
    }
}

/// Digits to learn from, and digits never learned from that show how well it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSet {
    /// To train on.
    pub train: Digits,
    /// To test with.
    pub test: Digits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gather_picks_in_order_and_scales_to_one() {
        let digits = Digits {
            images: [[0; PIXELS], [51; PIXELS], [255; PIXELS]]
                .into_iter()
                .flatten()
                .collect(),
            labels: vec![3, 1, 4],
        };
        let mut batch = vec![7.0; 5];
        digits.gather(&[2, 0, 1], None, &mut batch);
        assert_eq!(batch.len(), 3 * PIXELS);
        assert!(batch[..PIXELS].iter().all(|&v| v == 1.0));
        assert!(batch[PIXELS..2 * PIXELS].iter().all(|&v| v == 0.0));
        assert!(batch[2 * PIXELS..].iter().all(|&v| v == 0.2));
    }
}
