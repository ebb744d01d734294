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
const PEN: f32 = 2.2;

/// Strokes are drawn this much larger and then averaged down.
const FINE: usize = 4;

/// An image's inked box reaches to the outermost pixels with at least this part of the darkest ink.
const FAINTEST: f32 = 0.04;

/// Less contrast than this, of 1 between black and white, is no drawing.
const LEAST_CONTRAST: f32 = 0.05;

/// Why something is no drawing. Displays as a message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
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
/// MNIST's, whatever the scale. All that a dot has is its pen, which becomes 20 pixels wide.
pub fn from_strokes(strokes: &[Vec<[f32; 2]>]) -> Result<[u8; PIXELS], DrawingError> {
    draw(strokes, PEN)
}

/// A drawing given as an image, `width * height` RGBA pixels row-major, as an MNIST-like digit.
///
/// On a transparent ground all that is opaque is ink. Otherwise the ground is the luminance that
/// most of the border has, and ink is what departs from it to the side that departs further: dark
/// on light and light on dark are read alike, in full contrast.
pub fn from_image(width: usize, height: usize, rgba: &[u8]) -> Result<[u8; PIXELS], DrawingError> {
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
    let (pen, scale) = if longest > 0.0 {
        (pen, f64::from(BOX as f32 - pen) / longest)
    } else {
        (BOX as f32, 0.0)
    };
    let [width, height] = extent.map(|side| (side * scale) as f32 + pen);
    let place = |at: [f32; 2]| {
        [0, 1].map(|axis| {
            let from_low = f64::from(at[axis]) - f64::from(low[axis]);
            ((from_low * scale) as f32 + pen / 2.0) * FINE as f32
        })
    };
    let mut pen = Pen::new(BOX * FINE, BOX * FINE, pen / 2.0 * FINE as f32);
    for points in strokes {
        if let [dot] = points[..] {
            pen.line(place(dot), place(dot));
        }
        for ends in points.windows(2) {
            pen.line(place(ends[0]), place(ends[1]));
        }
    }
    let ink = pen.ink();
    let [across, down] = [width, height].map(|side| 0.0..side * FINE as f32);
    Ok(centred(&ink.fit(across, down)))
}

/// An inked box, scaled: `[20, 20]` row-major, its longest side filled.
type Fitted = [f32; BOX * BOX];

/// How near a pen came to each pixel: `[height, width]` row-major, the square of the distance, in pixels.
struct Pen {
    width: usize,
    height: usize,
    squares: Vec<f32>,
    /// From the middle of the pen to where there is no ink any more: its edge is one pixel soft.
    reach: f32,
}

impl Pen {
    fn new(width: usize, height: usize, radius: f32) -> Self {
        Pen {
            width,
            height,
            squares: vec![f32::INFINITY; width * height],
            reach: radius + 0.5,
        }
    }

    /// Follows the line between two points, in pixels from the upper left corner.
    fn line(&mut self, from: [f32; 2], to: [f32; 2]) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let square = along[0] * along[0] + along[1] * along[1];
        // Finite also for a dot, whose foot is its beginning.
        let scale = 1.0 / square.max(f32::MIN_POSITIVE);
        let pixels = |axis: usize, limit: usize| {
            let low = from[axis].min(to[axis]) - self.reach;
            let high = from[axis].max(to[axis]) + self.reach;
            (low.max(0.0) as usize).min(limit)..(high.max(0.0).ceil() as usize).min(limit)
        };
        let (rows, columns) = (pixels(1, self.height), pixels(0, self.width));
        // As processors turn them into numbers four at a time.
        let first = columns.start as i32;
        for row in rows {
            let y = row as f32 + 0.5 - from[1];
            let squares = &mut self.squares[row * self.width..][columns.clone()];
            for (column, least) in (first..).zip(squares) {
                let x = column as f32 + 0.5 - from[0];
                let foot = ((x * along[0] + y * along[1]) * scale).clamp(0.0, 1.0);
                let away = [x - foot * along[0], y - foot * along[1]];
                let square = away[0] * away[0] + away[1] * away[1];
                *least = if square < *least { square } else { *least };
            }
        }
    }

    /// The ink that it left.
    fn ink(self) -> Ink {
        let mut values = self.squares;
        for value in &mut values {
            *value = (self.reach - value.sqrt()).clamp(0.0, 1.0);
        }
        Ink {
            width: self.width,
            height: self.height,
            values,
        }
    }
}

