//! How much may be asked, as operators set it.

use std::num::NonZeroU32;
use std::str::FromStr;

/// How much may be asked in a minute; none: as much as anybody likes. The whole of it may come in the same second, as
/// when a hall presses at once; then it comes back evenly over a minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Sign-ups or answers of one person for one event.
    pub person: Option<NonZeroU32>,
    /// Sign-ups from one address. Whole halls and mobile carriers share one.
    pub address: Option<NonZeroU32>,
    /// Log-ins from one address that fail.
    pub logins: Option<NonZeroU32>,
    /// Wishes from one address for links to sign-ups, or for all that is kept about somebody.
    pub searches: Option<NonZeroU32>,
    /// Sign-ups with one token; they do not count for the address.
    pub token: Option<NonZeroU32>,
}

/// More than this is as good as no limit.
const RATE_MAX: u32 = 1_000_000;
const EXAMPLE: &str = "write on, off, or some of person=5,address=3000,logins=60,searches=100,token=6000";

impl Rates {
    /// No limits.
    pub const OFF: Rates = Rates { person: None, address: None, logins: None, searches: None, token: None };
}

/// What suits most.
impl Default for Rates {
    fn default() -> Rates {
        Rates {
            person: NonZeroU32::new(5),
            address: NonZeroU32::new(3_000),
            logins: NonZeroU32::new(60),
            searches: NonZeroU32::new(100),
            token: NonZeroU32::new(6_000),
        }
    }
}

impl FromStr for Rates {
    type Err = String;

    /// `on`, `off`, or those that are to be other than usual.
    fn from_str(text: &str) -> Result<Rates, String> {
        match text {
            "on" => return Ok(Rates::default()),
            "off" => return Ok(Rates::OFF),
            _ => {}
        }
        let mut rates = Rates::default();
        let mut named = Vec::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| EXAMPLE.to_owned())?;
            let name = name.trim();
            let rate = match name {
                "person" => &mut rates.person,
                "address" => &mut rates.address,
                "logins" => &mut rates.logins,
                "searches" => &mut rates.searches,
                "token" => &mut rates.token,
                _ => return Err(format!("there is no limit {name:?}: {EXAMPLE}")),
            };
            if named.contains(&name) {
                return Err(format!("{name} is there twice"));
            }
            named.push(name);
            *rate = read(name, value.trim())?;
        }
        Ok(rates)
    }
}

fn read(name: &str, value: &str) -> Result<Option<NonZeroU32>, String> {
    if value == "off" {
        return Ok(None);
    }
    let rate = value.parse().ok().filter(|rate| *rate <= RATE_MAX);
    rate.map(NonZeroU32::new).ok_or_else(|| format!("{name} must be a number a minute up to {RATE_MAX}, or off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_usual_off_or_chosen_one_by_one() {
        let read = |text: &str| text.parse::<Rates>();
        let usual = Rates::default();
        assert_eq!(read("on"), Ok(usual));
        assert_eq!(read("off"), Ok(Rates::OFF));
        assert_eq!(read("person=5,address=3000,logins=60,searches=100,token=6000"), Ok(usual));
        assert_eq!(read("address=10"), Ok(Rates { address: NonZeroU32::new(10), ..usual }));
        assert_eq!(read(" logins = off , person=0"), Ok(Rates { logins: None, person: None, ..usual }));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (wrong, problem) in [
            ("", "person=5"),
            ("5", "person=5"),
            ("On", "person=5"),
            ("people=5", "no limit \"people\""),
            ("person=5,", "person=5"),
            ("person=-1", "person must be a number"),
            ("person=1.5", "person must be a number"),
            ("token=1000001", "up to 1000000, or off"),
            ("person=5,person=6", "twice"),
            ("on,person=5", "person=5"),
        ] {
            assert!(wrong.parse::<Rates>().is_err_and(|told| told.contains(problem)), "{wrong}");
        }
    }
}
