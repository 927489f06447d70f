//! The vectors of the specification, and properties that hold for every calendar and instant.

use super::*;

fn hours(spans: &[&str]) -> Vec<DaySpan> {
    spans.iter().map(|span| parse_span(span).unwrap()).collect()
}

fn days(texts: &[&str]) -> Vec<Date> {
    texts.iter().flat_map(|text| parse_days(text).unwrap()).collect()
}

/// Monday to Friday 08:30–12:00 and 13:30–17:30 in China, 2026.
fn china() -> WorkingCalendar {
    let day = hours(&["08:30-12:00", "13:30-17:30"]);
    let week = [day.clone(), day.clone(), day.clone(), day.clone(), day, vec![], vec![]];
    let holidays = days(&[
        "2026-01-01..2026-01-03",
        "2026-02-15..2026-02-23",
        "2026-04-04..2026-04-06",
        "2026-05-01..2026-05-05",
        "2026-06-19..2026-06-21",
        "2026-09-25..2026-09-27",
        "2026-10-01..2026-10-07",
    ]);
    let worked = days(&["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]);
    WorkingCalendar::new(TimeZone::get("Asia/Shanghai").unwrap(), week, holidays, worked)
}

/// Around the clock, but in a zone that changes its clocks, with a lunch break in the night of the change.
fn new_york() -> WorkingCalendar {
    let night = hours(&["00:00-01:30", "02:15-04:00", "09:00-17:00"]);
    let week = std::array::from_fn(|day| if day == 2 { Vec::new() } else { night.clone() });
    WorkingCalendar::new(TimeZone::get("America/New_York").unwrap(), week, days(&["2026-07-04"]), days(&["2026-07-08"]))
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn a_due_time_is_the_earliest_instant_and_skips_holidays() {
    let calendar = china();
    assert_eq!(calendar.add(at("2026-09-30T16:30"), 2 * 3600), at("2026-10-08T09:30"));
    assert_eq!(calendar.add(at("2026-03-02T08:30"), 27_000), at("2026-03-02T17:30"));
    assert_eq!(calendar.add(at("2026-03-02T08:30"), 27_001), "2026-03-03T00:30:01Z".parse().unwrap());
    assert_eq!(calendar.add(at("2026-03-02T11:00"), 3600), at("2026-03-02T12:00"));
    assert_eq!(calendar.add(at("2026-02-14T17:00"), 3600), at("2026-02-24T09:00"));
    assert_eq!(calendar.add(at("2026-03-07T10:00"), 0), at("2026-03-07T10:00"));
}

#[test]
fn working_days_count_make_up_days_and_not_holidays() {
    let calendar = china();
    assert_eq!(calendar.end_of_nth_working_day(date("2026-02-12"), 3), at("2026-02-24T17:30"));
    assert_eq!(calendar.working_days(date("2026-04-01"), date("2026-06-30")), 61);
    assert_eq!(calendar.working_days(date("2026-04-01"), date("2026-05-15")), 30);
    assert!(calendar.is_working_day(date("2026-02-14")));
    assert!(!calendar.is_working_day(date("2026-02-16")));
    assert!(!calendar.is_working_day(date("2026-03-01")));
    assert_eq!(calendar.end_of_nth_working_day(date("2026-02-12"), 0), at("2026-02-12T17:30"));
    assert_eq!(calendar.end_of_nth_working_day(date("2026-02-15"), 0), at("2026-02-24T17:30"));
}

#[test]
fn elapsed_time_is_signed_and_counts_only_work() {
    let calendar = china();
    let (start, end) = (at("2026-02-13T16:30"), at("2026-02-24T09:30"));
    assert_eq!(calendar.elapsed(start, end), 3600 + 27_000 + 3600);
    assert_eq!(calendar.elapsed(end, start), -(3600 + 27_000 + 3600));
    assert_eq!(calendar.elapsed(at("2026-03-02T12:00"), at("2026-03-02T13:30")), 0);
}

#[test]
fn going_back_ends_at_the_latest_instant() {
    let calendar = china();
    assert_eq!(calendar.add(at("2026-10-08T09:30"), -2 * 3600), at("2026-09-30T16:30"));
    assert_eq!(calendar.add(at("2026-03-02T17:30"), -4 * 3600), at("2026-03-02T13:30"));
}

#[test]
fn always_is_the_clock_and_a_free_calendar_never_ends() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let always = WorkingCalendar::always(zone.clone());
    let (from, to) = (at("2026-01-01T00:00"), at("2036-01-01T00:00"));
    assert_eq!(always.elapsed(from, to), to.as_second() - from.as_second());
    assert_eq!(always.add(from, to.as_second() - from.as_second()), to);
    let never = WorkingCalendar::new(zone, std::array::from_fn(|_| Vec::new()), [], []);
    assert_eq!(never.add(from, 1), Timestamp::MAX);
    assert_eq!(never.add(from, -1), Timestamp::MIN);
    assert_eq!(never.end_of_nth_working_day(date("2026-01-01"), 1), Timestamp::MAX);
    assert_eq!(never.elapsed(from, to), 0);
}

#[test]
fn a_night_with_a_changed_clock_has_as_much_work_as_its_wall_clock_says() {
    let calendar = new_york();
    let night = |from: &str, to: &str| {
        let zone = calendar.zone().clone();
        let instant = |text: &str| text.parse::<DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
        calendar.elapsed(instant(from), instant(to))
    };
    let minutes = |n: i64| n * 60;
    // An ordinary night; then 02:00 becomes 03:00; then 02:00 becomes 01:00.
    assert_eq!(night("2026-03-01T00:00", "2026-03-01T06:00"), minutes(90 + 105));
    assert_eq!(night("2026-03-08T00:00", "2026-03-08T06:00"), minutes(90 + 60));
    assert_eq!(night("2026-11-01T00:00", "2026-11-01T06:00"), minutes(90 + 30 + 105));
}

#[test]
fn adding_and_measuring_are_inverse_monotone_and_additive() {
    // A small generator of our own keeps the crate free of a library for tests.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below) as i64
    };
    for calendar in [china(), new_york(), WorkingCalendar::always(TimeZone::get("Europe/London").unwrap())] {
        for _ in 0..5_000 {
            let base = 1_735_689_600 + random(86_400 * 800);
            let from = Timestamp::from_second(base).unwrap();
            let most = if random(2) == 0 { 200_000 } else { 40_000_000 };
            let n = random(most);
            let due = calendar.add(from, n);
            assert_eq!(calendar.elapsed(from, due), n, "{from} + {n}");
            if n > 0 {
                let before = Timestamp::from_second(due.as_second() - 1).unwrap();
                assert_eq!(calendar.elapsed(from, before), n - 1, "{from} + {n} is not the earliest");
            }
            let back = calendar.add(from, -n);
            assert_eq!(calendar.elapsed(back, from), n, "{from} - {n}");
            let more = n + random(10_000);
            assert!(calendar.add(from, more) >= due, "monotone");
            let other = Timestamp::from_second(base + random(86_400 * 400) - 86_400 * 200).unwrap();
            assert_eq!(calendar.elapsed(from, other) + calendar.elapsed(other, due), n, "additive");
        }
    }
}

#[test]
fn the_hours_agree_with_a_count_of_minutes() {
    for calendar in [china(), new_york()] {
        for start in ["2026-02-10T00:00", "2026-03-06T00:00", "2026-10-30T00:00", "2026-07-01T00:00"] {
            let from = at(start);
            let mut worked = 0;
            for minute in 0..14 * 1440 {
                let now = Timestamp::from_second(from.as_second() + minute * 60).unwrap();
                assert_eq!(calendar.elapsed(from, now), worked, "{now}");
                let local = calendar.zone().to_datetime(now);
                let second = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60;
                let day = calendar.day(day_number(local.date()));
                worked += if day.spans.iter().any(|span| span.start <= second && second < span.end) { 60 } else { 0 };
            }
        }
    }
}

#[test]
fn spans_and_days_are_read_strictly() {
    assert_eq!(parse_span("08:30-12:00"), Some(DaySpan { start: 30_600, end: 43_200 }));
    assert_eq!(parse_span("0:00 - 24:00"), Some(DaySpan { start: 0, end: 86_400 }));
    for bad in ["", "08:30", "12:00-08:30", "08:60-09:00", "08:30-24:01", "8-9", "08:30-08:30", "+8:30-09:00"] {
        assert_eq!(parse_span(bad), None, "{bad}");
    }
    assert_eq!(parse_days("2026-02-27..2026-03-01").unwrap().len(), 3);
    for bad in ["", "2026-02-30", "2026-03-01..2026-02-01", "0001-01-01..9999-12-31", "2026-02-01.."] {
        assert_eq!(parse_days(bad), None, "{bad}");
    }
}

#[test]
fn overlapping_spans_count_once() {
    let day = Day::new(hours(&["13:00-14:00", "08:00-12:00", "10:00-13:00"]));
    assert_eq!(day.seconds, 6 * 3600);
}

#[test]
fn more_days_count_as_if_they_had_been_there() {
    let week = || std::array::from_fn(|day| if day < 5 { hours(&["08:30-12:00", "13:30-17:30"]) } else { Vec::new() });
    let zone = || TimeZone::get("Asia/Shanghai").unwrap();
    let whole = WorkingCalendar::new(zone(), week(), days(&["2026-05-01..2026-05-05"]), days(&["2026-05-09"]));
    let part = WorkingCalendar::new(zone(), week(), days(&["2026-05-01..2026-05-03", "2026-05-09"]), []);
    let more =
        [("2026-05-09", true), ("2026-05-05", false), ("2026-05-04", false)].map(|(day, works)| (date(day), works));
    assert_eq!(part.with_days(more), whole);
}
