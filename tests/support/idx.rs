//! IDX files as MNIST's are, written by hand.
#![allow(dead_code)] // Every test file uses its own part.

/// An image file.
pub fn images(images: &[[u8; 784]]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [images.len() as u32, 28, 28] {
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend(images.as_flattened());
    bytes
}

/// A label file.
pub fn labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend((labels.len() as u32).to_be_bytes());
    bytes.extend(labels);
    bytes
}
