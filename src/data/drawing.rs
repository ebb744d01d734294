//! Makes a drawing look like an MNIST digit, because a network reads only what it was shown.
//!
//! Every drawing is treated as MNIST's makers treated their scans (LeCun, Cortes and Burges, "The
//! MNIST Database"): its inked box is scaled, anti-aliased, so that the longest side is 20 pixels,
//! and set into 28x28 by whole pixels with its centre of mass as near as they allow to (14, 14),
//! pixels counted from zero. In MNIST's own 10,000 test digits the centre lies at (13.99, 14.01)
//! with a deviation of 0.29, what whole pixels leave. What a drawing is of, and who reads it, is
//! not known here.

use super::{PIXELS, SIDE};
use std::fmt;
use std::ops::Range;

/// Longest side of a normalised drawing, in pixels.
const BOX: usize = 20;

/// The pixel on which the centre of mass comes to lie.
const CENTRE: f32 = 14.0;

/// Width of the pen that strokes are drawn with, in pixels of the result.
const PEN: f32 = 2.4;

/// Strokes are drawn this much larger and then averaged down.
const FINE: usize = 4;

/// An image's inked box reaches to the outermost pixels with at least this part of the darkest ink.
const FAINTEST: f32 = 0.04;

/// Less contrast than this, of 1 between black and white, is no drawing.
const LEAST_CONTRAST: f32 = 0.05;

/// Why something is no drawing. Displays as a message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawingError {
    /// No stroke has a point, or an image has one colour only.
    Empty,
    /// A coordinate is infinite or not a number. Counted from 0.
    Coordinate { stroke: usize, point: usize },
    /// An image's bytes are not `width * height * 4`, or there are none.
    Size {
        width: usize,
        height: usize,
        bytes: usize,
    },
}

impl DrawingError {
    /// Stable; what a translation is looked up by.
    pub fn code(&self) -> &'static str {
        match self {
            DrawingError::Empty => "drawing-empty",
            DrawingError::Coordinate { .. } => "drawing-coordinate",
            DrawingError::Size { .. } => "drawing-size",
        }
    }

    /// The parts of the message, by name.
    pub fn detail(&self) -> Vec<(&'static str, String)> {
        match self {
            DrawingError::Empty => vec![],
            DrawingError::Coordinate { stroke, point } => {
                vec![("stroke", stroke.to_string()), ("point", point.to_string())]
            }
            DrawingError::Size {
                width,
                height,
                bytes,
            } => vec![
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("bytes", bytes.to_string()),
            ],
        }
    }
}

impl fmt::Display for DrawingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DrawingError::Empty => {
                write!(f, "The drawing is empty. Draw a digit first.")
            }
            DrawingError::Coordinate { stroke, point } => write!(
                f,
                "Point {point} of stroke {stroke} (both counted from 0) is not a finite number. \
                 Pass every point as two finite numbers, x and y."
            ),
            DrawingError::Size {
                width,
                height,
                bytes,
            } => write!(
                f,
                "An image of {width}x{height} pixels cannot have {bytes} bytes. Pass width, height \
                 and 4 bytes (red, green, blue, alpha) for each pixel, of at least one pixel."
            ),
        }
    }
}

impl std::error::Error for DrawingError {}

/// A drawing given as strokes, each a list of `[x, y]` in any one scale with y down, as an
/// MNIST-like digit: `[28, 28]` row-major, 0 background, 255 ink. The pen is always as wide as
/// MNIST's, whatever the scale; a drawing without extent is a dot of that width.
pub fn from_strokes(strokes: &[Vec<[f32; 2]>]) -> Result<[u8; PIXELS], DrawingError> {
    draw(strokes, PEN)
}

