//! People who ask for one thing after the other, and ask again where they do not know what came of it.

use headcount_core::command::Command;
use headcount_simulation::situations::Situation;
use headcount_simulation::world::Told;

use super::Stage;
use crate::lanes::{Lanes, Rejected};

/// How often somebody asks for the same before giving up.
const ATTEMPTS_MAX: u32 = 6;
/// How long somebody who goes away stays at most.
const STAYS_MS_MAX: u32 = 20;

impl Stage {
    /// Somebody who asks for so many things.
    pub(super) async fn ask_for(self, things: u32) {
        let pause = self.world().plan.pause_ms_max;
        for _ in 0..things {
            self.wait(pause).await;
            if self.is_over() {
                return;
            }
            let command = self.world().next_command();
            self.ask(command).await;
        }
    }

    async fn ask(&self, mut command: Command) {
        for _ in 0..ATTEMPTS_MAX {
            let (told, asked) = self.attempt(command).await;
            // Whoever has no key cannot ask again without asking for more.
            if matches!(told, Told::Outcome(_)) || asked.idempotency.is_none() {
                return;
            }
            command = self.world().asks_again(&asked, &told);
        }
    }

    /// What they are told, and what they asked for.
    async fn attempt(&self, command: Command) -> (Told, Command) {
        let (node, lanes, life) = loop {
            let node = self.world().a_node();
            match node.and_then(|(node, _)| Some((node, self.door(node)?))) {
                Some((node, (lanes, life))) => break (node, lanes, life),
                None => self.wait(10).await,
            }
        };
        let (asked, goes_away) = {
            let mut world = self.world();
            (world.asks(command, node), world.goes_away())
        };
        let leaves = async {
            if !goes_away {
                std::future::pending::<()>().await;
            }
            self.wait(STAYS_MS_MAX).await;
        };
        let told = tokio::select! {
            biased;
            told = self.submit(&lanes, node, asked.command.clone()) => told,
            () = life.ended() => Told::NoAnswer,
            () = leaves => Told::NoAnswer,
        };
        let command = self.world().told(asked, &told);
        (told, command)
    }

    async fn submit(&self, lanes: &Lanes, node: usize, command: Command) -> Told {
        let (name, since) = (command.action.name(), self.elapsed_ms());
        let answer = lanes.submit(command).await;
        let mut world = self.world();
        match answer {
            Ok(outcome) => Told::Outcome(outcome),
            Err(Rejected::Busy) => {
                // One that is being stopped takes nothing new.
                if lanes.is_ready() {
                    world.had_no_time(node, since, self.elapsed_ms());
                }
                Told::Nothing
            }
            Err(Rejected::Unavailable) => {
                world.situations.saw_if(Situation::Refused, lanes.has_failed());
                Told::Nothing
            }
            Err(Rejected::Unknown) => Told::Unknown,
            Err(Rejected::Internal) => {
                world.judge.complain(format!("an internal error of {name}"));
                Told::Nothing
            }
        }
    }
}
