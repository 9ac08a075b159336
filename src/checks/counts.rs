//! What checks have found, for `/metrics`.

use headcount_core::ids::Millis;

use super::Checked;
use crate::metrics::{Counted, Counter, Family, Fraction, Gauge, Kind, Registry};
use crate::verify::{Invariant, Report};

/// All promises that an audit can see broken.
const INVARIANTS: [(Invariant, &str); 10] = [
    (Invariant::I1, "I1"),
    (Invariant::I2, "I2"),
    (Invariant::I6, "I6"),
    (Invariant::I7, "I7"),
    (Invariant::I8, "I8"),
    (Invariant::I10, "I10"),
    (Invariant::I12, "I12"),
    (Invariant::I14, "I14"),
    (Invariant::I15, "I15"),
    (Invariant::I18, "I18"),
];

/// The two kinds of checks: of counters and capacities, and of everything.
pub(super) const RECOUNT: &str = "recount";
pub(super) const VERIFY: &str = "verify";

/// Cheap to clone; the clones are one.
#[derive(Clone, Default)]
pub(super) struct Counts {
    overbooked: Gauge,
    drift: Gauge,
    repaired: Counter,
    findings: Family<Kind, Gauge>,
    last: Family<Kind, Fraction>,
    failed: Family<Kind, Counter>,
}

impl Counts {
    /// From now on there are checks of this kind.
    pub(super) fn begin(&self, kind: &'static str, now: Millis) {
        if kind == VERIFY {
            self.verified(&Report::default());
        }
        self.failed.get_or_create(&Kind { kind }).inc_by(0);
        self.done(kind, now);
    }

    pub(super) fn done(&self, kind: &'static str, now: Millis) {
        self.last.get_or_create(&Kind { kind }).set(now.0 as f64 / 1_000.0);
    }

    pub(super) fn failed(&self, kind: &'static str) {
        self.failed.get_or_create(&Kind { kind }).inc();
    }

    pub(super) fn checked(&self, checked: &Checked) {
        self.overbooked.set(i64::try_from(checked.overbooked).unwrap_or(i64::MAX));
        self.drift.set(i64::try_from(checked.wrong_counters).unwrap_or(i64::MAX));
        self.repaired.inc_by(checked.repaired);
    }

    pub(super) fn verified(&self, report: &Report) {
        for (invariant, kind) in INVARIANTS {
            let found = report.open().filter(|finding| finding.invariant == invariant).count();
            self.findings.get_or_create(&Kind { kind }).set(i64::try_from(found).unwrap_or(i64::MAX));
        }
    }
}

impl Counted for Counts {
    fn show(&self, registry: &mut Registry) {
        let overbooked = "Places taken beyond capacity and override, as the last check found";
        registry.register("overbooked_places", overbooked, self.overbooked.clone());
        let drift =
            "Counters out of step with the registrations, as the last check found them before they were put right";
        registry.register("counter_drift", drift, self.drift.clone());
        registry.register("counters_repaired", "Counters that checks have put right", self.repaired.clone());
        let findings = "What the last full audit found wrong, by the number of the promise that is broken";
        registry.register("verify_findings", findings, self.findings.clone());
        let last = "When a check came to its end last (at first: when the server began), in seconds since 1970";
        registry.register("last_check_timestamp_seconds", last, self.last.clone());
        registry.register("checks_failed", "Checks that came to no end", self.failed.clone());
    }
}
