use std::collections::BTreeSet;

use headcount_core::ids::Millis;
use headcount_simulation::spoil::try_all;

use super::*;

#[test]
fn a_time_is_told_where_it_is_and_in_the_words_of_the_language() {
    let at = Millis(1_700_000_000_000);
    let english = Language::english();
    assert_eq!(english.time(at, "Asia/Jerusalem"), "Wednesday, 15 November 2023, 00:13 (Asia/Jerusalem)");
    assert_eq!(english.time(at, "no/where"), "Tuesday, 14 November 2023, 22:13 (UTC)");
    let hebrew = Language::tagged("he").unwrap();
    let told = hebrew.time(at, "UTC");
    assert!(told.contains("יום שלישי") && told.contains("14 בנובמבר 2023") && told.contains("22:13"), "{told}");
}

#[test]
fn two_times_are_told_apart_as_exactly_as_it_takes() {
    let at = Millis(1_700_000_000_007);
    let told = |later: i64| Language::english().clocks(at, Millis(at.0 + later), "UTC");
    assert_eq!(told(5), ["22:13:20.007", "22:13:20.012"]);
    assert_eq!(told(61_000), ["22:13:20", "22:14:21"]);
    let midnight = Millis(1_700_006_400_000);
    let over_midnight = Language::english().clocks(Millis(midnight.0 - 2_000), Millis(midnight.0 + 3_120), "UTC");
    assert_eq!(over_midnight, ["23:59:58.000", "00:00:03.120"]);
    assert_eq!(told(7_200_000), ["Tuesday, 14 November 2023, 22:13 (UTC)", "00:13:20"]);
}

#[test]
fn whoever_asks_for_a_language_gets_the_best_there_is() {
    for (asked, tag) in [
        ("he", "he"),
        ("he-IL,he;q=0.9,en;q=0.8", "he"),
        ("fr,he;q=0.2", "he"),
        ("en-GB", "en"),
        ("en;q=0.1, he;q=0.9", "he"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("not a language;;;q=x", "en"),
    ] {
        assert_eq!(Language::preferred(asked).tag(), tag, "{asked}");
    }
}

#[test]
fn names_of_the_other_direction_are_set_apart_and_cannot_turn_what_follows() {
    let english = Language::english();
    assert_eq!(english.say("hello", &[("name", "Ann".into())]), "Hello Ann,");
    assert_eq!(english.say("hello", &[("name", "דנה".into())]), "Hello \u{2068}דנה\u{2069},");
    assert_eq!(english.say("hello", &[("name", "\u{202e}Ann".into())]), "Hello \u{2068}Ann\u{2069},");
    let hebrew = Language::tagged("he").unwrap();
    assert!(hebrew.say("hello", &[("name", "Ann".into())]).contains("\u{2068}Ann\u{2069}"));
    assert!(!hebrew.say("hello", &[("name", "דנה".into())]).contains('\u{2068}'));
}

#[test]
fn what_is_filled_in_is_not_filled_in_again() {
    assert_eq!(Language::english().say("hello", &[("name", "{ $name } {".into())]), "Hello { $name } {,");
}

/// The texts of a language: each key with the names that are filled in.
fn texts(tag: &str) -> Vec<(String, BTreeSet<String>)> {
    let file = FILES.get_file(format!("{tag}.ftl")).unwrap();
    let mut texts: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in file.contents_utf8().unwrap().lines() {
        if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.starts_with(['#', ' '])) {
            texts.push((key.to_owned(), BTreeSet::new()));
        }
        if let Some((_, names)) = texts.last_mut() {
            let after = line.split('$').skip(1);
            names.extend(
                after.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()),
            );
        }
    }
    texts
}

#[test]
fn every_language_has_every_text_and_fills_in_the_same() {
    let whole = texts(WHOLE);
    assert!(whole.len() > 100);
    for language in Language::all() {
        let there: std::collections::BTreeMap<_, _> = texts(language.tag()).into_iter().collect();
        for (key, names) in &whole {
            let Some(has) = there.get(key) else { panic!("locales/{}.ftl lacks {key}", language.tag()) };
            // A language may say `one party` without its number.
            assert!(has.is_subset(names), "locales/{}.ftl fills {has:?} into {key}, not {names:?}", language.tag());
        }
        let unknown: Vec<_> = there.keys().filter(|key| whole.iter().all(|(known, _)| known != *key)).collect();
        assert!(unknown.is_empty(), "locales/{}.ftl says what nobody asks for: {unknown:?}", language.tag());
    }
}

#[test]
fn every_text_is_used() {
    let sources: String = sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let built = [
        "problem-",
        "status-",
        "link-",
        "manage-why-",
        "history-kind-",
        "history-of-",
        "console-done-",
        "console-ask-",
        "console-do-",
        "console-step-",
        "console-status-",
        "console-wrong-",
        "console-problem-",
        "console-person-",
    ];
    for (key, _) in texts(WHOLE) {
        let is_built = built.iter().any(|start| key.starts_with(start))
            || key.contains("-subject")
            || key.contains("-what")
            || key.ends_with("-link");
        assert!(is_built || sources.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
}

fn sources(folder: &std::path::Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { sources(&path) } else { std::fs::read_to_string(&path).unwrap_or_default() })
        .collect()
}

#[test]
fn whatever_a_browser_likes_it_is_written_to_in_a_language_that_there_is() {
    let liked = ["en-US,en;q=0.5", "de-DE;q=0.8,he,*;q=0.1", "zh-Hant-TW;q=1.000,x-klingon;q=nan", "en;q=1e9,de;q=-1"];
    try_all(&liked, |text| {
        let language = Language::preferred(text);
        assert_eq!(Language::tagged(language.tag()), Some(language));
    });
}