/// How much ink lies where: `[height, width]` row-major, from 0 to 1.
struct Ink {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Ink {
    /// [`from_image`] says what counts as ink.
    fn of_image(width: usize, rgba: &[u8]) -> Self {
        let (pixels, _) = rgba.as_chunks::<4>();
        let height = pixels.len() / width;
        let on_border = |index: &usize| {
            let (row, column) = (index / width, index % width);
            row == 0 || row == height - 1 || column == 0 || column == width - 1
        };
        let ground_of = |value: &dyn Fn(&[u8; 4]) -> f32| {
            let mut values: Vec<f32> = (0..pixels.len())
                .filter(on_border)
                .map(|index| value(&pixels[index]))
                .collect();
            values.sort_by(f32::total_cmp);
            values[values.len() / 2]
        };
        let mut values: Vec<f32> = if ground_of(&opacity) < 0.5 {
            pixels.iter().map(opacity).collect()
        } else {
            let ground = ground_of(&luminance);
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

    /// The smallest box around all ink of at least `faintest`, as columns and rows.
    fn extent(&self, faintest: f32) -> Option<(Range<f32>, Range<f32>)> {
        let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
        for (index, &value) in self.values.iter().enumerate() {
            if value >= faintest {
                let at = [index % self.width, index / self.width];
                for axis in 0..2 {
                    low[axis] = low[axis].min(at[axis]);
                    high[axis] = high[axis].max(at[axis] + 1);
                }
            }
        }
        let range = |axis: usize| low[axis] as f32..high[axis] as f32;
        (low[0] < high[0]).then(|| (range(0), range(1)))
    }

    /// Scales a box of this ink so that its longest side is 20 pixels. Every pixel is the mean of
    /// the ink it covers.
    fn fit(&self, across: Range<f32>, down: Range<f32>) -> Fitted {
        let longest = (across.end - across.start).max(down.end - down.start);
        let step = longest / BOX as f32;
        let columns: Vec<Vec<(usize, f32)>> = (0..BOX)
            .map(|column| covered(&across, step, column, self.width).collect())
            .collect();
        let mut fitted = [0.0; BOX * BOX];
        let mut line = vec![0.0; self.width];
        for (row, pixels) in fitted.chunks_exact_mut(BOX).enumerate() {
            line.fill(0.0);
            for (source, part) in covered(&down, step, row, self.height) {
                let values = &self.values[source * self.width..][..self.width];
                for (sum, value) in line.iter_mut().zip(values) {
                    *sum += value * part;
                }
            }
            for (pixel, sources) in pixels.iter_mut().zip(&columns) {
                *pixel = (sources.iter())
                    .map(|&(source, part)| line[source] * part)
                    .sum();
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
    let (mut mass, mut moment, mut last) = (0.0, [0.0; 2], [0; 2]);
    for (index, &ink) in fitted.iter().enumerate() {
        if ink > 0.0 {
            let place = [index / BOX, index % BOX];
            mass += ink;
            for axis in 0..2 {
                moment[axis] += ink * place[axis] as f32;
                last[axis] = last[axis].max(place[axis]);
            }
        }
    }
    let [top, left] = [0, 1].map(|axis| {
        let shift = (CENTRE - moment[axis] / mass).round();
        (shift.max(0.0) as usize).min(SIDE - 1 - last[axis])
    });
    let mut pixels = [0; PIXELS];
    for (index, &ink) in fitted.iter().enumerate() {
        if ink > 0.0 {
            let at = (top + index / BOX) * SIDE + left + index % BOX;
            pixels[at] = (ink.min(1.0) * 255.0).round() as u8;
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seven with a bar: wider strokes, corners, and no symmetry.
    fn seven() -> Vec<Vec<[f32; 2]>> {
        vec![
            vec![[10.0, 20.0], [70.0, 18.0], [45.0, 70.0], [35.0, 120.0]],
            vec![[25.0, 75.0], [65.0, 70.0]],
        ]
    }

    fn moved(strokes: &[Vec<[f32; 2]>], scale: f32, by: [f32; 2]) -> Vec<Vec<[f32; 2]>> {
        strokes
            .iter()
            .map(|points| {
                (points.iter())
                    .map(|at| [at[0] * scale + by[0], at[1] * scale + by[1]])
                    .collect()
            })
            .collect()
    }

    /// Left, top, right and bottom of the ink.
    fn edges(pixels: &[u8; PIXELS]) -> [usize; 4] {
        let inked = || (0..PIXELS).filter(|&index| pixels[index] > 0);
        [
            inked().map(|index| index % SIDE).min().unwrap(),
            inked().map(|index| index / SIDE).min().unwrap(),
            inked().map(|index| index % SIDE).max().unwrap(),
            inked().map(|index| index / SIDE).max().unwrap(),
        ]
    }

    /// Column and row.
    fn centre(pixels: &[u8; PIXELS]) -> [f32; 2] {
        let (mut mass, mut moment) = (0.0, [0.0; 2]);
        for (index, &pixel) in pixels.iter().enumerate() {
            mass += f32::from(pixel);
            moment[0] += f32::from(pixel) * (index % SIDE) as f32;
            moment[1] += f32::from(pixel) * (index / SIDE) as f32;
        }
        moment.map(|moment| moment / mass)
    }

    fn assert_normalised(pixels: &[u8; PIXELS]) {
        let [left, top, right, bottom] = edges(pixels);
        assert_eq!((right - left).max(bottom - top) + 1, 20);
        for centre in centre(pixels) {
            assert!((centre - 14.0).abs() <= 0.51, "{centre}");
        }
    }

    fn most_different(a: &[u8], b: &[u8]) -> u8 {
        a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    /// The strokes on a canvas, as a page would draw them.
    fn canvas(side: usize, pen: f32, paper: [u8; 4], ink: [u8; 4]) -> Vec<u8> {
        let mut drawing = Pen::new(side, side, pen / 2.0);
        for points in seven() {
            for ends in points.windows(2) {
                drawing.line(ends[0], ends[1]);
            }
        }
        let mix = |value: f32| {
            [0, 1, 2, 3].map(|channel| {
                let (from, to) = (f32::from(paper[channel]), f32::from(ink[channel]));
                (from + (to - from) * value).round() as u8
            })
        };
        drawing
            .ink()
            .values
            .iter()
            .flat_map(|&value| mix(value))
            .collect()
    }

    #[test]
    fn strokes_are_20_pixels_long_and_centred_by_mass() {
        let pixels = from_strokes(&seven()).unwrap();
        assert_normalised(&pixels);
        assert!(pixels.contains(&255) && pixels.contains(&0));
        let flat = from_strokes(&[vec![[0.0, 0.0], [50.0, 3.0]]]).unwrap();
        assert_normalised(&flat);
        let upright = from_strokes(&[vec![[0.0, 0.0], [0.0, 9.0]]]).unwrap();
        assert_normalised(&upright);
        let [left, _, right, _] = edges(&upright);
        assert_eq!(right - left + 1, PEN.ceil() as usize);
    }

    #[test]
    fn scale_and_place_do_not_matter() {
        let pixels = from_strokes(&seven()).unwrap();
        for (scale, by) in [
            (0.001, [0.0, 0.0]),
            (1.0, [-500.0, 300.0]),
            (1e30, [0.0, 1e31]),
        ] {
            let other = from_strokes(&moved(&seven(), scale, by)).unwrap();
            assert!(most_different(&pixels, &other) <= 2, "{scale}");
        }
    }

    /// A mass far off the middle cannot push ink over the edge.
    #[test]
    fn a_lopsided_drawing_stays_inside() {
        let mut scribble = vec![vec![[100.0, 100.0]]];
        scribble.extend((0..40).map(|y| vec![[0.0, y as f32], [40.0, y as f32]]));
        let pixels = from_strokes(&scribble).unwrap();
        let [left, top, right, bottom] = edges(&pixels);
        assert_eq!((right - left + 1, bottom - top + 1), (20, 20));
        assert_eq!((right, bottom), (27, 27));
    }

    #[test]
    fn a_dot_is_a_disc() {
        for dot in [vec![[5.0, 5.0]], vec![[5.0, 5.0]; 3]] {
            let pixels = from_strokes(&[dot]).unwrap();
            assert_normalised(&pixels);
            let area: f32 = pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).sum();
            assert!((area - 314.2).abs() < 2.0, "{area} pixels");
        }
    }

    #[test]
    fn no_drawing_is_an_error() {
        for strokes in [vec![], vec![vec![], vec![]]] {
            assert_eq!(from_strokes(&strokes), Err(DrawingError::Empty));
        }
        for paper in [[0; 4], [255; 4], [90, 90, 90, 255], [255, 255, 255, 0]] {
            let blank = canvas(40, 4.0, paper, paper);
            assert_eq!(from_image(40, 40, &blank), Err(DrawingError::Empty));
        }
    }

    #[test]
    fn what_is_no_number_or_no_size_is_an_error_that_says_where() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut strokes = seven();
            strokes[1][0][1] = bad;
            let error = from_strokes(&strokes).unwrap_err();
            assert_eq!(
                error,
                DrawingError::Coordinate {
                    stroke: 1,
                    point: 0
                }
            );
            assert!(error.to_string().starts_with("Point 0 of stroke 1 "));
        }
        for (width, height, bytes) in [(0, 0, 0), (3, 3, 35), (3, 3, 37), (usize::MAX, 8, 32)] {
            let error = from_image(width, height, &vec![0; bytes]).unwrap_err();
            assert_eq!(error.code(), "drawing-size");
        }
    }

    #[test]
    fn an_image_reads_like_its_strokes_in_any_colours() {
        // As wide a pen as `from_strokes` takes for a drawing of this height.
        let pen = 102.0 * PEN / (20.0 - PEN);
        let strokes = from_strokes(&seven()).unwrap();
        for (paper, ink) in [
            ([255, 255, 255, 255], [0, 0, 0, 255]),
            ([0, 0, 0, 255], [255, 255, 255, 255]),
            ([0, 0, 0, 0], [0, 0, 0, 255]),
            ([255, 255, 255, 0], [255, 255, 255, 255]),
            ([250, 240, 200, 255], [60, 60, 160, 255]),
        ] {
            let image = canvas(140, pen, paper, ink);
            let pixels = from_image(140, 140, &image).unwrap();
            assert_normalised(&pixels);
            // The image's box is whole pixels, a little more than the strokes' own.
            let difference: u32 = (pixels.iter().zip(&strokes))
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
            let mass: u32 = strokes.iter().map(|&pixel| u32::from(pixel)).sum();
            assert!(difference * 12 < mass, "{difference} of {mass} for {ink:?}");
        }
    }

    /// A pixel's worth of pen on a large canvas still leaves ink to read.
    #[test]
    fn a_thin_pen_is_read_in_full_contrast() {
        let image = canvas(140, 1.0, [255; 4], [0, 0, 0, 255]);
        assert!(from_image(140, 140, &image).unwrap().contains(&255));
    }
}