/// A drawing given as an image, `width * height` RGBA pixels row-major, as an MNIST-like digit.
///
/// On a transparent ground all that is opaque is ink. Otherwise the ground is the luminance that
/// most of the border has, and ink is what departs from it to the side that departs further: dark
/// on light and light on dark are read alike, in full contrast.
pub fn from_image(
    width: usize,
    height: usize,
    rgba: &[u8],
) -> Result<[u8; PIXELS], DrawingError> {
    let bytes = width.checked_mul(height).and_then(|n| n.checked_mul(4));
    if rgba.is_empty() || bytes != Some(rgba.len()) {
        return Err(DrawingError::Size {
            width,
            height,
            bytes: rgba.len(),
        });
    }
    let ink = Ink::of_image(width, rgba);
    let darkest = ink.values.iter().copied().fold(0.0, f32::max);
    if darkest < LEAST_CONTRAST {
        return Err(DrawingError::Empty);
    }
    let (across, down) = ink.extent(FAINTEST * darkest).ok_or(DrawingError::Empty)?;
    let mut fitted = ink.fit(across, down);
    // A pen thinner than a pixel of the result leaves only grey.
    let peak = fitted.iter().copied().fold(0.0, f32::max);
    for value in &mut fitted {
        *value /= peak;
    }
    Ok(centred(&fitted))
}

