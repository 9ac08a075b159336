//! What is asked of a load test: the options, and the [`Plan`] that they make together.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::client::Address;

/// Presses the button for many people at once, and checks that nobody got in too many.
///
/// Without --url a throw-away server is started, on a throw-away data file or, with --database, in a schema of its own in
/// a PostgreSQL. With --url and --token a running server is tested, in an event made for it, or in the one named by
/// --event. Exits with 1 if any check fails.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = RULES)]
pub struct LoadtestArgs {
    /// The server to test, for example http://127.0.0.1:8080; once for each of several servers on one PostgreSQL, to
    /// which the people then go in turn. For more than a few thousand, start it with --rate-limit off: they all come from
    /// this machine's address
    #[arg(long, requires = "token", conflicts_with = "database")]
    pub url: Vec<Address>,
    /// A PostgreSQL for the throw-away server, as postgres://USER@HOST/DATABASE. A schema headcount_loadtest_… is made
    /// there, and dropped at the end; nothing else is touched. Not read from the environment
    #[arg(long, value_parser = postgres)]
    pub database: Option<String>,
    /// With --database: how many throw-away servers stand side by side [default: 1]
    #[arg(long, default_value = "1", hide_default_value = true, requires = "database", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub servers: u16,
    /// The owner's token of that server
    #[arg(long, env = "HEADCOUNT_OWNER_TOKEN", hide_env_values = true, value_parser = token)]
    pub token: Option<String>,
    /// An event of that server, by id or slug; without it one is made for the test
    #[arg(long, requires = "url", conflicts_with_all = ["capacity", "event_capacity", "waitlist"], value_parser = event)]
    pub event: Option<String>,
    /// A role to sign up for: NAME with --capacity, or NAME=CAPACITY, once for each role [default: Server]
    #[arg(long = "role", value_name = "NAME[=CAPACITY]")]
    pub roles: Vec<RoleArg>,
    /// Places of each role that names no capacity of its own [default: 10]
    #[arg(long)]
    pub capacity: Option<u32>,
    /// Places of the whole event, over all roles [default: unlimited]
    #[arg(long)]
    pub event_capacity: Option<u32>,
    /// How many people press the button [default: 1000]
    #[arg(long, conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests: Option<u32>,
    /// Connections that are used one request after the other [default: a connection a person, all at the same instant]
    #[arg(long, conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: Option<u32>,
    /// People a second, evenly, instead of all at once
    #[arg(long, requires = "duration")]
    pub rate: Option<Rate>,
    /// For how long, with --rate: 10s, 500ms, 2m
    #[arg(long, requires = "rate", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Party size, or the smallest and the largest: 2, or 1..4 (1, 2, 3 and 4 alike)
    #[arg(long, default_value = "1")]
    pub spots: Spots,
    /// The people have accounts and API tokens, and say yes to a call (POST /events/{event}/respond); by default for two
    /// roles at once, Server=10 and Cook=5. Accounts that are made for this on a running server are ended afterwards
    #[arg(long, conflicts_with = "spots")]
    pub as_users: bool,
    /// With --as-users: how many roles each person says yes to, each by a request of its own [default: 1]
    #[arg(long, default_value = "1", hide_default_value = true, requires = "as_users", conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..=200))]
    pub roles_per_person: u32,
    /// With --as-users and --url: leave the accounts there
    #[arg(long, requires_all = ["as_users", "url"])]
    pub keep: bool,
    /// What happens when it is full [default: off]
    #[arg(long, value_enum)]
    pub waitlist: Option<Waitlist>,
    /// The bound that 95 of 100 answers must keep, in milliseconds
    #[arg(long, default_value_t = 500.0, value_parser = milliseconds)]
    pub p95_ms_max: f64,
    /// Print one JSON document instead of text
    #[arg(long)]
    pub json: bool,
}

/// What passes, in words; part of the help.
const RULES: &str = "\
Checked afterwards, against the server itself; exit code 1 if anything fails:
everybody got a clear answer; nobody has a place beyond a capacity, and no role or event has as many places
left as the smallest party needs that was refused for lack of them (with parties of one: exactly the capacity
is confirmed); nobody is registered twice; at every refusal fewer places were free than the party needed, and
nobody waits who could have places; every answer is true afterwards; counters equal the sum of the
registrations; `headcount verify` is green; 95 of 100 answers came in time. Latencies count from the instant
when all press, with --rate from the moment when the person was due, with --concurrency from the request.";

