//! A letter as a message: the same once as text and once as HTML, for those who read one of them. What comes from people is
//! escaped here, and nowhere else.

use std::time::{Duration, UNIX_EPOCH};

use headcount_core::ids::Millis;
use lettre::message::header::{ContentDisposition, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use uuid::Uuid;

use crate::calendar::Method;
use crate::html::escaped;
use crate::words::Language;

/// What is to be said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Letter {
    pub(super) language: Language,
    pub(super) subject: String,
    pub(super) parts: Vec<Part>,
    /// Where answers go; none: to whom it comes from.
    pub(super) reply_to: Option<Mailbox>,
    pub(super) attached: Option<Attached>,
}

/// An entry for the reader's calendar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Attached {
    pub(super) method: Method,
    pub(super) content: String,
}

/// A part of it, from top to bottom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// What is so: a name and a value a line.
    Facts(Vec<(String, String)>),
    /// Something to press.
    Link {
        /// What it does.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// What stands at the end, smaller.
    Small(String),
}

/// Who sends, to whom, and when.
pub(super) struct Envelope<'a> {
    pub(super) id: Uuid,
    pub(super) from: &'a Mailbox,
    pub(super) to: &'a Mailbox,
    pub(super) now: Millis,
}

impl Letter {
    /// The message, ready to be sent.
    ///
    /// # Errors
    /// If it cannot be put together, in words.
    pub(super) fn message(&self, envelope: &Envelope<'_>) -> Result<Vec<u8>, String> {
        let Envelope { id, from, to, now } = envelope;
        let sent_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let builder = match &self.reply_to {
            Some(address) => Message::builder().reply_to(address.clone()),
            None => Message::builder(),
        };
        let said = MultiPart::alternative_plain_html(self.text(), self.html());
        let body = match &self.attached {
            Some(attached) => MultiPart::mixed().multipart(said).singlepart(attached.part()?),
            None => said,
        };
        let message = builder
            .from((*from).clone())
            .to(Mailbox::new(to.name.as_deref().map(one_line).filter(|name| !name.is_empty()), to.email.clone()))
            .subject(one_line(&self.subject))
            .date(sent_at)
            // The same at each attempt, so that a message that comes twice can be told.
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(body)
            .map_err(|error| error.to_string())?;
        Ok(message.formatted())
    }

    fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => one_line(text),
            Part::Facts(facts) => {
                let lines = facts.iter().map(|(name, value)| format!("{name}: {}", one_line(value)));
                lines.collect::<Vec<_>>().join("\n")
            }
            Part::Link { label, url } => format!("{label}:\n{url}"),
            Part::Small(text) => format!("-- \n{}", one_line(text)),
        };
        self.parts.iter().map(part).collect::<Vec<_>>().join("\n\n") + "\n"
    }

    fn html(&self) -> String {
        let parts: String = self.parts.iter().map(html_part).collect();
        let subject = escaped(&one_line(&self.subject));
        let (tag, direction) = (self.language.tag(), self.language.direction());
        format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\" dir=\"{direction}\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>{subject}</title></head>\n<body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em\">\n\
             {parts}</body></html>\n"
        )
    }
}

impl Attached {
    fn part(&self) -> Result<SinglePart, String> {
        let kind = format!("text/calendar; charset=utf-8; method={}", self.method.word());
        let kind = ContentType::parse(&kind).map_err(|error| error.to_string())?;
        let part = SinglePart::builder().header(kind).header(ContentDisposition::attachment("event.ics"));
        Ok(part.body(self.content.clone()))
    }
}

fn html_part(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("<p dir=\"auto\">{}</p>\n", escaped(&one_line(text))),
        Part::Facts(facts) => {
            let row = |(name, value): &(String, String)| {
                let (name, value) = (escaped(name), escaped(&one_line(value)));
                format!("<tr><th align=\"left\" valign=\"top\">{name}</th><td dir=\"auto\">{value}</td></tr>\n")
            };
            format!("<table cellpadding=\"4\">\n{}</table>\n", facts.iter().map(row).collect::<String>())
        }
        Part::Link { label, url } => {
            let (label, url) = (escaped(label), escaped(url));
            format!(
                "<p><a href=\"{url}\" style=\"display: inline-block; padding: .5em 1em; border: 1px solid; \
                 border-radius: 4px\">{label}</a></p>\n"
            )
        }
        Part::Small(text) => format!("<p dir=\"auto\"><small>{}</small></p>\n", escaped(&one_line(text))),
    }
}

