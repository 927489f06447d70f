//! The shipped calendar of China against the official lists of days off and make-up working days.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::check::check_folder;
use formwork_integration::{import, mapping::Mapping};
use formwork_model::{calendar::WorkingCalendar, clock::SettableClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Command, Input, Request},
};
use formwork_store::embedded::Embedded;
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use serde_json::{Value as Json, json};

use crate::cli::binary::Folder;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The calendar as it is shipped.
fn shipped() -> Arc<WorkingCalendar> {
    check_folder(&root()).unwrap().catalog.unwrap().calendar(Name::find("std_cn"))
}

/// An instant of Shanghai.
fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

#[test]
fn the_shipped_holidays_are_the_official_ones() {
    let Some(folder) = super::data("china_holidays") else { return };
    let path = folder.join("holidays_2020_2024.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut official: BTreeMap<Date, bool> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        official.insert(cells[1].parse().unwrap(), cells[3] == "0");
    }
    assert!(official.len() > 150, "{}", official.len());
    let calendar = shipped();
    let mut day = date(2020, 1, 1);
    while day < date(2025, 1, 1) {
        let usual = day.weekday().to_monday_zero_offset() < 5;
        let works = official.get(&day).copied().unwrap_or(usual);
        assert_eq!(calendar.is_working_day(day), works, "{day}");
        day = day.tomorrow().unwrap();
    }
}

/// From the notices of the State Council: first and last days off, and days of a weekend that are worked.
const NOTICES: &[(i16, &[&str], &str)] = &[
    (
        2025,
        &["01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"],
        "01-26 02-08 04-27 09-28 10-11",
    ),
    (
        2026,
        &["01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"],
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
];

#[test]
fn every_day_of_the_years_since_is_as_the_notices_say() {
    let calendar = shipped();
    for (year, off, worked) in NOTICES {
        let day = |text: &str| -> Date { format!("{year}-{text}").parse().unwrap() };
        let spans: Vec<(Date, Date)> =
            off.iter().map(|span| span.split_once(' ').unwrap()).map(|(a, b)| (day(a), day(b))).collect();
        let worked: BTreeSet<Date> = worked.split(' ').map(day).collect();
        let mut one = date(*year, 1, 1);
        while one.year() == *year {
            let is_off = spans.iter().any(|(first, last)| (*first..=*last).contains(&one));
            let usual = one.weekday().to_monday_zero_offset() < 5;
            assert_eq!(calendar.is_working_day(one), worked.contains(&one) || usual && !is_off, "{one}");
            one = one.tomorrow().unwrap();
        }
    }
}

#[test]
fn the_shipped_hours_meet_the_vectors() {
    let calendar = shipped();
    assert_eq!(calendar.end_of_nth_working_day(date(2026, 2, 12), 3), at("2026-02-24T17:30"));
    assert_eq!(calendar.add(at("2026-09-30T16:30"), 2 * 3600), at("2026-10-08T09:30"));
    assert_eq!(calendar.add(at("2026-03-02T08:30"), 27_000), at("2026-03-02T17:30"), "the earliest instant");
    assert_eq!(calendar.working_days(date(2026, 4, 1), date(2026, 6, 30)), 61);
    assert_eq!(calendar.working_days(date(2026, 4, 1), date(2026, 5, 15)), 30);
}

const CLAIM: &str = "flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{by: user(bo)}]
    calendar: std_cn
    limit: {after: 4 working days, then: reject}
    approved: {to: over}
    rejected: {to: refused}
  over: {end: {}}
  refused: {end: {}}
";

/// A book that works by the shipped calendar, with a claim that was submitted at the end of 2026.
fn waiting(folder: &Folder) -> (Book, Arc<SettableClock>) {
    folder.write("definitions/site.book.yaml", "book: site\naccess: open\ntime_zone: Asia/Shanghai\n");
    folder.write("definitions/work/claim.object.yaml", "object: claim\nfields: {name: {type: text}}\n");
    folder.write("definitions/work/claim.flow.yaml", CLAIM);
    for file in fs::read_dir(root().join("definitions/calendars")).unwrap() {
        let file = file.unwrap();
        let to = format!("definitions/calendars/{}", file.file_name().to_string_lossy());
        folder.write(&to, &fs::read_to_string(file.path()).unwrap());
    }
    let catalog = Arc::new(check_folder(folder.path()).unwrap().catalog.unwrap());
    let clock = Arc::new(SettableClock::at(at("2026-12-30T10:00")));
    let book = Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock.clone()).unwrap();
    let claim = Name::find("claim").unwrap();
    let Json::Object(values) = json!({"name": "A"}) else { unreachable!() };
    let made = book.run(Command::new(super::actor(), Request::Create { object: claim, values })).unwrap();
    let id = made.record.unwrap().id;
    let action = Name::find("submit").unwrap();
    let submit = Request::Act { object: claim, id, rev: None, action, token: None, input: Input::new() };
    book.run(Command::new(super::actor(), submit)).unwrap();
    (book, clock)
}

#[test]
fn the_days_of_next_year_are_an_import_and_every_open_due_time_moves_with_them() {
    let folder = Folder::empty();
    let (book, clock) = waiting(&folder);
    let due = || book.next_due(|_| false).unwrap().unwrap().at;
    // Thursday, Friday, Monday, Tuesday: nobody knows yet that New Year is off.
    assert_eq!(due(), at("2027-01-05T17:30"));
    folder.write(
        "next.import.yaml",
        "import: next\nobject: calendar_day\nfrom: next.csv\nkey: day\nmode: update\ncolumns: {day: day, works: works, calendar: calendar}\n",
    );
    // As if it had been announced: Friday to Sunday off, Saturday the 9th worked.
    let bring_in = |rows: &str| {
        folder.write("next.csv", rows);
        let mapping = Mapping::open(&folder.at("next.import.yaml"), None, &book.catalog()).unwrap();
        let report = import::run(&book, &mapping, &import::Options::new(super::actor()), &mut |_| ()).unwrap();
        assert_eq!(report.refused, 0, "{report:#?}");
        book.move_timers().unwrap();
    };
    bring_in(
        "day,works,calendar\n2027-01-01,no,std_cn\n2027-01-02,no,std_cn\n2027-01-03,no,std_cn\n2027-01-09,yes,std_cn\n",
    );
    assert_eq!(due(), at("2027-01-06T17:30"));
    // The notice is corrected, and says more of days that matter.
    bring_in("day,works,calendar\n2027-01-03,yes,std_cn\n2027-01-05,no,std_cn\n2027-01-06,no,always\n");
    assert_eq!(due(), at("2027-01-06T17:30"), "a Sunday more and a Tuesday less; the Wednesday is of another calendar");
    bring_in("day,works,calendar\n2027-01-06,no,std_cn\n");
    assert_eq!(due(), at("2027-01-07T17:30"));
    clock.set(at("2027-01-07T17:29"));
    assert_eq!(book.due(book.now(), 9, |_| false).unwrap(), []);
    clock.set(at("2027-01-07T17:30"));
    let fired = book.due(book.now(), 9, |_| false).unwrap();
    assert_eq!(fired.len(), 1);
    book.run(fired[0].command()).unwrap();
    assert_eq!(book.next_due(|_| false).unwrap(), None, "it was rejected when its time was up");
}
