//! Digits as they come from outside: MNIST's own files, and everything that may be wrong with them.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::path::PathBuf;
use unroll::data::mnist::{DataError, Files, Name, read};
use unroll::data::{PIXELS, SIDE, drawing};

const NAMES: [Name; 4] = [
    Name::TrainImages,
    Name::TrainLabels,
    Name::TestImages,
    Name::TestLabels,
];

/// The four files in the order of [`NAMES`].
type Four = [Vec<u8>; 4];

fn files(four: &Four) -> Files<'_> {
    Files {
        train_images: &four[0],
        train_labels: &four[1],
        test_images: &four[2],
        test_labels: &four[3],
    }
}

/// MNIST as gzip from `$MNIST_DIR` or `../shared/mnist`, or a loud excuse.
fn mnist() -> Option<Four> {
    let folder = match std::env::var_os("MNIST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/mnist"),
    };
    let mut four = Four::default();
    for (bytes, name) in four.iter_mut().zip(NAMES) {
        let path = folder.join(format!("{name}.gz"));
        match std::fs::read(&path) {
            Ok(found) => *bytes = found,
            Err(error) => {
                // Past the test harness, which shows what a passing test prints to nobody.
                let mut stderr = std::io::stderr();
                writeln!(
                    stderr,
                    "SKIPPED: no MNIST to test with: {}: {error}",
                    path.display()
                )
                .unwrap();
                return None;
            }
        }
    }
    Some(four)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

fn idx(magic: u32, dimensions: &[u32], items: &[u8]) -> Vec<u8> {
    let header = [&[magic], dimensions].concat();
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.extend(items);
    bytes
}

/// Five digits to learn from and three to test with, plain.
fn small() -> Four {
    let images = |count: u32| {
        let pixels: Vec<u8> = (0..count * 784).map(|i| (i % 251) as u8).collect();
        idx(0x803, &[count, 28, 28], &pixels)
    };
    [
        images(5),
        idx(0x801, &[5], &[3, 1, 4, 1, 9]),
        images(3),
        idx(0x801, &[3], &[2, 6, 5]),
    ]
}

/// What `read` says of the small files after `spoil`: its error's code, and its message with all
/// that a message for people must have.
fn complaint(spoil: impl FnOnce(&mut Four)) -> (&'static str, String) {
    let mut four = small();
    spoil(&mut four);
    let error: DataError = read(files(&four)).unwrap_err();
    let message = error.to_string();
    let detail = error.detail();
    assert_eq!(detail[0].0, "file");
    assert!(message.contains(&detail[0].1), "names its file: {message}");
    assert!(message.ends_with(['.', '?']), "a sentence: {message}");
    (error.code(), message)
}

#[test]
fn small_files_read_gzipped_or_plain_and_are_not_verified() {
    let plain = small();
    let packed = plain.each_ref().map(|bytes| gzip(bytes));
    let (set, verified) = read(files(&plain)).unwrap();
    assert!(!verified);
    assert_eq!(set.train.labels, [3, 1, 4, 1, 9]);
    assert_eq!(set.test.labels, [2, 6, 5]);
    assert_eq!((set.train.len(), set.test.len()), (5, 3));
    assert_eq!(set.train.image(4), plain[0][16 + 4 * PIXELS..]);
    assert_eq!(read(files(&packed)).unwrap(), (set, false));
}

#[test]
fn mnist_reads_and_its_hashes_are_the_published_ones() {
    let Some(packed) = mnist() else { return };
    let (set, verified) = read(files(&packed)).unwrap();
    assert!(verified);
    assert_eq!((set.train.len(), set.test.len()), (60_000, 10_000));
    assert_eq!(set.train.labels[..5], [5, 0, 4, 1, 9]);
    assert_eq!(set.test.labels[..5], [7, 2, 1, 0, 4]);

    let mut plain = packed.each_ref().map(|bytes| gunzip(bytes));
    assert_eq!(read(files(&plain)).unwrap(), (set, true));

    // One grey level of one pixel.
    plain[2][16 + 5_000] ^= 1;
    let (_, verified) = read(files(&plain)).unwrap();
    assert!(!verified);
}

#[test]
fn truncated_files_say_so() {
    for file in 0..4 {
        let (code, message) = complaint(|four| {
            four[file].pop();
        });
        assert_eq!(code, "data-truncated");
        assert!(message.contains(NAMES[file].published()), "{message}");
        // Whole gzip around too little.
        let (code, _) = complaint(|four| {
            let short = &four[file][..four[file].len() - 1];
            four[file] = gzip(short);
        });
        assert_eq!(code, "data-truncated");
        for length in [0, 3, 7] {
            let (code, _) = complaint(|four| four[file].truncate(length));
            assert_eq!(code, "data-truncated", "{length} bytes");
        }
    }
}