/// A text in which nothing can end a header or begin a line of its own.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use headcount_core::limits::NAME_BYTES_MAX;
    use headcount_simulation::spoil::try_all;

    use super::*;

    fn message(name: &str, subject: &str, part: Part) -> String {
        let letter = Letter {
            language: Language::english(),
            subject: subject.to_owned(),
            parts: vec![part],
            reply_to: None,
            attached: None,
        };
        let from: Mailbox = "Club <club@example.org>".parse().unwrap();
        let to = Mailbox::new(Some(name.to_owned()), "ann@example.org".parse().unwrap());
        let envelope = Envelope { id: Uuid::from_u128(7), from: &from, to: &to, now: Millis(1_700_000_000_000) };
        String::from_utf8(letter.message(&envelope).unwrap()).unwrap()
    }

    fn headers(message: &str) -> &str {
        message.split_once("\r\n\r\n").unwrap().0
    }

    #[test]
    fn a_name_or_title_adds_no_header() {
        let evil = "Ann\r\nBcc: all@example.org\r\n\r\nHello";
        let message = message(evil, evil, Part::Text(evil.to_owned()));
        let names: Vec<&str> = headers(&message)
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').unwrap().0)
            .collect();
        let wanted = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
        assert_eq!(names, wanted);
        assert!(!message.contains("\nBcc"), "{message}");
    }

    #[test]
    fn names_of_every_kind_are_seven_bit_and_in_short_lines() {
        let long = "ä".repeat(200);
        for name in ["Ann, \"the\" <boss>", "דנה כהן", "😀👩‍👩‍👧", "\u{202e}evil", long.as_str(), "a@b.example", ""]
        {
            let message = message(name, name, Part::Facts(vec![("Event".to_owned(), name.to_owned())]));
            assert!(message.is_ascii(), "{message}");
            assert!(message.lines().all(|line| line.len() <= 998), "{message}");
            assert!(message.contains("<ann@example.org>") || name.is_empty(), "{message}");
        }
    }

    #[test]
    fn what_people_wrote_is_escaped_in_html() {
        let letter = Letter {
            language: Language::english(),
            subject: "<b>".to_owned(),
            parts: vec![
                Part::Text("<script>'\"&".to_owned()),
                Part::Link { label: "<i>".to_owned(), url: "https://a/?\"&'<".to_owned() },
            ],
            reply_to: None,
            attached: None,
        };
        let html = letter.html();
        assert!(html.contains("<title>&lt;b&gt;</title>"), "{html}");
        assert!(html.contains("&lt;script&gt;&#39;&quot;&amp;"), "{html}");
        assert!(html.contains("href=\"https://a/?&quot;&amp;&#39;&lt;\""), "{html}");
    }

    #[test]
    fn the_same_message_has_the_same_id_at_each_attempt() {
        let one = message("Ann", "Hi", Part::Text("Hi".to_owned()));
        assert!(headers(&one).contains("Message-ID: <00000000-0000-0000-0000-000000000007@example.org>"), "{one}");
        assert!(headers(&one).contains("Date: Tue, 14 Nov 2023 22:13:20 +0000"), "{one}");
    }

    #[test]
    fn whatever_somebody_is_called_the_message_has_its_headers_and_no_others() {
        let names = [
            "Ann",
            "Ann\r\nBcc: all@example.org\r\n\r\nHello",
            "\"Ann, the boss\" <a@b.example>",
            "דנה כהן",
            "=?utf-8?Q?x?=",
        ];
        try_all(&names, |text| {
            // No longer than a name or a title may be.
            let name: String = text.chars().take(NAME_BYTES_MAX).collect();
            let message = message(&name, &name, Part::Text(text.to_owned()));
            let begun = headers(&message).split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
            let names: Vec<&str> = begun.map(|line| line.split_once(':').map_or(line, |(name, _)| name)).collect();
            let wanted =
                ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
            assert_eq!(names, wanted, "{message}");
            assert!(message.is_ascii() && message.lines().all(|line| line.len() <= 998), "{message}");
        });
    }
}