/// `NAME` or `NAME=CAPACITY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArg {
    /// The name.
    pub name: String,
    /// The capacity, if it is given here.
    pub capacity: Option<u32>,
}

/// People a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

/// Party sizes, all as likely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spots(pub RangeInclusive<u32>);

/// The policy of the event that is made for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Waitlist {
    /// Refused
    Off,
    /// They wait, strictly in order
    Strict,
    /// They wait; the earliest party that fits gets in
    FillGaps,
}

/// What will be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The event to make; none: one that is there.
    pub event: Option<NewEvent>,
    /// Roles that people choose from; with an event that is there, none means all of its roles.
    pub roles: Vec<String>,
    /// How many people.
    pub people: u32,
    /// Who they are to the server.
    pub who: Who,
    /// How they come.
    pub pace: Pace,
    /// How large their parties are.
    pub spots: RangeInclusive<u32>,
}

/// The event that is made for the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Names and capacities.
    pub roles: Vec<(String, u32)>,
    /// Places over all roles.
    pub capacity: Option<u32>,
    /// What happens when it is full.
    pub waitlist: Waitlist,
    /// Largest party.
    pub max_spots: u32,
    /// Roles that one person may have.
    pub roles_per_person: u32,
}

/// Who people are to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// They sign up with a name and an address.
    Guests,
    /// They have accounts, and say yes to so many roles each.
    Users {
        /// Roles of each.
        roles_each: u32,
        /// What becomes of the accounts.
        afterwards: Afterwards,
    },
}

/// What becomes of accounts that were made for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// They are ended.
    End,
    /// They stay.
    Keep,
}

/// How people come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Everybody is connected first, and all press in the same instant.
    AllAtOnce,
    /// So many connections, each used by one person after the other.
    Connections(u32),
    /// So many people a second, whether or not the earlier ones were answered.
    Rate(f64),
}

/// More people than this make no sense in one run: every answer is kept in memory.
const PEOPLE_MAX: f64 = 10_000_000.0;
/// The roles of an event where people are called for shifts.
const CALLED_FOR: [(&str, u32); 2] = [("Server", 10), ("Cook", 5)];

impl Plan {
    /// What the options mean together.
    ///
    /// # Errors
    /// If they contradict each other; the text says what to do.
    pub fn from_args(args: &LoadtestArgs) -> Result<Plan, String> {
        let (people, pace) = people_and_pace(args)?;
        for (index, role) in args.roles.iter().enumerate() {
            if args.roles[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&role.name)) {
                return Err(format!("--role {} is given twice; name each role once", role.name));
            }
        }
        if let Some(other) = args.url.iter().find(|url| url.target("") != args.url[0].target("")) {
            return Err(format!("--url {} and --url {other} must have the same path", args.url[0]));
        }
        let event = if args.event.is_none() { Some(new_event(args)?) } else { None };
        if let Some(role) = args.roles.iter().find(|role| event.is_none() && role.capacity.is_some()) {
            return Err(format!(
                "--event names an event that has its capacities; write --role {} without one",
                role.name
            ));
        }
        let roles: Vec<String> = match &event {
            Some(event) => event.roles.iter().map(|(name, _)| name.clone()).collect(),
            None => args.roles.iter().map(|role| role.name.clone()).collect(),
        };
        if !roles.is_empty() && roles.len() < usize::try_from(args.roles_per_person).unwrap_or(usize::MAX) {
            return Err(format!(
                "--roles-per-person {} needs as many roles; name more by --role",
                args.roles_per_person
            ));
        }
        let afterwards = if args.keep { Afterwards::Keep } else { Afterwards::End };
        let who = match args.as_users {
            true => Who::Users { roles_each: args.roles_per_person, afterwards },
            false => Who::Guests,
        };
        Ok(Plan { event, roles, people, who, pace, spots: args.spots.0.clone() })
    }

    /// How many requests are sent.
    pub fn requests(&self) -> u32 {
        match self.who {
            Who::Guests => self.people,
            Who::Users { roles_each, .. } => self.people.saturating_mul(roles_each),
        }
    }
}

