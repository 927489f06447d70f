//! Tables: what is written is read, in the order that is promised.

use formwork_model::{
    approval::{Approval, Comment, Copy, End, Ended, Ending, Need, Outcome, Place, Step, StepState, Task},
    event::Event,
    id::{CommandId, RecordId},
    instance::{Instance, Join, Scope, Token},
    length::Length,
    name::Name,
    record::{Fields, Record},
    text::Text,
    timer::{Due, Owner, Pause, Timer},
    value::{FileRef, Value},
    work::Work,
};
use formwork_store::{
    embedded::Embedded,
    error::Error,
    key::Key,
    store::{Order, read, transact},
    symbols::Symbols,
    table::{blob, counter, history, idempotency, index, ledger, message, meta, record, release, timer, unique},
};
use jiff::{Timestamp, civil::date};

use crate::site::{pairs_of, write};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn id(n: u8) -> RecordId {
    RecordId::from_bytes([n; 16])
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

fn with_names(store: &Embedded, names: &[&'static str]) -> Symbols {
    let names: Vec<Name> = names.iter().map(|text| name(text)).collect();
    transact(store, move |txn| Symbols::load(txn.view())?.extend(txn, names.iter().copied())).unwrap().unwrap()
}

#[test]
fn names_get_numbers_once_even_in_one_group() {
    let store = Embedded::memory().unwrap();
    let first = with_names(&store, &["a", "b"]);
    assert!(first.missing([name("a"), name("c")].into_iter()) && !first.missing([name("b")].into_iter()));
    // Two works that start from the same table: the later one must not give 2 to another name.
    let (one, two) = (first.clone(), first.clone());
    let (told, results) = std::sync::mpsc::channel();
    for (table, text) in [(one, "c"), (two, "d")] {
        let told = told.clone();
        write(&store, move |txn| told.send(table.extend(txn, [name(text)].into_iter()).unwrap()).unwrap());
    }
    assert_eq!(results.recv().unwrap().number(name("c")), Some(2));
    let second = results.recv().unwrap();
    assert_eq!(
        (second.number(name("c")), second.number(name("d")), second.name(3)),
        (Some(2), Some(3), Some(name("d")))
    );
    assert_eq!(read(&store, |view| Symbols::load(view)).unwrap().len(), 4);
    assert_eq!((first.len(), first.name(2), first.is_empty()), (2, None, false));
    // A table from an aborted work is found out.
    let mut ahead = None;
    let aborted: Result<Result<Symbols, Symbols>, Error> =
        transact(&store, |txn| Err(Symbols::load(txn.view()).unwrap().extend(txn, [name("e")].into_iter()).unwrap()));
    if let Err(table) = aborted.unwrap() {
        ahead = Some(table);
    }
    let refused = transact(&store, move |txn| ahead.clone().unwrap_or_default().extend(txn, [name("f")].into_iter()));
    assert!(matches!(refused.unwrap(), Err(Error::Fault(_))));
}

fn full_approval() -> Approval {
    let ended = |how| Some(Ended { how, at: at(4), by: "bo".into(), on_behalf_of: Some("li".into()), comment: None });
    let task = |id, place, end| Task {
        id,
        login: "li".into(),
        place,
        added_by: Some("bo".into()),
        why: "role(manager)".into(),
        open: id % 2 == 0,
        since: at(3),
        end,
    };
    let places = [Place::Voter, Place::Before(1), Place::Parallel(1), Place::After(2), Place::Delegate(3)];
    let ends = [
        End::Approved,
        End::Rejected,
        End::Returned,
        End::Transferred(9),
        End::Escalated(3),
        End::Expired,
        End::Passed,
        End::Superseded,
        End::Cancelled,
        End::Removed,
        End::Acted,
    ];
    let tasks: Vec<Task> = (1..)
        .zip(places.into_iter().map(|place| (place, None)).chain(ends.map(|end| (Place::Voter, ended(end)))))
        .map(|(id, (place, end))| task(id, place, end))
        .collect();
    let states = [
        (Need::Any, StepState::Open),
        (Need::All, StepState::Blocked),
        (Need::InOrder, StepState::Passed),
        (Need::Count(2), StepState::Failed),
        (Need::Percent(60), StepState::Skipped),
        (Need::Any, StepState::Undone),
        (Need::Any, StepState::Dropped),
    ];
    let step = |(at_, (need, state))| Step {
        name: name("review"),
        at: at_,
        need,
        state,
        began_at: at(2),
        then: Some(at_),
        tasks: tasks.clone(),
    };
    let file = FileRef { sha256: "00".into(), name: "a.pdf".into(), media: "application/pdf".into(), size: 3 };
    Approval {
        id: 7,
        token: 2,
        node: name("review"),
        scope: 1,
        splits: vec![3],
        submitter: "an".into(),
        submission: 2,
        began_at: at(1),
        earlier: vec!["bo".into()],
        chosen: vec![(name("review"), vec!["bo".into()])],
        first: 1,
        back: Some((name("draft"), 2)),
        steps: (0..).zip(states).map(step).collect(),
        copies: vec![Copy { id: 5, login: "bo".into(), by: "li".into(), at: at(6), read_at: Some(at(7)) }],
        comments: vec![Comment { by: "bo".into(), at: at(5), text: "see".into(), files: vec![file.into()] }],
        urged_at: Some(at(9)),
        ended: Some(Ending { at: at(9), by: "bo".into(), outcome: Outcome::Returned { resume: Some(1) } }),
    }
}

fn full_record() -> Record {
    let fields: Fields = [
        (name("amount"), Value::Decimal("12.50".parse().unwrap())),
        (name("title"), Value::text("一台机器")),
        (name("lines"), Value::Rows(vec![formwork_model::record::Row { key: 3, fields: Fields::new() }])),
    ]
    .into_iter()
    .collect();
    let token = Token {
        id: 4,
        node: name("review"),
        scope: 1,
        splits: vec![2, 3],
        from: Some(name("draft")),
        since: at(1_700_000_000_123),
        held: true,
    };
    let scope = Scope {
        id: 1,
        node: name("each_line"),
        parent: 0,
        token: 2,
        index: 7,
        data: fields.clone(),
        done: true,
        outcome: Some(name("done")),
    };
    let join = Join {
        node: Some(name("review")),
        scope: 1,
        split: 2,
        arrived: vec![(name("draft"), 2)],
        fired: true,
        taken: 9,
    };
    let work = Work {
        token: 3,
        queue: name("draft"),
        assignee: Some("li".into()),
        since: at(5),
        accepted_at: None,
        escalations: 2,
        readers: vec!["wang".into()],
    };
    let instance = Instance {
        flow: name("quote"),
        release: "0123456789abcdef".repeat(4),
        draft: false,
        started_at: at(1),
        ended_at: Some(at(-5)),
        outcome: Some(name("done")),
        tokens: vec![token],
        scopes: vec![scope],
        joins: vec![join],
        approvals: vec![full_approval()],
        works: vec![work],
        next: 12,
    };
    Record {
        object: name("opportunity"),
        id: id(9),
        rev: 300,
        number: Some("OP202611-00042".into()),
        created_at: at(1_700_000_000_000),
        created_by: "li".into(),
        updated_at: at(1_700_000_000_001),
        updated_by: "".into(),
        fields,
        flows: vec![
            instance.clone(),
            Instance { release: "short".into(), draft: true, ended_at: None, outcome: None, ..instance },
        ],
        timers: timers(),
        events: vec![Event { id: 2, name: name("done"), at: at(77), data: r#"{"n":1}"#.into() }],
    }
}

/// One timer of each kind.
fn timers() -> Vec<Timer> {
    let after = |length| Due::After { length, calendar: Some(name("done")) };
    let timer = Timer {
        id: 3,
        owner: Owner::Token { flow: name("quote"), token: 4 },
        name: name("review"),
        part: 2,
        since: at(1_700_000_000_000),
        rule: after(Length::working_seconds(7_200)),
        every: Some(Length::working_days(1)),
        last: Some(at(1_700_000_000_100)),
        pauses: vec![Pause { from: at(1_700_000_000_500), to: Some(at(1_700_000_000_900)) }],
        due: Some(at(1_700_000_009_000)),
        fired: 7,
    };
    let paused = Pause { from: at(5), to: None };
    vec![
        timer.clone(),
        Timer { id: 4, owner: Owner::Record, rule: Due::At(at(9)), every: None, due: None, ..timer.clone() },
        Timer { id: 6, owner: Owner::Event(2), due: None, ..timer.clone() },
        Timer { id: 5, rule: after(Length::seconds(60)), pauses: vec![paused], due: None, ..timer },
    ]
}

#[test]
fn records_of_the_first_version_are_read_as_records_without_timers() {
    let store = Embedded::memory().unwrap();
    let symbols = with_names(&store, &["title", "opportunity"]);
    let record =
        Record { fields: Fields::new(), flows: Vec::new(), timers: Vec::new(), events: Vec::new(), ..full_record() };
    let bytes = record::encode(&record, &symbols).unwrap();
    // What version 2 added stands at the end: no timers, no events.
    let first = [&[1], &bytes[1..bytes.len() - 2]].concat();
    assert_eq!(record::decode(record.object, record.id, &first, &symbols).unwrap(), record);
    let newer = [&[3], &bytes[1..]].concat();
    assert!(matches!(record::decode(record.object, record.id, &newer, &symbols), Err(Error::Newer { found: 3, .. })));
}

#[test]
fn waiting_timers_sort_by_due_time_and_read_back() {
    let waiting = |due, table, n, timer| timer::Waiting { due: at(due), table, id: id(n), timer };
    let all =
        [waiting(-5, 9, 9, 9), waiting(1, 2, 1, 2), waiting(1, 2, 2, 1), waiting(1, 3, 1, 1), waiting(70, 1, 1, 1)];
    let keys: Vec<_> = all.iter().map(timer::key).collect();
    assert!(keys.is_sorted());
    for (waiting, key) in all.iter().zip(&keys) {
        assert_eq!(timer::waiting_of(key).unwrap(), *waiting);
        assert!(timer::waiting_of(&key[..key.len() - 1]).is_err());
    }
    // A timer without a due time waits for nobody.
    assert_eq!(timer::keys(2, id(1), &timers()).count(), 1);
}

#[test]
fn records_read_back_with_their_flows_and_refuse_damage() {
    let store = Embedded::memory().unwrap();
    let symbols = with_names(
        &store,
        &["amount", "title", "lines", "review", "draft", "each_line", "done", "quote", "opportunity"],
    );
    let record = full_record();
    let bytes = record::encode(&record, &symbols).unwrap();
    assert_eq!(record::decode(record.object, record.id, &bytes, &symbols).unwrap(), record);
    for end in 0..bytes.len() {
        assert!(record::decode(record.object, record.id, &bytes[..end], &symbols).is_err(), "cut at {end}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(record::decode(record.object, record.id, &longer, &symbols).is_err());
    let (start, end) = record::range(7);
    let key = record::key(7, record.id);
    assert!(start <= key && key < end && record::key(8, id(0)) >= end);
    assert_eq!(record::id_of(&key).unwrap(), record.id);
}

#[test]
fn index_entries_sort_by_value_then_id_and_give_the_id_back() {
    let amounts = ["-3", "0", "0.5", "12.50", "1000"].map(|text| Value::Decimal(text.parse().unwrap()));
    let keys: Vec<_> = amounts.iter().flat_map(|v| [1, 2].map(|n| index::key(1, 2, &[v], id(n)))).collect();
    assert!(keys.is_sorted());
    assert_eq!(index::id_of(&keys[3]).unwrap(), id(2));
    let prefix = index::prefix(1, 2, &[&amounts[3]]);
    assert_eq!(keys.iter().filter(|key| key.starts_with(&prefix)).count(), 2);
    assert!(keys.iter().all(|key| *key < Key::prefix_end(&index::prefix(1, 2, &[]))));
    let holder = unique::key(1, 0, &[&Value::text("x"), &Value::Null]);
    assert_ne!(holder, unique::key(1, 0, &[&Value::text("x")]));
    assert_eq!(unique::decode(&unique::encode(id(5))).unwrap(), id(5));
    assert!(unique::decode(b"short").is_err() && index::id_of(b"short").is_err());
}

fn entry(n: u8) -> history::Entry {
    let change = history::Change {
        object: name("opportunity"),
        id: id(n),
        path: "amount".into(),
        old: Value::Null,
        new: Value::Int(i64::from(n)),
    };
    history::Entry {
        seq: 0,
        command: CommandId::from_bytes([n; 16]),
        at: at(i64::from(n)),
        actor: "li".into(),
        on_behalf_of: n.is_multiple_of(2).then(|| "wang".into()),
        release: "ab".repeat(32).into(),
        kind: "update".into(),
        target: Some((name("opportunity"), id(n))),
        input: "{}".into(),
        reason: None,
        changes: vec![change],
        fired: vec![history::Fired { what: "rule opportunity.big_deal".into(), values: "".into() }],
        pinned: n.is_multiple_of(3).then(|| "cd".repeat(32).into()),
        more: if n.is_multiple_of(2) { "{\"token\":3}".into() } else { "".into() },
        cover: history::Cover::Plain,
    }
}

fn problems(store: &Embedded, symbols: &Symbols) -> (u64, Vec<u64>) {
    let mut found = Vec::new();
    let checked =
        read(store, |view| history::verify(view, symbols, &mut |_| {}, &mut |seq, _| found.push(seq))).unwrap();
    (checked, found)
}

fn listed(table: u16, id: formwork_model::id::RecordId, rev: u64) -> history::Listed {
    history::Listed { table, id, rev }
}

#[test]
fn the_history_is_a_chain_and_every_break_is_found() {
    let store = Embedded::memory().unwrap();
    let symbols = with_names(&store, &["opportunity"]);
    for n in 1..=20u8 {
        let symbols = symbols.clone();
        write(&store, move |txn| {
            let mut entry = entry(n);
            let seq =
                history::append(txn, &mut entry, &symbols, &[listed(3, id(n), 1), listed(4, id(1), u64::from(n))])
                    .unwrap();
            assert_eq!((seq, entry.seq), (u64::from(n), u64::from(n)));
        });
    }
    assert_eq!(problems(&store, &symbols), (20, vec![]));
    let (kept, of_one) = read(&store, |view| {
        let (start, end) = history::record_range(4, id(1));
        Ok((history::get(view, 7, &symbols)?, pairs_of(view, &start, &end, Order::Forward)?))
    })
    .unwrap();
    assert_eq!(kept.unwrap(), history::Entry { seq: 7, ..entry(7) });
    let positions: Vec<u64> = of_one.iter().map(|(key, _)| history::record_seq_of(key).unwrap()).collect();
    assert_eq!(positions, (1..=20).collect::<Vec<u64>>());
    assert!(of_one.iter().zip(1..).all(|((_, value), rev)| history::rev_of(value) == Some(rev)));
    // One flipped bit anywhere in an entry.
    let bytes = read(&store, |view| view.get(&history::key(5))).unwrap().unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        write(&store, move |txn| txn.put(history::key(5), altered.clone()));
        assert!(!problems(&store, &symbols).1.is_empty(), "byte {at}");
    }
    // An entry forged with a right hash of its own, one left out, and the newest cut off.
    let forging = symbols.clone();
    write(&store, move |txn| {
        let previous = history::decode(&txn.get(&history::key(4)).unwrap().unwrap(), &forging).unwrap().hash;
        let forged = history::Entry { seq: 5, actor: "nobody".into(), ..entry(5) };
        txn.put(history::key(5), history::encode(&forged, &previous, &forging).unwrap().0);
    });
    assert_eq!(problems(&store, &symbols), (20, vec![6]));
    write(&store, move |txn| {
        txn.put(history::key(5), bytes.clone());
        txn.delete(history::key(11));
        txn.delete(history::key(20));
    });
    assert_eq!(problems(&store, &symbols), (18, vec![11, 20]));
}

#[test]
fn ledgers_find_entries_and_balances_by_leading_dimensions() {
    let store = Embedded::memory().unwrap();
    let (north, south, pump) = (Value::text("north"), Value::text("south"), Value::text("pump"));
    let entry = ledger::LedgerEntry {
        amount: "-1.50".parse().unwrap(),
        record: Some((3, id(1))),
        kind: "delivery".into(),
        note: "".into(),
    };
    let balance = ledger::Balance { total: "8.50".parse().unwrap(), entries: 2 };
    assert_eq!(ledger::decode_entry(&ledger::encode_entry(&entry)).unwrap(), entry);
    assert_eq!(ledger::decode_balance(&ledger::encode_balance(balance)).unwrap(), balance);
    let keys: Vec<Vec<u8>> = [(&north, 3), (&north, 1), (&south, 2)]
        .iter()
        .map(|(area, day)| ledger::entry_key(1, &[area, &pump], date(2026, 11, *day), 9, 0))
        .collect();
    write(&store, move |txn| keys.iter().for_each(|key| txn.put(key.clone(), Vec::new())));
    let prefix = ledger::entry_prefix(1, &[&north]);
    let found = read(&store, |view| pairs_of(view, &prefix, &Key::prefix_end(&prefix), Order::Forward)).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].0, ledger::entry_key(1, &[&north, &pump], date(2026, 11, 1), 9, 0), "by date");
    assert!(ledger::balance_key(1, &[&north, &pump]).starts_with(&ledger::balance_prefix(1, &[&north])));
}

#[test]
fn small_tables_read_back() {
    let store = Embedded::memory().unwrap();
    let symbols = with_names(&store, &["opportunity"]);
    let answer = idempotency::Answer { request: [7; 32], response: b"{}".to_vec(), at: at(5) };
    assert_eq!(idempotency::decode(&idempotency::encode(&answer)).unwrap(), answer);
    assert_ne!(idempotency::key("a", "bc"), idempotency::key("ab", "c"));
    let (start, end) = idempotency::range();
    assert!(start <= idempotency::key("a", "b") && idempotency::key("a", "b") < end);
    let text = Text { zh: "请审批".into(), en: "Please approve".into() };
    let message = message::Message { at: at(5), text, record: Some((name("opportunity"), id(1))), read: false };
    let bytes = message::encode(&message, &symbols).unwrap();
    assert_eq!(message::decode(&bytes, &symbols).unwrap(), message);
    let (start, end) = message::range("li");
    assert!(start <= message::key("li", 9, 0) && message::key("li", 9, 0) < end && message::key("lin", 1, 0) >= end);
    write(&store, |txn| {
        assert_eq!([counter::take(txn, 1, "202611").unwrap(), counter::take(txn, 1, "202611").unwrap()], [1, 2]);
        assert_eq!(counter::take(txn, 1, "202612").unwrap(), 1);
        counter::put_next(txn, 2, "", 100);
        assert_eq!(counter::take(txn, 2, "").unwrap(), 100);
        release::put(txn, "hash", &[9; 70_000]);
        release::put_active(txn, "hash");
        meta::put_book_id(txn, "book");
        for (hash, size) in [("empty", 0), ("small", 5), ("full", blob::CHUNK), ("large", blob::CHUNK * 2 + 1)] {
            blob::put(txn, hash, &vec![1; size]);
        }
        blob::delete(txn, "small").unwrap();
    });
    read(&store, |view| {
        assert_eq!(release::active(view)?.as_deref(), Some("hash"));
        assert_eq!(release::get(view, "hash")?, Some(vec![9; 70_000]));
        assert_eq!(release::hashes(view)?, ["hash"]);
        assert_eq!(meta::book_id(view)?.as_deref(), Some("book"));
        assert_eq!(meta::data_version(view)?, Some(meta::DATA_VERSION));
        for (hash, size) in [("empty", Some(0)), ("small", None), ("full", Some(blob::CHUNK)), ("large", Some(131_073))]
        {
            assert_eq!(blob::get(view, hash)?.map(|content| content.len()), size, "{hash}");
        }
        Ok(())
    })
    .unwrap();
}
