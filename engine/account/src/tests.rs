//! Signing in, being locked out, and the ends of a session, over a store in memory.

use formwork_store::{
    embedded::Embedded,
    error::Error,
    store::{self, Transaction, transact},
    table::{
        api_key::{ApiKey, Scope},
        audit,
        credential::{self, Credential},
        session::TokenHash,
    },
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    api_key,
    password::{self, Setting},
    session::{self, Lifetime},
    sign_in::{Attempt, Browser, Ended, sign_in},
    token::Token,
};

const LOGIN: &str = "li.wei";

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
}

fn write<T: Send + 'static>(
    store: &Embedded,
    work: impl FnMut(&mut dyn Transaction) -> Result<T, Error> + Send + 'static,
) -> T {
    transact(store, work).unwrap().unwrap()
}

fn made() -> (Embedded, Credential) {
    let store = Embedded::memory().unwrap();
    let credential =
        Credential { phc: "hash".into(), must_change: false, failed: 0, locked_until: None, changed_at: at(0) };
    let bytes = credential::encode(&credential);
    write(&store, move |txn| {
        txn.put(credential::key(LOGIN), bytes.clone());
        Ok(())
    });
    (store, credential)
}

fn browser(token: u8) -> Browser {
    Browser { token: [token; 32], former: None, agent: "browser".into(), address: "192.0.2.7".into(), until: None }
}

fn attempt(against: &Credential, verified: bool, token: u8) -> Attempt {
    Attempt { login: LOGIN.into(), against: Some(against.clone()), verified, active: true, browser: browser(token) }
}

fn tried(store: &Embedded, attempt: Attempt, now: Timestamp) -> Ended {
    write(store, move |txn| sign_in(txn, &attempt, Lifetime::default(), now))
}

fn lives(store: &Embedded, token: u8, now: Timestamp) -> bool {
    let hash: TokenHash = [token; 32];
    store::read(store, |view| session::find(view, &hash, Lifetime::default(), now)).unwrap().is_some()
}

fn entries(store: &Embedded) -> u64 {
    store::read(store, |view| audit::verify(view, &mut |seq, what| panic!("entry {seq}: {what}"))).unwrap()
}

#[test]
fn the_right_password_opens_a_session_and_the_former_one_ends() {
    let (store, credential) = made();
    assert_eq!(tried(&store, attempt(&credential, true, 1), at(0)), Ended::In { must_change: false });
    let again = Attempt { browser: Browser { former: Some([1; 32]), ..browser(2) }, ..attempt(&credential, true, 2) };
    assert_eq!(tried(&store, again, at(1)), Ended::In { must_change: false });
    assert!(!lives(&store, 1, at(1)) && lives(&store, 2, at(1)));
    assert_eq!(entries(&store), 2);
}

#[test]
fn nothing_but_the_password_of_an_active_user_opens_a_session() {
    let (store, credential) = made();
    let other = Credential { phc: "older hash".into(), ..credential.clone() };
    for refused in [
        attempt(&credential, false, 1),
        attempt(&other, true, 1),
        Attempt { active: false, ..attempt(&credential, true, 1) },
        Attempt { login: "nobody".into(), against: None, ..attempt(&credential, true, 1) },
    ] {
        assert_eq!(tried(&store, refused, at(0)), Ended::Refused);
    }
    assert!(!lives(&store, 1, at(0)));
    assert_eq!(entries(&store), 4);
}

#[test]
fn after_five_failures_the_right_password_does_not_help_until_the_lock_ends() {
    let (store, credential) = made();
    for _ in 0..5 {
        assert_eq!(tried(&store, attempt(&credential, false, 1), at(0)), Ended::Refused);
    }
    assert_eq!(tried(&store, attempt(&credential, true, 1), at(0)), Ended::Refused);
    assert_eq!(tried(&store, attempt(&credential, true, 1), at(1)), Ended::In { must_change: false });
    let kept = store::read(&store, |view| credential::get(view, LOGIN)).unwrap().unwrap();
    assert_eq!((kept.failed, kept.locked_until), (0, None));
}

#[test]
fn a_session_ends_unused_and_at_last_however_much_it_is_used() {
    let (store, credential) = made();
    let Lifetime { idle, absolute } = Lifetime::default();
    tried(&store, attempt(&credential, true, 1), at(0));
    assert!(lives(&store, 1, at(idle.as_mins() - 1)) && !lives(&store, 1, at(idle.as_mins())));
    let mut minute = 0;
    while minute + 60 < absolute.as_mins() {
        minute += 60;
        write(&store, move |txn| session::touch(txn, &[1; 32], at(minute)));
        assert!(lives(&store, 1, at(minute)), "minute {minute}");
    }
    assert!(!lives(&store, 1, at(absolute.as_mins())));
    let cleared = write(&store, move |txn| session::clear(txn, Lifetime::default(), at(0) + absolute));
    assert_eq!(cleared, 1);
}

