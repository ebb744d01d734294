//! Reads MNIST's four IDX files, and says in words what is wrong with them where they are not that.
//!
//! The format is described at the end of LeCun, Cortes and Burges' "The MNIST Database": a magic
//! number, the counts, then bytes. Files come from mirrors, caches and people, gzipped or not, so
//! nothing a header says is believed before the file's own length bears it out. Where the bytes
//! come from is not known here.

use super::{DataSet, Digits, PIXELS, SIDE};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read};

/// The bytes of the four files, each gzipped or plain.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub struct Files<'a> {
    pub train_images: &'a [u8],
    pub train_labels: &'a [u8],
    pub test_images: &'a [u8],
    pub test_labels: &'a [u8],
}

/// Which of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "as MNIST calls them")]
pub enum Name {
    TrainImages,
    TrainLabels,
    TestImages,
    TestLabels,
}

impl Name {
    /// As it is published, without `.gz`.
    pub fn published(self) -> &'static str {
        match self {
            Name::TrainImages => "train-images-idx3-ubyte",
            Name::TrainLabels => "train-labels-idx1-ubyte",
            Name::TestImages => "t10k-images-idx3-ubyte",
            Name::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// SHA-256 of the published file, unpacked.
    fn sha256(self) -> &'static str {
        match self {
            Name::TrainImages => "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            Name::TrainLabels => "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            Name::TestImages => "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            Name::TestLabels => "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        }
    }

    fn holds_images(self) -> bool {
        matches!(self, Name::TrainImages | Name::TestImages)
    }

    /// IDX: two zero bytes, 8 for unsigned bytes, the number of dimensions.
    fn magic(self) -> u32 {
        if self.holds_images() {
            IMAGES_MAGIC
        } else {
            LABELS_MAGIC
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.published())
    }
}

/// What is read of a file at a time, in bytes: whole images.
const PART: usize = 64 * PIXELS;

const IMAGES_MAGIC: u32 = 0x803;
const LABELS_MAGIC: u32 = 0x801;

/// More digits than any set of this kind has, and 157 MB: what a header or a small gzip file that
/// unpacks to a big one may ask for, at most.
const MOST_ITEMS: u32 = 200_000;

/// Why files are not digits. Displays as a message for people: which file, what is wrong with it,
/// what was expected, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum DataError {
    /// A web page, as servers send it in place of a file they have not got.
    Html { file: Name },
    /// Begins as gzip does and cannot be unpacked.
    Gzip { file: Name, reason: String },
    /// Ends before it has told what its header promises. In bytes, unpacked.
    Truncated {
        file: Name,
        expected: u64,
        found: u64,
    },
    /// Is no IDX file of its kind.
    Magic { file: Name, found: u32 },
    /// The images are not 28x28.
    Shape { file: Name, rows: u32, columns: u32 },
    /// Holds more items than [`read`] takes.
    TooMany { file: Name, count: u32 },
    /// Goes on after its last item. In bytes, unpacked.
    Trailing { file: Name, expected: u64 },
    /// Holds no items.
    Empty { file: Name },
    /// As many labels as images belong together, and there are not.
    Counts {
        images_file: Name,
        images: usize,
        labels_file: Name,
        labels: usize,
    },
    /// A label that is no digit.
    Label { file: Name, index: usize, label: u8 },
}

