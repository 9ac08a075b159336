//! What an audit found, for people and for programs.

use std::fmt;

use headcount_core::ids::{EventId, Hash, RegistrationId, RoleId, Seq};
use serde::{Serialize, Serializer};

/// Findings that are kept for one event; the rest is only counted. One removed entry can contradict every later one.
pub const FINDINGS_PER_EVENT_MAX: usize = 50;

/// The promises that an audit can see broken, by their numbers in ARCHITECTURE.md.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub enum Invariant {
    /// Capacity at every prefix of the log.
    I1,
    /// Every counter equals the sum over the registrations.
    I2,
    /// One active registration per event, role and person.
    I6,
    /// The waitlist policy is kept exactly; nobody is overtaken.
    I7,
    /// No free place that a waiting party should have got.
    I8,
    /// No underselling: nobody waits for places that nobody has a better claim to.
    I10,
    /// A batch is all there or not there.
    I12,
    /// Replaying the log arrives at what is stored.
    I14,
    /// The time of the log never goes back.
    I15,
    /// No entry was changed, removed, added or reordered.
    I18,
}

/// What a command can do about a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// `headcount repair` computes the counters anew.
    Counters,
    /// `headcount repair --over-capacity keep` or `waitlist_latest`.
    OverCapacity,
    /// Saving the settings once more, by the API, writes them to table and log alike.
    SaveSettings,
    /// No command can: the history or a registration was changed by hand or by a fault.
    Backup,
}

/// One thing that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Which promise is broken.
    pub invariant: Invariant,
    /// Of which event.
    #[serde(rename = "event_id")]
    pub event: EventId,
    /// At which entry of its log; none: it was seen in the tables.
    pub seq: Option<Seq>,
    /// In which role.
    #[serde(rename = "role_id")]
    pub role: Option<RoleId>,
    /// About which registration.
    #[serde(rename = "registration_id")]
    pub registration: Option<RegistrationId>,
    /// What was looked at.
    pub what: String,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
    /// What can be done about it.
    pub mend: Mend,
    /// The entry of a logged repair that came after it. Such a finding is history: told, but not held against the event.
    pub mended_by: Option<Seq>,
}

/// The last entry of an event's log: note it, and a later audit sees if the log was cut or rewritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Head {
    /// The event.
    #[serde(rename = "event_id")]
    pub event: EventId,
    /// The number of the entry.
    pub seq: Seq,
    /// Its hash.
    #[serde(serialize_with = "as_text")]
    pub hash: Hash,
}

/// What an audit found.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// What is not as it should be, by event and in the order in which it was seen.
    pub findings: Vec<Finding>,
    /// Findings beyond [`FINDINGS_PER_EVENT_MAX`], which were only counted.
    pub more_findings: u64,
    /// How many events were looked at.
    pub events: u64,
    /// How many log entries were replayed.
    pub entries: u64,
    /// The last entry of each event.
    pub heads: Vec<Head>,
}

impl Invariant {
    /// What it promises, in a few words.
    pub fn promise(self) -> &'static str {
        match self {
            Invariant::I1 => "never more places than there are",
            Invariant::I2 => "counters equal the sum of the registrations",
            Invariant::I6 => "nobody is in one role twice",
            Invariant::I7 => "nobody is overtaken on the waitlist",
            Invariant::I8 => "no free place is withheld from those waiting",
            Invariant::I10 => "nobody waits beside a free place",
            Invariant::I12 => "all of a batch is stored or nothing",
            Invariant::I14 => "the log leads to what is stored",
            Invariant::I15 => "time never goes back",
            Invariant::I18 => "the log is whole and unchanged",
        }
    }
}

impl Mend {
    /// What to do, for people.
    pub fn hint(self) -> &'static str {
        match self {
            Mend::Counters => "`headcount repair` mends it",
            Mend::OverCapacity => {
                "`headcount repair --over-capacity keep` (all stay) or `waitlist_latest` (the latest wait) mends it"
            }
            Mend::SaveSettings => "save the settings of the event or role once more (PATCH) as they should be",
            Mend::Backup => "no command can mend it: compare with a backup, and restore from it if need be",
        }
    }
}

impl Finding {
    /// A finding about an event as a whole; the other fields are filled in where they apply.
    pub(crate) fn new(invariant: Invariant, event: EventId, what: impl Into<String>) -> Finding {
        Finding {
            invariant,
            event,
            seq: None,
            role: None,
            registration: None,
            what: what.into(),
            expected: String::new(),
            found: String::new(),
            mend: Mend::Backup,
            mended_by: None,
        }
    }

    /// With what it should be and what it is.
    pub(crate) fn but(self, expected: impl fmt::Display, found: impl fmt::Display) -> Finding {
        Finding { expected: expected.to_string(), found: found.to_string(), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.invariant, self.invariant.promise())?;
        if let Some(seq) = self.seq {
            write!(f, ", seq {seq}")?;
        }
        if let Some(role) = self.role {
            write!(f, ", role {role}")?;
        }
        if let Some(registration) = self.registration {
            write!(f, ", registration {registration}")?;
        }
        write!(f, ": {}: expected {}, found {}", self.what, self.expected, self.found)?;
        match self.mended_by {
            Some(seq) => write!(f, " (before the repair at seq {seq})"),
            None => Ok(()),
        }
    }
}

impl Report {
    /// Whether everything is as it should be.
    pub fn is_green(&self) -> bool {
        self.more_findings == 0 && self.open().next().is_none()
    }

    /// Findings that no repair came after.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.mended_by.is_none())
    }

    /// Puts in what was found for one event.
    pub(crate) fn add(&mut self, event: EventReport) {
        self.findings.extend(event.findings);
        self.more_findings += event.more_findings;
        self.entries += event.entries;
        self.heads.extend(event.head);
        self.events += 1;
    }
}

impl fmt::Display for Report {
    /// The findings by event, then one line that sums up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut event = None;
        for finding in &self.findings {
            if event != Some(finding.event) {
                event = Some(finding.event);
                let count = self.findings.iter().filter(|other| other.event == finding.event).count();
                writeln!(f, "event {}: {}", finding.event, counted(count as u64, "finding"))?;
            }
            writeln!(f, "  {finding}")?;
        }
        if self.more_findings > 0 {
            writeln!(f, "and {} that are not listed", counted(self.more_findings, "finding"))?;
        }
        let seen = format!("verified {}, {}", counted(self.events, "event"), entries(self.entries));
        let open = self.open().count() as u64 + self.more_findings;
        match open {
            0 => write!(f, "{seen}: everything is as it should be"),
            _ => write!(
                f,
                "{seen}: {} wrong",
                if open == 1 { "1 thing is".to_owned() } else { format!("{} things are", grouped(open)) }
            ),
        }
    }
}

/// What was found for one event.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EventReport {
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// Findings beyond [`FINDINGS_PER_EVENT_MAX`].
    pub more_findings: u64,
    /// How many log entries were replayed.
    pub entries: u64,
    /// The last of them.
    pub head: Option<Head>,
}

impl EventReport {
    /// Keeps a finding, or counts it if there are too many. What a repair can mend is kept in any case: there are few of
    /// them, and a repair must know.
    pub(crate) fn push(&mut self, finding: Finding) {
        let mendable = matches!(finding.mend, Mend::Counters | Mend::OverCapacity);
        if mendable || self.findings.len() < FINDINGS_PER_EVENT_MAX {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }
}

/// `1 event`, `1,234 events`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn entries(count: u64) -> String {
    format!("{} {}", grouped(count), if count == 1 { "entry" } else { "entries" })
}

/// A number with its thousands set apart: 1,000,000.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn as_text<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
