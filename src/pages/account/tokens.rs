//! Tokens for programs: a part of the page of one's account.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::settings::Attempt;
use crate::pages::answers::Time;
use crate::pages::api::new_key;
use crate::pages::console::typed::Typed;
use crate::pages::parts::{Field, Needed, Tone, chip, day_in, notice, once};
use crate::pages::visitor::Visitor;

/// What a token may be used for: the word of the API, and what that means.
const SCOPES: [(&str, &str); 6] = [
    ("read", "account-scope-read"),
    ("respond", "account-scope-respond"),
    ("registrations", "account-scope-registrations"),
    ("events", "account-scope-events"),
    ("check_in", "account-scope-check_in"),
    ("people", "account-scope-people"),
];
/// How long a token lasts if nothing else is chosen, and at most.
const DAYS: i64 = 90;
const DAYS_MAX: i64 = 365;

/// A token as its holder sees it.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    expires_at: Option<Time>,
    ended: bool,
}

/// A token that was just made.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    token: String,
}

/// What the API is asked. A day means its end; the same form means the same time, so that a repeat is one.
pub(super) fn request(typed: &Typed) -> Value {
    let day = typed.get("expires").trim();
    let end = day.parse::<Date>().ok().and_then(|day| day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC).ok());
    let expires_at = match end {
        Some(end) => json!(end.timestamp().to_string()),
        None if day.is_empty() => Value::Null,
        None => json!(day),
    };
    let mut request = json!({"name": typed.get("token_name"), "scopes": typed.all("scopes").collect::<Vec<_>>()});
    if !expires_at.is_null() {
        request["expires_at"] = expires_at;
    }
    request
}

/// The part of the page.
pub(super) fn section(visitor: &Visitor, tokens: &[Token], attempt: &Attempt) -> Markup {
    let (ended, valid): (Vec<&Token>, Vec<&Token>) = tokens.iter().partition(|token| token.ended);
    html! {
        section #tokens {
            h2 { (visitor.text("account-tokens")) }
            p.hint { (visitor.text("account-tokens-hint")) }
            @if let Some(Made { token }) = &attempt.made {
                (notice(Tone::Good, &html! { p { (visitor.text("shown-once")) } (once(&visitor.text("account-token"), token)) }))
            }
            @for token in valid { div.card { (token.show(visitor)) } }
            (make(visitor, attempt))
            @if !ended.is_empty() {
                details {
                    summary { (visitor.text("account-tokens-ended")) }
                    @for token in ended { div.card { (token.show(visitor)) } }
                }
            }
        }
    }
}

impl Token {
    fn show(&self, visitor: &Visitor) -> Markup {
        let means = |word: &String| SCOPES.iter().find(|(known, _)| known == word).map(|(_, key)| visitor.text(key));
        html! {
            h3 { bdi { (self.name) } }
            ul.quiet { @for scope in self.scopes.iter().filter_map(means) { li { (scope) } } }
            @if self.ended {
                (chip(Tone::Plain, &visitor.text("account-token-ended")))
            } @else {
                @if let Some(at) = self.expires_at {
                    p.quiet { (visitor.say("account-token-until", &[("until", visitor.time(at.0, "UTC").into())])) }
                }
                form method="post" action={ (visitor.to("/account")) "#tokens" } {
                    input type="hidden" name="token" value=(self.id);
                    button.danger type="submit" name="do" value="revoke" { (visitor.text("account-token-revoke")) }
                }
            }
        }
    }
}

fn make(visitor: &Visitor, attempt: &Attempt) -> Markup {
    let is_again = attempt.is_about("token");
    let typed = |name| if is_again { attempt.typed.get(name) } else { "" };
    let wrong = |name| if is_again { attempt.wrong(visitor, name) } else { None };
    let chosen: Vec<&str> = if is_again { attempt.typed.all("scopes").collect() } else { Vec::new() };
    let unnamed = wrong("name").map(|_| visitor.text("account-token-name-wrong"));
    let name = Field::new("token_name", visitor.text("account-token-name"), typed("token_name"));
    let name = name.needed(Needed::Yes).hint(visitor.text("account-token-name-hint")).problem(unnamed);
    let usual = day_in(DAYS);
    let expires = if is_again { typed("expires") } else { &usual };
    let over = wrong("expires_at").map(|_| visitor.text("account-token-expires-wrong"));
    let until = Field::new("expires", visitor.text("account-token-expires"), expires);
    let until = until.day(day_in(DAYS_MAX)).needed(Needed::Yes).problem(over);
    html! {
        details open[is_again] {
            summary { (visitor.text("account-token-make")) }
            form method="post" action={ (visitor.to("/account")) "#tokens" } {
                input type="hidden" name="key" value=(new_key());
                (name.show(visitor))
                fieldset {
                    legend { (visitor.text("account-token-scopes")) }
                    @if wrong("scopes").is_some() { p.problem { (visitor.text("account-token-scopes-none")) } }
                    @for (word, key) in SCOPES {
                        label.tick {
                            input type="checkbox" name="scopes" value=(word) checked[chosen.contains(&word)];
                            span { (visitor.text(key)) }
                        }
                    }
                }
                (until.show(visitor))
                button type="submit" name="do" value="token" { (visitor.text("account-token-make")) }
            }
        }
    }
}