fn people_and_pace(args: &LoadtestArgs) -> Result<(u32, Pace), String> {
    let people = args.requests.unwrap_or(1000);
    let (Some(Rate(rate)), Some(duration)) = (args.rate, args.duration) else {
        return Ok(match args.concurrency {
            Some(connections) if connections < people.saturating_mul(args.roles_per_person) => {
                (people, Pace::Connections(connections))
            }
            _ => (people, Pace::AllAtOnce),
        });
    };
    let people = (rate * duration.as_secs_f64()).round();
    if !(1.0..=PEOPLE_MAX).contains(&people) {
        return Err(format!("--rate {rate} for that long makes {people} people; choose 1 to {PEOPLE_MAX}"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range just above")]
    Ok((people as u32, Pace::Rate(rate)))
}

fn new_event(args: &LoadtestArgs) -> Result<NewEvent, String> {
    let default_capacity = args.capacity.unwrap_or(CALLED_FOR[0].1);
    let mut roles: Vec<(String, u32)> =
        args.roles.iter().map(|role| (role.name.clone(), role.capacity.unwrap_or(default_capacity))).collect();
    if args.capacity.is_some() && !roles.is_empty() && args.roles.iter().all(|role| role.capacity.is_some()) {
        return Err("every --role names its capacity, so --capacity means nothing; leave one of the two out".to_owned());
    }
    if roles.is_empty() {
        let count = if args.as_users { CALLED_FOR.len() } else { 1 };
        let usual = CALLED_FOR[..count].iter();
        roles.extend(usual.map(|(name, capacity)| ((*name).to_owned(), args.capacity.unwrap_or(*capacity))));
    }
    Ok(NewEvent {
        roles,
        capacity: args.event_capacity,
        waitlist: args.waitlist.unwrap_or(Waitlist::Off),
        max_spots: *args.spots.0.end(),
        roles_per_person: args.roles_per_person,
    })
}

impl FromStr for RoleArg {
    type Err = String;

    fn from_str(text: &str) -> Result<RoleArg, String> {
        let (name, capacity) = match text.rsplit_once('=') {
            None => (text, None),
            Some((name, capacity)) => {
                let wrong = |_| format!("{capacity:?} is no capacity; write a whole number, as in Server=10");
                (name, Some(capacity.parse().map_err(wrong)?))
            }
        };
        if name.trim().is_empty() {
            return Err("a role needs a name, as in Server=10".to_owned());
        }
        Ok(RoleArg { name: name.trim().to_owned(), capacity })
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let rate = text.parse().ok().filter(|rate: &f64| (0.001..=1e6).contains(rate));
        rate.map(Rate).ok_or_else(|| "write people a second, as in 20 or 0.5".to_owned())
    }
}

impl FromStr for Spots {
    type Err = String;

    fn from_str(text: &str) -> Result<Spots, String> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let most = most.strip_prefix('=').unwrap_or(most);
        let max = headcount_core::limits::SPOTS_MAX;
        let wrong = || format!("write a party size, or the smallest and the largest, within 1 and {max}, as in 1..4");
        let (Ok(least), Ok(most)) = (least.parse::<u32>(), most.parse::<u32>()) else { return Err(wrong()) };
        if least < 1 || most > max || least > most { Err(wrong()) } else { Ok(Spots(least..=most)) }
    }
}

/// Reads `500ms`, `10s`, `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time with its unit, as in 10s, 500ms or 2m".to_owned();
    let split = text.find(|letter: char| letter.is_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let seconds = number * factor;
    if seconds > 0.0 && seconds <= 86_400.0 { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

fn token(text: &str) -> Result<String, String> {
    let is_fine = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_fine { Ok(text.to_owned()) } else { Err("a token has only letters, digits and signs of ASCII".to_owned()) }
}

fn postgres(text: &str) -> Result<String, String> {
    crate::store::postgres::Address::parse(text).map(|_| text.to_owned()).map_err(|problem| problem.to_string())
}

fn event(text: &str) -> Result<String, String> {
    let is_fine = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_fine { Ok(text.to_owned()) } else { Err("an event is named by its id or by its slug".to_owned()) }
}

fn milliseconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "write milliseconds, as in 500".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: LoadtestArgs,
    }

    fn plan(line: &str) -> Result<Plan, String> {
        let words = std::iter::once("loadtest").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        Plan::from_args(&line.args)
    }

    #[test]
    fn without_options_a_thousand_people_want_ten_places() {
        let plan = plan("").unwrap();
        assert_eq!((plan.people, plan.pace), (1000, Pace::AllAtOnce));
        assert_eq!(plan.event.unwrap().roles, [("Server".to_owned(), 10)]);
    }

    #[test]
    fn options_make_a_plan() {
        let line =
            "--role Server=10 --role Cook --capacity 4 --event-capacity 12 --spots 1..4 --rate 20 --duration 10s";
        let plan = plan(line).unwrap();
        assert_eq!((plan.people, plan.pace, plan.spots.clone()), (200, Pace::Rate(20.0), 1..=4));
        let event = plan.event.unwrap();
        assert_eq!(event.roles, [("Server".to_owned(), 10), ("Cook".to_owned(), 4)]);
        assert_eq!((event.capacity, event.max_spots), (Some(12), 4));
    }

    #[test]
    fn users_are_called_for_two_roles() {
        let called = plan("--as-users").unwrap();
        assert_eq!(called.who, Who::Users { roles_each: 1, afterwards: Afterwards::End });
        assert_eq!((called.requests(), called.event.unwrap().roles.len()), (1000, 2));
        let both = plan("--as-users --roles-per-person 2 --role Cook=3 --role Server=4 --requests 50").unwrap();
        assert_eq!((both.requests(), both.event.unwrap().roles_per_person), (100, 2));
        let kept = plan("--as-users --keep --url http://h:1 --token x --event y").unwrap();
        assert_eq!(kept.who, Who::Users { roles_each: 1, afterwards: Afterwards::Keep });
    }

    #[test]
    fn more_connections_than_people_are_all_at_once() {
        assert_eq!(plan("--requests 10 --concurrency 10").unwrap().pace, Pace::AllAtOnce);
        assert_eq!(plan("--requests 10 --concurrency 9").unwrap().pace, Pace::Connections(9));
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_a_reason() {
        for (line, reason) in [
            ("--rate 20", "--duration"),
            ("--duration 1s", "--rate"),
            ("--rate 1 --duration 1s --requests 5", "cannot be used with"),
            ("--rate 1 --duration 1s --concurrency 5", "cannot be used with"),
            ("--rate 0.1 --duration 1s", "makes 0 people"),
            ("--rate x --duration 1s", "people a second"),
            ("--rate 1 --duration 10", "with its unit"),
            ("--url http://127.0.0.1:1", "--token"),
            ("--url 127.0.0.1:1 --token x", "http://host:port"),
            ("--url http://a:1 --url http://b:1/x --token x", "the same path"),
            ("--url http://a:1 --token x --database postgres://me@h/d", "cannot be used with"),
            ("--database sqlite:a.db", "postgres://"),
            ("--servers 3", "--database"),
            ("--event x --token x", "--url"),
            ("--url http://h:1 --token x --event a/b", "its id or by its slug"),
            ("--url http://h:1 --token \u{e9}", "of ASCII"),
            ("--url http://h:1 --token x --event y --capacity 3", "cannot be used with"),
            ("--url http://h:1 --token x --event y --role Cook=3", "has its capacities"),
            ("--role Cook=", "no capacity"),
            ("--role =3", "needs a name"),
            ("--role Cook=1 --role cook=2", "given twice"),
            ("--role Cook=1 --capacity 2", "means nothing"),
            ("--spots 4..1", "as in 1..4"),
            ("--spots 0", "as in 1..4"),
            ("--requests 0", "not in"),
            ("--waitlist maybe", "fill_gaps"),
            ("--p95-ms-max -1", "-1"),
            ("--as-users --spots 2", "cannot be used with"),
            ("--roles-per-person 2", "--as-users"),
            ("--as-users --roles-per-person 3", "name more by --role"),
            ("--as-users --roles-per-person 2 --rate 1 --duration 1s", "cannot be used with"),
            ("--as-users --keep", "--url"),
        ] {
            let error = plan(line).expect_err(line);
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
