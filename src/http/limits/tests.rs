use std::sync::Mutex;

use uuid::Uuid;

use super::*;

/// Limits whose time stands still but for what is added.
fn limits(rates: &str) -> (Limits, Arc<Mutex<Instant>>) {
    let time = Arc::new(Mutex::new(clock::instant()));
    let read = Arc::clone(&time);
    (Limits::by_clock(rates.parse().unwrap(), move || *read.lock().unwrap()), time)
}

fn client(last: u8) -> Client {
    Client::at([203, 0, 113, last].into())
}

#[test]
fn only_logins_that_fail_count_and_then_none_may_be_tried() {
    let (limits, time) = limits("logins=3");
    for _ in 0..3 {
        for _ in 0..10 {
            assert_eq!(limits.may_try_login(client(1)), Ok(()));
        }
        limits.failed_login(client(1));
    }
    limits.failed_login(client(1));
    let too_many = limits.may_try_login(client(1)).unwrap_err();
    assert_eq!(too_many.retry_after(), 20);
    assert_eq!(too_many.to_string(), "Too many log-ins from your network failed within a minute");
    assert_eq!(limits.may_try_login(client(2)), Ok(()), "others are not held up");
    *time.lock().unwrap() += Duration::from_secs(20);
    assert_eq!(limits.may_try_login(client(1)), Ok(()));
}

#[test]
fn searches_and_tokens_have_limits_of_their_own() {
    let (limits, _) = limits("searches=2,token=3,address=1");
    let (token, other) = (Sender::Token(TokenId(Uuid::from_u128(1))), Sender::Token(TokenId(Uuid::from_u128(2))));
    let taken = |take: &dyn Fn() -> Result<(), TooMany>| (0..10).take_while(|_| take().is_ok()).count();
    assert_eq!(taken(&|| limits.search(client(1))), 2);
    assert_eq!(taken(&|| limits.sign_up(token)), 3);
    assert_eq!(taken(&|| limits.sign_up(other)), 3);
    assert_eq!(taken(&|| limits.sign_up(Sender::Client(client(1)))), 1);
    assert_eq!(taken(&|| limits.sign_up(Sender::Owner)), 10);
}

#[test]
fn the_wait_is_told_in_whole_seconds_rounded_up() {
    let told = |wait| TooMany { what: What::Searches, wait }.retry_after();
    assert_eq!(told(Duration::from_nanos(1)), 1);
    assert_eq!(told(Duration::from_secs(12)), 12);
    assert_eq!(told(Duration::from_millis(12_001)), 13);
}

#[test]
fn switched_off_they_limit_nothing() {
    let (limits, _) = limits("off");
    for _ in 0..10_000 {
        limits.failed_login(client(1));
        assert_eq!(limits.may_try_login(client(1)), Ok(()));
        assert_eq!(limits.sign_up(Sender::Client(client(1))), Ok(()));
    }
}