impl DataError {
    /// Stable; what a translation is looked up by.
    pub fn code(&self) -> &'static str {
        match self {
            DataError::Html { .. } => "data-html",
            DataError::Gzip { .. } => "data-gzip",
            DataError::Truncated { .. } => "data-truncated",
            DataError::Magic { .. } => "data-magic",
            DataError::Shape { .. } | DataError::TooMany { .. } | DataError::Trailing { .. } => {
                "data-size"
            }
            DataError::Empty { .. } | DataError::Counts { .. } => "data-counts",
            DataError::Label { .. } => "data-labels",
        }
    }

    /// The parts of the message by name: `file` always, and `found` and `expected` in words.
    pub fn detail(&self) -> Vec<(&'static str, String)> {
        let (file, found, expected) = match self {
            DataError::Html { file } => (file, "a web page".into(), "an IDX file".into()),
            DataError::Gzip { file, reason } => (file, reason.clone(), "gzip".into()),
            DataError::Truncated {
                file,
                expected,
                found,
            } => (file, format!("{found} bytes"), format!("{expected} bytes")),
            DataError::Magic { file, found } => (
                file,
                format!("{found:#010x}"),
                format!("{:#010x}", file.magic()),
            ),
            DataError::Shape {
                file,
                rows,
                columns,
            } => (file, format!("{rows}x{columns}"), format!("{SIDE}x{SIDE}")),
            DataError::TooMany { file, count } => {
                (file, count.to_string(), format!("at most {MOST_ITEMS}"))
            }
            DataError::Trailing { file, expected } => (
                file,
                format!("more than {expected} bytes"),
                format!("{expected} bytes"),
            ),
            DataError::Empty { file } => (file, "0".into(), "at least 1".into()),
            DataError::Counts {
                images,
                labels_file,
                labels,
                ..
            } => (
                labels_file,
                format!("{labels} labels"),
                format!("{images} labels"),
            ),
            DataError::Label { file, index, label } => {
                (file, format!("{label} at index {index}"), "0 to 9".into())
            }
        };
        vec![
            ("file", file.to_string()),
            ("found", found),
            ("expected", expected),
        ]
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataError::Html { file } => write!(
                f,
                "{file} is a web page, not an IDX file: the server has no such file and sent a \
                 page instead. Check the address it is fetched from."
            ),
            DataError::Gzip { file, reason } => write!(
                f,
                "{file} begins as a gzip file but cannot be unpacked ({reason}): it is damaged or \
                 incomplete. Fetch it again."
            ),
            DataError::Truncated {
                file,
                expected,
                found,
            } => write!(
                f,
                "{file} is cut short: it has {found} bytes where its header needs {expected}. \
                 Fetch it again."
            ),
            DataError::Magic { file, found } => {
                let hint = match *found {
                    IMAGES_MAGIC => "It holds images: were two files exchanged?",
                    LABELS_MAGIC => "It holds labels: were two files exchanged?",
                    _ => "Use MNIST's own file, gzipped or unpacked.",
                };
                let kind = if file.holds_images() {
                    "image"
                } else {
                    "label"
                };
                write!(
                    f,
                    "{file} is not an IDX {kind} file: it begins with {found:#010x} instead of \
                     {:#010x}. {hint}",
                    file.magic()
                )
            }
            DataError::Shape {
                file,
                rows,
                columns,
            } => write!(
                f,
                "{file} holds images of {rows}x{columns} pixels; the network reads {SIDE}x{SIDE}. \
                 Use images of that size."
            ),
            DataError::TooMany { file, count } => write!(
                f,
                "{file} says it holds {count} items; at most {MOST_ITEMS} are read. Use a smaller \
                 file."
            ),
            DataError::Trailing { file, expected } => write!(
                f,
                "{file} goes on after the {expected} bytes that its header describes. It is damaged \
                 or not an IDX file: fetch it again."
            ),
            DataError::Empty { file } => write!(
                f,
                "{file} holds no items; at least one is needed. Use a file that holds some."
            ),
            DataError::Counts {
                images_file,
                images,
                labels_file,
                labels,
            } => write!(
                f,
                "{labels_file} holds {labels} labels for the {images} images of {images_file}; \
                 there must be one for each. Use two files that belong together."
            ),
            DataError::Label { file, index, label } => write!(
                f,
                "{file} has the label {label} at index {index}; labels are digits, 0 to 9. Use \
                 MNIST's own file."
            ),
        }
    }
}

impl std::error::Error for DataError {}

/// The digits of the four files, and whether the SHA-256 of all four, unpacked, is the published one.
pub fn read(files: Files<'_>) -> Result<(DataSet, bool), DataError> {
    let (train, train_verified) = digits(
        (Name::TrainImages, files.train_images),
        (Name::TrainLabels, files.train_labels),
    )?;
    let (test, test_verified) = digits(
        (Name::TestImages, files.test_images),
        (Name::TestLabels, files.test_labels),
    )?;
    Ok((DataSet { train, test }, train_verified && test_verified))
}