/// Strokes drawn with a pen of `pen` pixels (of the result) and round ends. The box of 20 pixels
/// includes the pen's width.
pub(super) fn draw(strokes: &[Vec<[f32; 2]>], pen: f32) -> Result<[u8; PIXELS], DrawingError> {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for (stroke, points) in strokes.iter().enumerate() {
        for (point, at) in points.iter().enumerate() {
            for axis in 0..2 {
                if !at[axis].is_finite() {
                    return Err(DrawingError::Coordinate { stroke, point });
                }
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
        }
    }
    if low[0] > high[0] {
        return Err(DrawingError::Empty);
    }
    // f64: the extent of finite f32 coordinates may itself be beyond f32, or next to nothing.
    let extent = [0, 1].map(|axis| f64::from(high[axis]) - f64::from(low[axis]));
    let longest = extent[0].max(extent[1]);
    let scale = if longest > 0.0 {
        f64::from(BOX as f32 - pen) / longest
    } else {
        0.0
    };
    let [width, height] = extent.map(|side| (side * scale) as f32 + pen);
    let place = |at: [f32; 2]| {
        [0, 1].map(|axis| {
            let from_low = f64::from(at[axis]) - f64::from(low[axis]);
            ((from_low * scale) as f32 + pen / 2.0) * FINE as f32
        })
    };
    let mut ink = Ink::blank(BOX * FINE, BOX * FINE);
    let radius = pen / 2.0 * FINE as f32;
    for points in strokes {
        if let [dot] = points[..] {
            ink.line(place(dot), place(dot), radius);
        }
        for ends in points.windows(2) {
            ink.line(place(ends[0]), place(ends[1]), radius);
        }
    }
    let [across, down] = [width, height].map(|side| 0.0..side * FINE as f32);
    Ok(centred(&ink.fit(across, down)))
}

/// An inked box, scaled: `[20, 20]` row-major, its longest side filled.
type Fitted = [f32; BOX * BOX];

/// How much ink lies where: `[height, width]` row-major, from 0 to 1.
struct Ink {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Ink {
    fn blank(width: usize, height: usize) -> Self {
        Ink {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    /// [`from_image`] says what counts as ink.
    fn of_image(width: usize, rgba: &[u8]) -> Self {
        let (pixels, _) = rgba.as_chunks::<4>();
        let height = pixels.len() / width;
        let border = |index: &usize| {
            let (row, column) = (index / width, index % width);
            row == 0 || row == height - 1 || column == 0 || column == width - 1
        };
        let ground = |value: &dyn Fn(&[u8; 4]) -> f32| {
            let mut values: Vec<f32> = (0..pixels.len())
                .filter(border)
                .map(|index| value(&pixels[index]))
                .collect();
            values.sort_by(f32::total_cmp);
            values[values.len() / 2]
        };
        let mut values: Vec<f32> = if ground(&opacity) < 0.5 {
            pixels.iter().map(opacity).collect()
        } else {
            let ground = ground(&luminance);
            pixels
                .iter()
                .map(|pixel| (luminance(pixel) - ground) * opacity(pixel))
                .collect()
        };
        let lightest = values.iter().copied().fold(0.0, f32::max);
        let darkest = values.iter().copied().fold(0.0, f32::min);
        let side = if lightest >= -darkest { 1.0 } else { -1.0 };
        for value in &mut values {
            *value = (*value * side).max(0.0);
        }
        Ink {
            width,
            height,
            values,
        }
    }

    /// Inks all that lies within `radius` of the line between two points, in pixels from the upper
    /// left corner. The edge is one pixel soft.
    fn line(&mut self, from: [f32; 2], to: [f32; 2], radius: f32) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let square = along[0] * along[0] + along[1] * along[1];
        let reach = radius + 0.5;
        let pixels = |axis: usize, limit: usize| {
            let low = from[axis].min(to[axis]) - reach;
            let high = from[axis].max(to[axis]) + reach;
            low.max(0.0) as usize..(high.max(0.0).ceil() as usize).min(limit)
        };
        for row in pixels(1, self.height) {
            let y = row as f32 + 0.5 - from[1];
            for column in pixels(0, self.width) {
                let x = column as f32 + 0.5 - from[0];
                let foot = if square > 0.0 {
                    ((x * along[0] + y * along[1]) / square).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let away = [x - foot * along[0], y - foot * along[1]];
                let distance = (away[0] * away[0] + away[1] * away[1]).sqrt();
                let value = &mut self.values[row * self.width + column];
                *value = value.max((reach - distance).clamp(0.0, 1.0));
            }
        }
    }

    /// The smallest box around all ink of at least `faintest`, as columns and rows.
    fn extent(&self, faintest: f32) -> Option<(Range<f32>, Range<f32>)> {
        let (mut across, mut down) = (usize::MAX..0, usize::MAX..0);
        for (index, &value) in self.values.iter().enumerate() {
            if value >= faintest {
                let (row, column) = (index / self.width, index % self.width);
                across = across.start.min(column)..across.end.max(column + 1);
                down = down.start.min(row)..down.end.max(row + 1);
            }
        }
        let float = |range: Range<usize>| range.start as f32..range.end as f32;
        (!across.is_empty()).then(|| (float(across), float(down)))
    }

    /// Scales a box of this ink so that its longest side is 20 pixels. Every pixel is the mean of
    /// the ink it covers.
    fn fit(&self, across: Range<f32>, down: Range<f32>) -> Fitted {
        let longest = (across.end - across.start).max(down.end - down.start);
        let step = longest / BOX as f32;
        let mut fitted = [0.0; BOX * BOX];
        for (i, row) in fitted.chunks_exact_mut(BOX).enumerate() {
            for (source_row, height) in covered(&down, step, i, self.height) {
                let source = &self.values[source_row * self.width..][..self.width];
                for (j, pixel) in row.iter_mut().enumerate() {
                    for (source_column, width) in covered(&across, step, j, self.width) {
                        *pixel += source[source_column] * (height * width);
                    }
                }
            }
        }
        fitted
    }
}

/// The source pixels of one axis that pixel `index` of a box scaled by `step` covers, and which
/// part of it each of them fills.
fn covered(
    range: &Range<f32>,
    step: f32,
    index: usize,
    limit: usize,
) -> impl Iterator<Item = (usize, f32)> {
    let low = range.start + index as f32 * step;
    let high = (low + step).min(range.end);
    (low as usize..(high.ceil() as usize).min(limit)).map(move |pixel| {
        let part = high.min(pixel as f32 + 1.0) - low.max(pixel as f32);
        (pixel, part.max(0.0) / step)
    })
}

/// Rec. 601, 0 for black to 1 for white.
fn luminance(&[red, green, blue, _]: &[u8; 4]) -> f32 {
    (0.299 * red as f32 + 0.587 * green as f32 + 0.114 * blue as f32) / 255.0
}

fn opacity(pixel: &[u8; 4]) -> f32 {
    pixel[3] as f32 / 255.0
}

/// Sets a box into the digit's square by whole pixels, never over its edge.
fn centred(fitted: &Fitted) -> [u8; PIXELS] {
    let (mut mass, mut moment) = (0.0, [0.0; 2]);
    for (index, &ink) in fitted.iter().enumerate() {
        mass += ink;
        moment[0] += ink * (index / BOX) as f32;
        moment[1] += ink * (index % BOX) as f32;
    }
    let [top, left] = moment.map(|moment| {
        let shift = (CENTRE - moment / mass).round();
        shift.clamp(0.0, (SIDE - BOX) as f32) as usize
    });
    let mut pixels = [0; PIXELS];
    for (row, inks) in fitted.chunks_exact(BOX).enumerate() {
        for (column, &ink) in inks.iter().enumerate() {
            pixels[(top + row) * SIDE + left + column] = (ink.min(1.0) * 255.0).round() as u8;
        }
    }
    pixels
}
