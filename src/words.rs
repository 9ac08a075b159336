//! Everything that mails and pages say to people, in the languages that they read.
//!
//! A language is one file in `locales/`, named by its tag, in the format of Project Fluent: add the file, and people can
//! choose it. English is the one that is whole; where another one lacks a text the English one is said, and a test names
//! what is lacking.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use include_dir::{Dir, include_dir};
use unic_langid::LanguageIdentifier;

mod bidi;
mod facts;
mod forms;
mod problems;
mod times;

pub use facts::facts;
pub use times::{zone_of, zoned};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/locales");

/// The tag of the language that has every text.
const WHOLE: &str = "en";

static LOCALES: LazyLock<Vec<Locale>> = LazyLock::new(|| {
    let mut locales: Vec<Locale> =
        FILES.files().filter_map(|file| Locale::read(file.path(), file.contents())).collect();
    locales.sort_by_key(|locale| (locale.tag != WHOLE, locale.tag));
    locales
});

struct Locale {
    tag: &'static str,
    id: LanguageIdentifier,
    texts: FluentBundle<FluentResource>,
}

/// A language that can be spoken here.
#[derive(Clone, Copy)]
pub struct Language(&'static Locale);

/// What is filled into a text: words, or a number that the text may go by.
pub type Filled<'a> = FluentValue<'a>;

impl Locale {
    /// None for what is no language, such as a note about the files.
    fn read(path: &'static std::path::Path, contents: &'static [u8]) -> Option<Locale> {
        let tag = path.to_str()?.strip_suffix(".ftl")?;
        let id: LanguageIdentifier =
            tag.parse().unwrap_or_else(|_| panic!("locales/{tag}.ftl is named by no language"));
        let text = std::str::from_utf8(contents).unwrap_or_else(|_| panic!("locales/{tag}.ftl is not UTF-8"));
        let resource = FluentResource::try_new(text.to_owned());
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("locales/{tag}.ftl cannot be read: {errors:?}"));
        let mut texts = FluentBundle::new_concurrent(vec![id.clone()]);
        // What needs it is set apart where it is filled in: see `bidi`.
        texts.set_use_isolating(false);
        texts.add_resource(resource).unwrap_or_else(|errors| panic!("locales/{tag}.ftl has a text twice: {errors:?}"));
        Some(Locale { tag, id, texts })
    }
}

impl Language {
    /// All that there are, English first.
    pub fn all() -> impl Iterator<Item = Language> {
        LOCALES.iter().map(Language)
    }

    /// The one that has every text.
    pub fn english() -> Language {
        Language(&LOCALES[0])
    }

    /// The one with this tag, such as `he`.
    pub fn tagged(tag: &str) -> Option<Language> {
        Language::all().find(|language| language.tag() == tag)
    }

    /// The one that somebody likes best of those there are, by their browser's `Accept-Language` (RFC 9110, 12.5.4).
    pub fn preferred(accept_language: &str) -> Language {
        let there_are: Vec<&LanguageIdentifier> = LOCALES.iter().map(|locale| &locale.id).collect();
        let best = negotiate_languages(&by_weight(accept_language), &there_are, None, NegotiationStrategy::Filtering);
        best.first().and_then(|id| Language::all().find(|one| one.0.id == ***id)).unwrap_or_else(Language::english)
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// What it calls itself.
    pub fn name(self) -> String {
        self.say("language-name", &[])
    }

    /// `ltr` or `rtl`.
    pub fn direction(self) -> &'static str {
        if self.is_rtl() { "rtl" } else { "ltr" }
    }

    fn is_rtl(self) -> bool {
        self.say("language-direction", &[]) == "rtl"
    }

    /// The text under a key, filled in.
    ///
    /// # Panics
    /// If English has no such text, or something of it is not filled in: a bug, which the tests find.
    pub fn say(self, key: &str, filled: &[(&str, Filled<'_>)]) -> String {
        let texts = if self.has(key) { &self.0.texts } else { &Language::english().0.texts };
        let message = texts.get_message(key).and_then(|message| message.value());
        let pattern = message.unwrap_or_else(|| panic!("there is no text {key}"));
        let mut arguments = FluentArgs::with_capacity(filled.len());
        let is_rtl = key != "language-direction" && self.is_rtl();
        for (name, value) in filled {
            arguments.set(*name, bidi::set_apart(value, is_rtl));
        }
        let mut errors = Vec::new();
        let said = texts.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        assert!(errors.is_empty(), "{key} cannot be said: {errors:?}");
        said
    }

    /// Whether it has a text of its own under a key.
    pub fn has(self, key: &str) -> bool {
        self.0.texts.has_message(key)
    }
}

/// The languages of an `Accept-Language`, the best liked first. What is no language is left out.
fn by_weight(accept_language: &str) -> Vec<LanguageIdentifier> {
    let weighted = |item: &str| {
        let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
        Some((tag.trim().parse::<LanguageIdentifier>().ok()?, weight?))
    };
    let mut wanted: Vec<(LanguageIdentifier, f32)> = accept_language.split(',').filter_map(weighted).collect();
    wanted.retain(|(_, weight)| *weight > 0.0);
    wanted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wanted.into_iter().map(|(language, _)| language).collect()
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Language) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Language {}

#[cfg(test)]
mod tests;
