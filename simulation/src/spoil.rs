//! Inputs that are nearly right: some that are known, spoiled as senders, networks and attackers spoil them. For trying
//! whatever reads what comes from outside, from a small corpus that stands beside the reader's tests.
//!
//! `HEADCOUNT_FUZZ_INPUTS=1000000` tries each reader with more of them, `HEADCOUNT_FUZZ_SEED=7` with others.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::random::Random;

/// How many inputs a reader is tried with. All readers together take some seconds.
const INPUTS_USUAL: u64 = 25_000;
/// Longest input, and most ways in which one input is spoiled.
const CHARS_MAX: usize = 4_000;
const SPOILED_MAX: u32 = 5;

/// What has broken readers: ends of lines and texts, marks that mean something, numbers at the edge, letters that are more or
/// less than one character.
const PIECES: [&str; 40] = [
    "",
    " ",
    "\0",
    "\t",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\"",
    "'",
    "`",
    "\\",
    "/",
    "..",
    ",",
    ";",
    ":",
    "=",
    "@",
    "#",
    "%00",
    "<",
    ">",
    "<script>",
    "&",
    "](",
    "![",
    "[",
    "]",
    "{",
    "}",
    "-",
    "0",
    "1e400",
    "-9223372036854775808",
    "18446744073709551616",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "ﷺ",
    "👩‍👧",
];

/// Makes inputs from a seed.
#[derive(Debug)]
pub struct Spoiler {
    random: Random,
}

impl Spoiler {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Spoiler {
        Spoiler { random: Random::new(seed) }
    }

    /// One of these texts, spoiled in some ways; now and then as it is.
    pub fn text(&mut self, corpus: &[&str]) -> String {
        let mut text: Vec<char> = self.random.pick(corpus).chars().collect();
        for _ in 0..self.random.below(SPOILED_MAX + 1) {
            self.spoil(&mut text, corpus);
            text.truncate(CHARS_MAX);
        }
        text.into_iter().collect()
    }

    fn spoil(&mut self, text: &mut Vec<char>, corpus: &[&str]) {
        let (from, to) = self.part(text);
        match self.random.below(8) {
            0 => drop(text.drain(from..to)),
            1 => text.truncate(from),
            2 => {
                let again: Vec<char> = text[from..to].repeat(1 << self.random.below(8));
                text.splice(from..from, again);
            }
            3 => {
                let other: Vec<char> = self.random.pick(corpus).chars().collect();
                let (first, last) = self.part(&other);
                text.splice(from..to, other[first..last].iter().copied());
            }
            4 => {
                let other = char::from_u32(self.random.below(0x11_0000)).unwrap_or('\u{fffd}');
                text.splice(from..to, [other]);
            }
            5 => text[from..to].reverse(),
            6 => text[from..to].iter_mut().for_each(|letter| *letter = swapped(*letter)),
            _ => {
                let piece = *self.random.pick(&PIECES);
                text.splice(from..from, piece.chars());
            }
        }
    }

    /// A part of a text, mostly a short one.
    fn part(&mut self, text: &[char]) -> (usize, usize) {
        let below = |random: &mut Random, end: usize| random.below(u32::try_from(end).expect("a short text")) as usize;
        let from = below(&mut self.random, text.len() + 1);
        let rest = text.len() - from;
        let length = if self.random.one_in(4) { rest } else { rest.min(8) };
        (from, from + below(&mut self.random, length + 1))
    }
}

/// The letter in the other case.
fn swapped(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

/// Tries a reader with each text as it stands and with many that are made of them.
///
/// # Panics
/// If the reader does. The input is printed before.
pub fn try_all(corpus: &[&str], mut reads: impl FnMut(&str)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("HEADCOUNT_FUZZ_SEED").unwrap_or(1);
    let inputs = number("HEADCOUNT_FUZZ_INPUTS").unwrap_or(INPUTS_USUAL);
    let mut spoiler = Spoiler::new(seed);
    let made = (0..inputs).map(|_| spoiler.text(corpus));
    for input in corpus.iter().map(|text| (*text).to_owned()).chain(made) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| reads(&input))) {
            eprintln!("seed {seed}: broken by {input:?}");
            resume_unwind(panic);
        }
    }
}