/// The labels first: they are small, and most mistakes show in them before megabytes are unpacked.
fn digits(
    (images_file, images): (Name, &[u8]),
    (labels_file, labels): (Name, &[u8]),
) -> Result<(Digits, bool), DataError> {
    let mut digits = Digits::default();
    let known_labels = idx(labels_file, labels, |part| {
        digits.labels.extend_from_slice(part);
    })?;
    if let Some(index) = digits.labels.iter().position(|&label| label > 9) {
        return Err(DataError::Label {
            file: labels_file,
            index,
            label: digits.labels[index],
        });
    }
    let known_images = idx(images_file, images, |part| {
        let (images, _) = part.as_chunks();
        images.iter().for_each(|image| digits.images.push(image));
    })?;
    let (image_count, label_count) = (digits.images.len(), digits.labels.len());
    if image_count != label_count {
        return Err(DataError::Counts {
            images_file,
            images: image_count,
            labels_file,
            labels: label_count,
        });
    }
    Ok((digits, known_images && known_labels))
}

/// Reads one file and gives `take` what follows its header, [`PART`] bytes at a time and the rest at the end.
/// Whether the file is the published one.
fn idx(file: Name, bytes: &[u8], take: impl FnMut(&[u8])) -> Result<bool, DataError> {
    if is_html(bytes) {
        return Err(DataError::Html { file });
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        parse(file, MultiGzDecoder::new(bytes), take)
    } else {
        parse(file, bytes, take)
    }
}

/// Keeps nothing itself: what a header promises costs no memory before it has come.
fn parse(
    file: Name,
    mut source: impl Read,
    mut take: impl FnMut(&[u8]),
) -> Result<bool, DataError> {
    let gzip = |error: io::Error| DataError::Gzip {
        file,
        reason: error.to_string(),
    };
    let mut hash = Sha256::new();

    let mut header = Vec::with_capacity(16);
    let header_length = if file.holds_images() { 16 } else { 8 };
    (&mut source)
        .take(header_length)
        .read_to_end(&mut header)
        .map_err(gzip)?;
    hash.update(&header);
    if is_html(&header) {
        return Err(DataError::Html { file });
    }
    let word = |index: usize| {
        let bytes = header.get(index * 4..index * 4 + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let cut_short = DataError::Truncated {
        file,
        expected: header_length,
        found: header.len() as u64,
    };
    let magic = word(0).ok_or(cut_short.clone())?;
    if magic != file.magic() {
        return Err(DataError::Magic { file, found: magic });
    }
    let count = word(1).ok_or(cut_short.clone())?;
    let item_length = if file.holds_images() {
        let (rows, columns) = word(2).zip(word(3)).ok_or(cut_short)?;
        if (rows, columns) != (SIDE as u32, SIDE as u32) {
            return Err(DataError::Shape {
                file,
                rows,
                columns,
            });
        }
        PIXELS
    } else {
        1
    };
    if count == 0 {
        return Err(DataError::Empty { file });
    }
    if count > MOST_ITEMS {
        return Err(DataError::TooMany { file, count });
    }

    let length = count as usize * item_length;
    let expected = header_length + length as u64;
    let mut part = Vec::with_capacity(PART.min(length));
    for start in (0..length).step_by(PART) {
        let wanted = PART.min(length - start);
        part.clear();
        (&mut source)
            .take(wanted as u64)
            .read_to_end(&mut part)
            .map_err(gzip)?;
        hash.update(&part);
        if part.len() < wanted {
            return Err(DataError::Truncated {
                file,
                expected,
                found: header_length + (start + part.len()) as u64,
            });
        }
        take(&part);
    }
    // Also what makes the decoder compare gzip's own checksum.
    if source.read(&mut [0]).map_err(gzip)? != 0 {
        return Err(DataError::Trailing { file, expected });
    }
    Ok(format!("{:x}", hash.finalize()) == file.sha256())
}

/// IDX begins with a zero byte, so anything that begins with a tag is a page.
fn is_html(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}
