//! What is counted for operators, and how `/metrics` writes it down: the text format of Prometheus (OpenMetrics).
//!
//! Every part of the server counts for itself and implements [`Counted`]; `http::metrics` puts them together for an answer.
//! Labels are words of ours alone: never an event, a person or anything that somebody typed, so that there is a bound on
//! their number and nothing personal among them. Counting waits for nobody: everything here is an atomic number, and what
//! is decided in batches is counted a batch at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use headcount_core::ids::Millis;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

pub use prometheus_client::encoding::EncodeLabelSet as Labels;
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::registry::Registry;

/// What all names begin with.
pub const PREFIX: &str = "headcount";
/// What the answer is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends of buckets for what takes from a tenth of a millisecond to ten seconds.
pub const SECONDS: &[f64] =
    &[0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The same for how many commands are in a batch.
pub const COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];

/// A gauge of what is no whole number.
pub type Fraction = Gauge<f64, AtomicU64>;

/// A part of the server that counts.
pub trait Counted: Send + Sync {
    /// Puts what it counts among what is shown.
    fn show(&self, registry: &mut Registry);
}

/// What is counted by one word.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub struct Kind {
    /// The word.
    pub kind: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// What was counted by a server that began then, as text.
///
/// # Errors
/// If a part cannot be written down, which is a bug of ours.
pub fn written<'a>(
    started_at: Millis,
    parts: impl IntoIterator<Item = &'a dyn Counted>,
) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    let started = Fraction::default();
    started.set(started_at.0 as f64 / 1_000.0);
    // Everybody's dashboards know it by this name.
    registry.register("process_start_time_seconds", "When the server began, in seconds since 1970", started);
    let ours = registry.sub_registry_with_prefix(PREFIX);
    let build: Family<Build, Gauge> = Family::default();
    build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
    ours.register("build_info", "Which version it is", build);
    parts.into_iter().for_each(|part| part.show(ours));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

/// A gauge that stands at a number of things.
pub fn gauge(count: usize) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    gauge
}

/// How often something was how large. Cheap to clone; the clones are one. (The library's own takes a lock for each
/// observation.)
#[derive(Clone, Debug)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug)]
struct Buckets {
    ends: &'static [f64],
    /// One more than there are ends: the last is for what is larger than all of them.
    counts: Vec<AtomicU64>,
    /// In millionths.
    sum: AtomicU64,
}

impl Histogram {
    /// With buckets that end there.
    pub fn new(ends: &'static [f64]) -> Histogram {
        let counts = (0..=ends.len()).map(|_| AtomicU64::new(0)).collect();
        Histogram(Arc::new(Buckets { ends, counts, sum: AtomicU64::new(0) }))
    }

    /// Counts one that took so long.
    pub fn took(&self, time: Duration) {
        self.all_took([time]);
    }

    /// Counts some that took so long, all at once.
    pub fn all_took(&self, times: impl IntoIterator<Item = Duration>) {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.add(times.into_iter().map(|time| (time.as_secs_f64(), micros(time))));
    }

    /// Counts one of this size.
    pub fn counted(&self, size: usize) {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        self.add([(f64::from(size), u64::from(size) * 1_000_000)]);
    }

    fn add(&self, values: impl IntoIterator<Item = (f64, u64)>) {
        let Buckets { ends, counts, sum } = &*self.0;
        let mut added = 0_u64;
        // Those of a batch took about the same, so most of them fall into the same bucket.
        let mut run = (0, 0);
        for (value, millionths) in values {
            added = added.saturating_add(millionths);
            let bucket = ends.partition_point(|end| *end < value);
            if bucket != run.0 {
                counts[run.0].fetch_add(run.1, Ordering::Relaxed);
                run = (bucket, 0);
            }
            run.1 += 1;
        }
        counts[run.0].fetch_add(run.1, Ordering::Relaxed);
        sum.fetch_add(added, Ordering::Relaxed);
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder) -> std::fmt::Result {
        let Buckets { ends, counts, sum } = &*self.0;
        let ends = ends.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> =
            ends.zip(counts).map(|(end, count)| (end, count.load(Ordering::Relaxed))).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = sum.load(Ordering::Relaxed) as f64 / 1_000_000.0;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(Histogram);

    impl Counted for One {
        fn show(&self, registry: &mut Registry) {
            registry.register("waits_seconds", "Waits", self.0.clone());
        }
    }

    #[test]
    fn a_histogram_counts_what_is_at_most_as_large_as_the_end_of_a_bucket() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        histogram.all_took([100, 50, 1_000, 2_000, 20].map(Duration::from_millis));
        let text = written(Millis(1_500), [&One(histogram) as &dyn Counted]).unwrap();
        for line in [
            "process_start_time_seconds 1.5",
            "headcount_waits_seconds_sum 3.17",
            "headcount_waits_seconds_count 5",
            "headcount_waits_seconds_bucket{le=\"0.1\"} 3",
            "headcount_waits_seconds_bucket{le=\"1.0\"} 4",
            "headcount_waits_seconds_bucket{le=\"+Inf\"} 5",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
