//! `headcount simulate`: many seeds of the simulation, and what came of them.

use std::process::ExitCode;
use std::thread;

use clap::Args;
use headcount_simulation::plan::Plan;

use super::{EXIT_FAILED, print};
use crate::clock;
use crate::simulate::{Sum, run_many};

/// Seeds after which a situation that never occurred is a failure.
const SEEDS_FOR_ALL_SITUATIONS: u64 = 1_000;

/// What to simulate.
#[derive(Args, Clone, Copy, Debug)]
pub struct SimulateArgs {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Threads; without it, one for each core.
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs the seeds until one fails.
///
/// # Errors
/// If the result cannot be printed.
pub fn simulate(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    let begun = clock::instant();
    let threads = args.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    let sum = run_many(args.from, args.seeds, threads);
    report(args, &sum, begun.elapsed().as_secs_f64())
}

fn report(args: SimulateArgs, sum: &Sum, seconds: f64) -> anyhow::Result<ExitCode> {
    print(&format!("What occurred:\n\n{}", sum.situations))?;
    print(&format!(
        "{} seeds from {}, {} of them twice: {} commands, {} commits, {seconds:.1} s.",
        sum.runs, args.from, sum.twice, sum.commands, sum.commits
    ))?;
    for (seed, broken) in &sum.failed {
        print(&format!("\nSeed {seed} FAILED: {:?}\n  {}", Plan::of(*seed), broken.join("\n  ")))?;
        print(&format!("Again: headcount simulate --from {seed} --seeds 1"))?;
    }
    let missing = if args.seeds >= SEEDS_FOR_ALL_SITUATIONS { sum.situations.missing() } else { Vec::new() };
    if sum.failed.is_empty() && !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(|one| one.text()).collect();
        print(&format!("\nFAILED, as this never occurred:\n  {}", missing.join("\n  ")))?;
    }
    if !sum.failed.is_empty() || !missing.is_empty() {
        return Ok(ExitCode::from(EXIT_FAILED));
    }
    print("Every invariant held after every step.")?;
    Ok(ExitCode::SUCCESS)
}