#[test]
fn a_wrong_magic_says_so_and_guesses_why() {
    let (code, message) = complaint(|four| four[0][3] = 7);
    assert_eq!(code, "data-magic");
    assert!(message.contains("0x00000807") && message.contains("0x00000803"));

    let (code, message) = complaint(|four| four.swap(0, 1));
    assert_eq!(code, "data-magic");
    assert!(message.contains("exchanged"), "{message}");
}

#[test]
fn unequal_and_empty_counts_say_so() {
    let (code, message) = complaint(|four| four.swap(0, 2));
    assert_eq!(code, "data-counts");
    assert!(message.contains("5 labels") && message.contains("3 images"));

    let (code, _) = complaint(|four| {
        four[2] = idx(0x803, &[0, 28, 28], &[]);
        four[3] = idx(0x801, &[0], &[]);
    });
    assert_eq!(code, "data-counts");
}

#[test]
fn what_begins_as_gzip_and_is_not_says_so() {
    let packed = gzip(&small()[0]);
    let spoilt: [Vec<u8>; 4] = [
        [&[0x1f, 0x8b], &b"anything else at all"[..]].concat(),
        packed[..packed.len() / 2].to_vec(),
        packed[..packed.len() - 1].to_vec(),
        [&packed[..], b"more"].concat(),
    ];
    for bytes in spoilt {
        assert_eq!(complaint(|four| four[0] = bytes).0, "data-gzip");
    }
    // gzip's own checksum, at its end.
    let mut checksum = packed.clone();
    let at = checksum.len() - 8;
    checksum[at] ^= 1;
    assert_eq!(complaint(|four| four[0] = checksum).0, "data-gzip");
}

#[test]
fn a_web_page_says_so() {
    for page in [
        "<!doctype html><title>404</title>",
        "\u{feff}\r\n  <html>",
        "<",
    ] {
        assert_eq!(complaint(|four| four[1] = page.into()).0, "data-html");
        let packed = gzip(page.as_bytes());
        assert_eq!(complaint(|four| four[1] = packed).0, "data-html");
    }
}

#[test]
fn labels_beyond_nine_say_so() {
    let (code, message) = complaint(|four| *four[1].last_mut().unwrap() = 10);
    assert_eq!(code, "data-labels");
    assert!(message.contains("label 10 at index 4"), "{message}");
}

#[test]
fn wrong_sizes_say_so() {
    assert_eq!(complaint(|four| four[2].push(0)).0, "data-size");
    let long = gzip(&[small()[2].clone(), vec![0]].concat());
    assert_eq!(complaint(|four| four[2] = long).0, "data-size");
    let (code, message) = complaint(|four| four[2] = idx(0x803, &[3, 32, 32], &[0; 3 * 1024]));
    assert_eq!(code, "data-size");
    assert!(message.contains("32x32"), "{message}");
}

/// A header of 24 bytes asks for terabytes; a gzip file of kilobytes unpacks to many times that.
#[test]
fn a_header_is_not_believed() {
    let (code, _) = complaint(|four| four[0] = idx(0x803, &[u32::MAX, 28, 28], &[0; 8]));
    assert_eq!(code, "data-size");
    let (code, _) = complaint(|four| four[0] = idx(0x803, &[200_000, 28, 28], &[0; 8]));
    assert_eq!(code, "data-truncated");
    let bomb = gzip(&idx(0x803, &[5, 28, 28], &vec![0; 64 << 20]));
    assert!(bomb.len() < 1 << 20);
    assert_eq!(complaint(|four| four[0] = bomb).0, "data-size");
}

/// A digit seen through a large picture is that digit again.
#[test]
fn an_enlarged_mnist_digit_normalises_to_itself() {
    let Some(four) = mnist() else { return };
    let (set, _) = read(files(&four)).unwrap();
    const SCALE: usize = 10;
    const DIGITS: usize = 200;
    let (mut total, mut strays) = (0.0, 0);
    for digit in 0..DIGITS {
        let image = set.test.image(digit);
        let mut rgba = Vec::with_capacity(PIXELS * SCALE * SCALE * 4);
        for row in 0..SIDE * SCALE {
            for column in 0..SIDE * SCALE {
                // Black ink on white paper.
                let paper = 255 - image[row / SCALE * SIDE + column / SCALE];
                rgba.extend([paper, paper, paper, 255]);
            }
        }
        let again = drawing::from_image(SIDE * SCALE, SIDE * SCALE, &rgba).unwrap();
        let difference: u32 = (again.iter().zip(image))
            .map(|(&a, b)| u32::from(a.abs_diff(b)))
            .sum();
        let ink: u32 = image.iter().map(|&pixel| u32::from(pixel)).sum();
        let part = difference as f32 / ink as f32;
        total += part;
        strays += usize::from(part > 0.05);
    }
    // A few digits have faint outermost pixels, which count as no ink; their box is scaled anew.
    let mean = total / DIGITS as f32;
    assert!(mean < 0.03, "{mean} of the ink differs");
    assert!(strays <= DIGITS / 20, "{strays} digits differ");
}