#[test]
fn signing_out_everywhere_keeps_the_session_that_asks() {
    let (store, credential) = made();
    for token in 1..=3 {
        tried(&store, attempt(&credential, true, token), at(0));
    }
    let ended = write(&store, |txn| session::sign_out_everywhere(txn, (LOGIN, Some(&[2; 32])), (LOGIN, ""), at(1)));
    assert_eq!(ended, 2);
    assert_eq!([1, 2, 3].map(|token| lives(&store, token, at(1))), [false, true, false]);
    assert!(write(&store, |txn| session::sign_out(txn, &[2; 32], "", at(2))));
    assert!(!write(&store, |txn| session::sign_out(txn, &[2; 32], "", at(2))));
    // A use that was on its way does not bring it back.
    write(&store, |txn| session::touch(txn, &[2; 32], at(2)));
    assert!(!lives(&store, 2, at(2)));
}

#[test]
fn a_use_is_noted_once_a_minute() {
    let (store, credential) = made();
    tried(&store, attempt(&credential, true, 1), at(0));
    let stale = |seconds| {
        let now = at(0) + SignedDuration::from_secs(seconds);
        store::read(&store, |view| session::find(view, &[1; 32], Lifetime::default(), now)).unwrap().unwrap().stale
    };
    assert!(!stale(59) && stale(60));
}

fn setting(instead_of: Option<&str>) -> Setting {
    Setting {
        login: LOGIN.into(),
        phc: "newer hash".into(),
        must_change: instead_of.is_none(),
        instead_of: instead_of.map(str::to_owned),
        keep: instead_of.map(|_| [1; 32]),
        actor: LOGIN.into(),
        address: String::new(),
    }
}

#[test]
fn changing_the_password_ends_every_other_session() {
    let (store, credential) = made();
    for token in 1..=2 {
        tried(&store, attempt(&credential, true, token), at(0));
    }
    let stale = setting(Some("older hash"));
    assert!(!write(&store, move |txn| password::set(txn, &stale, at(1))));
    assert!(lives(&store, 2, at(1)));
    let changed = setting(Some("hash"));
    assert!(write(&store, move |txn| password::set(txn, &changed, at(1))));
    assert_eq!([1, 2].map(|token| lives(&store, token, at(1))), [true, false]);
    assert_eq!(entries(&store), 3);
}

#[test]
fn a_reset_password_unlocks_ends_all_sessions_and_must_be_changed() {
    let (store, credential) = made();
    tried(&store, attempt(&credential, true, 1), at(0));
    for _ in 0..6 {
        tried(&store, attempt(&credential, false, 2), at(0));
    }
    let reset = setting(None);
    assert!(write(&store, move |txn| password::set(txn, &reset, at(0))));
    assert!(!lives(&store, 1, at(0)));
    let kept = store::read(&store, |view| credential::get(view, LOGIN)).unwrap().unwrap();
    assert_eq!(tried(&store, attempt(&kept, true, 3), at(0)), Ended::In { must_change: true });
}

#[test]
fn a_key_works_until_it_expires_or_is_revoked() {
    let (store, _) = made();
    let token = Token::new([9; 32]);
    let hash = token.hash();
    let key = ApiKey {
        login: LOGIN.into(),
        name: "nightly".into(),
        scopes: vec![Scope { object: Some("thing".into()), write: false }],
        created: at(0),
        expires: Some(at(60)),
        used: None,
    };
    let find = |store: &Embedded, now| store::read(store, |view| api_key::find(view, &hash, now)).unwrap();
    let made = key.clone();
    assert!(write(&store, move |txn| api_key::make(txn, &hash, &made, LOGIN, "")));
    let twice = key.clone();
    assert!(!write(&store, move |txn| api_key::make(txn, &[8; 32], &twice, LOGIN, "")));
    assert_eq!(api_key::bearer(&format!("Bearer {}", api_key::reveal(&token))), Some(token));
    assert_eq!(find(&store, at(1)), Some((key, true)));
    write(&store, move |txn| api_key::touch(txn, &hash, at(1)));
    assert!(!find(&store, at(1)).unwrap().1);
    assert_eq!(find(&store, at(60)), None);
    assert!(write(&store, |txn| api_key::revoke(txn, (LOGIN, "nightly"), (LOGIN, ""), at(2))));
    write(&store, move |txn| api_key::touch(txn, &hash, at(3)));
    assert_eq!(find(&store, at(3)), None);
}

#[test]
fn a_scope_reaches_its_object_and_nothing_else() {
    let scope = |object: Option<&str>, write| Scope { object: object.map(str::to_owned), write };
    assert!(scope(None, false).allows(Some("thing"), false) && scope(None, false).allows(None, false));
    assert!(!scope(None, false).allows(Some("thing"), true));
    assert!(scope(Some("thing"), true).allows(Some("thing"), true));
    assert!(!scope(Some("thing"), true).allows(Some("other"), false));
    assert!(!scope(Some("thing"), true).allows(None, false));
}
