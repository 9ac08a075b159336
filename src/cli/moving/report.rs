//! What is told of an import: problems, which stand in its way, and differences, which may.

use std::collections::BTreeMap;
use std::fmt;

use super::source::Problem;

/// Problems that are told one by one.
const PROBLEMS_TOLD: usize = 200;

/// What may differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    OnlyInEvents,
    OnlyInRegistrations,
    RoleDiffers,
    StatusDiffers,
    SpotsDiffer,
    DetailsDiffer,
    Duplicate,
    /// The event of a registration is in no file.
    Orphan,
    /// A role stands only in registrations.
    NewRole,
    OverCapacity,
    /// A counter of the other system is not the sum.
    CounterDiffers,
    /// The event or a role is another one here.
    EventDiffers,
    OnlyThere,
    OnlyHere,
    /// Something is kept in another way than it was, or not at all.
    Kept,
}

/// Everything that is to be told.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) problems: Vec<Problem>,
    differences: BTreeMap<Kind, Vec<String>>,
}

impl Report {
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn difference(&mut self, kind: Kind, text: String) {
        self.differences.entry(kind).or_default().push(text);
    }

    /// Whether there is any difference.
    pub(crate) fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// How many differences the operator has to decide about with `--prefer`.
    pub(crate) fn undecided(&self) -> usize {
        let decided = [Kind::OverCapacity, Kind::CounterDiffers, Kind::Kept];
        self.differences.iter().filter(|(kind, _)| !decided.contains(kind)).map(|(_, texts)| texts.len()).sum()
    }

    /// The problems, a line each.
    pub(crate) fn told_problems(&self) -> String {
        let mut lines: Vec<String> = self.problems.iter().take(PROBLEMS_TOLD).map(ToString::to_string).collect();
        if let Some(more) = self.problems.len().checked_sub(PROBLEMS_TOLD).filter(|more| *more > 0) {
            lines.push(format!("and {more} more problems"));
        }
        lines.join("\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.differences.is_empty() {
            return f.write_str("no differences");
        }
        for (place, (kind, texts)) in self.differences.iter().enumerate() {
            let line_break = if place > 0 { "\n" } else { "" };
            write!(f, "{line_break}{kind}: {}", texts.len())?;
            texts.iter().try_for_each(|text| write!(f, "\n  {text}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::OnlyInEvents => "only in the lists of events",
            Kind::OnlyInRegistrations => "only in the registrations",
            Kind::RoleDiffers => "role differs",
            Kind::StatusDiffers => "status differs",
            Kind::SpotsDiffer => "size of the party differs",
            Kind::DetailsDiffer => "details differ",
            Kind::Duplicate => "duplicates",
            Kind::Orphan => "registrations without an event",
            Kind::NewRole => "roles that stand only in registrations",
            Kind::OverCapacity => "beyond the capacity",
            Kind::CounterDiffers => "counters that are wrong",
            Kind::EventDiffers => "events and roles that differ",
            Kind::OnlyThere => "only in the files",
            Kind::OnlyHere => "only in headcount",
            Kind::Kept => "kept in another way",
        })
    }
}
