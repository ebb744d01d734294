//! Inputs that are nearly valid, for the fuzzers: bytes that only random numbers made are refused by the
//! first check, and find nothing behind it.

use rand::Rng;
use rand_pcg::Pcg32;
use std::collections::HashMap;

/// Numbers at which programs go wrong, as text: JSON has them, and integers and floats are made of them.
const NUMBERS: [&str; 21] = [
    "0",
    "1",
    "-1",
    "2",
    "7",
    "64",
    "127",
    "128",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740992",
    "18446744073709551615",
    "1e308",
    "1e-320",
    "NaN",
];

/// Four bytes of floats at which networks go wrong.
const FLOATS: [f32; 8] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN_POSITIVE,
    -0.0,
    -1.0,
    1e20,
];

/// A number below `limit`.
pub fn below(rng: &mut Pcg32, limit: usize) -> usize {
    (rng.next_u32() as usize) % limit.max(1)
}

/// One of these.
pub fn one_of<'a, T>(rng: &mut Pcg32, all: &'a [T]) -> &'a T {
    &all[below(rng, all.len())]
}

/// Changes `bytes` in one to eight places, fewer being likelier; `words` are put in here and there.
pub fn mutate(rng: &mut Pcg32, bytes: &mut Vec<u8>, words: &[&str]) {
    let changes = 1 + rng.next_u32().trailing_zeros().min(7);
    for _ in 0..changes {
        change(rng, bytes, words);
    }
}

fn change(rng: &mut Pcg32, bytes: &mut Vec<u8>, words: &[&str]) {
    let at = below(rng, bytes.len() + 1);
    let end = (at + 1 + below(rng, 40)).min(bytes.len());
    match rng.next_u32() % 10 {
        0 => overwrite(bytes, at, &[rng.next_u32() as u8]),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (rng.next_u32() % 8);
            }
        }
        2 => {
            bytes.drain(at..end);
        }
        3 => {
            let again = bytes[at..end].to_vec();
            let to = below(rng, bytes.len() + 1);
            bytes.splice(to..to, again);
        }
        4 => bytes.truncate(at),
        5 => overwrite(bytes, at, &one_of(rng, &FLOATS).to_le_bytes()),
        6 => {
            let number: f64 = one_of(rng, &NUMBERS).parse().expect("a number");
            let number = number as i64;
            let width = 1 << (rng.next_u32() % 4);
            match rng.next_u32().is_multiple_of(2) {
                true => overwrite(bytes, at, &number.to_le_bytes()[..width]),
                false => overwrite(bytes, at, &number.to_be_bytes()[8 - width..]),
            }
        }
        7 if !words.is_empty() => {
            let word = one_of(rng, words).bytes();
            bytes.splice(at..at, word);
        }
        _ => write_number(rng, bytes, at),
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (byte, with) in bytes.iter_mut().skip(at).zip(with) {
        *byte = *with;
    }
}

/// Writes another number in place of the first one that is written in digits after `at`.
fn write_number(rng: &mut Pcg32, bytes: &mut Vec<u8>, at: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = bytes[at..].iter().position(digit).map(|k| at + k) else {
        return;
    };
    let length = bytes[start..].iter().take_while(|byte| digit(byte)).count();
    let number = one_of(rng, &NUMBERS).bytes();
    bytes.splice(start..start + length, number);
}

/// Inputs to begin from: the valid ones, and one for everything that was ever said of an input. So the
/// fuzzer gets behind one check after the other.
pub struct Corpus<T> {
    valid: Vec<T>,
    found: Vec<T>,
    /// How often each was said.
    pub said: HashMap<String, usize>,
}

impl<T: Clone> Corpus<T> {
    pub fn new(valid: Vec<T>) -> Self {
        let (found, said) = (Vec::new(), HashMap::new());
        Corpus { valid, found, said }
    }

    pub fn pick(&self, rng: &mut Pcg32) -> T {
        match self.found.is_empty() || rng.next_u32().is_multiple_of(2) {
            true => one_of(rng, &self.valid).clone(),
            false => one_of(rng, &self.found).clone(),
        }
    }

    /// Notes what was said of `input`; messages that differ in names and numbers alone are one.
    pub fn note(&mut self, code: &str, message: &str, input: T) {
        let words = message.split_whitespace();
        let plain = words.filter(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        let said = format!("{code}: {}", plain.take(12).collect::<Vec<_>>().join(" "));
        let count = self.said.entry(said).or_default();
        *count += 1;
        if *count == 1 {
            self.found.push(input);
        }
    }
}
