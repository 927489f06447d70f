//! What expressions mean: empty values, exact numbers, dates, chains and lists.

use super::small_world::{dec, eval, fails};
use crate::val::Val;

#[track_caller]
fn yes(text: &str) {
    assert_eq!(eval(text).as_bool(), Some(true), "{text}");
}

#[track_caller]
fn no(text: &str) {
    assert_eq!(eval(text).as_bool(), Some(false), "{text}");
}

#[track_caller]
fn number(text: &str, wanted: &str) {
    match eval(text) {
        Val::Int(n) => assert_eq!(n.to_string(), wanted, "{text}"),
        Val::Dec(d) => assert_eq!(d.normalize(), dec(wanted), "{text}"),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn guards_read_fields_through_references_and_lines() {
    yes("this.amount > 50000 && this.discount <= 10 && this.stage == \"open\"");
    yes("this.customer.level == \"gold\"");
    yes("this.lines.len() == 3 && this.lines[0].price == 10.5");
    yes("this.stage in [\"open\", \"won\"]");
    no("this.stage in [\"lost\", \"won\"]");
    yes("user.login == \"wang\"");
    yes("if this.open { this.count == 7 } else { false }");
    yes("!(this.count < 7)");
}

#[test]
fn nothing_is_equal_only_to_nothing_and_neither_less_nor_greater() {
    yes("this.note == ()");
    no("this.customer == ()");
    no("this.note != ()");
    for op in ["<", "<=", ">", ">="] {
        no(&format!("this.backup.limit {op} 5"));
        no(&format!("5 {op} this.backup.limit"));
    }
    yes("this.backup.level == ()");
    yes("this.backup.parent.parent == ()");
    yes("this.note ?? \"x\" == \"x\"");
    number("this.backup.limit ?? 3", "3");
    number("coalesce(this.backup.limit, 3)", "3");
    yes("is_empty(this.note) && this.lines.len() > 0 && !is_empty(this.title)");
}

#[test]
fn arithmetic_with_nothing_names_the_field() {
    let failure = fails("this.amount + this.backup.limit");
    assert_eq!((failure.code.as_str(), failure.message.en.as_str()), ("script-failed", "`limit` is empty"));
    assert_eq!(failure.message.zh, "`limit` 为空");
    assert!(failure.at.is_some());
    assert_eq!(fails("this.backup.limit / 2").message.en, "`limit` is empty");
    assert_eq!(fails("this.amount / 0").message.en, "division by zero");
    assert_eq!(fails("this.lines[9].price > 1").message.en, "there is no item 9: the list has 3");
}

#[test]
fn numbers_are_exact() {
    yes("0.1 + 0.2 == 0.3");
    number("1 / 4", "0.25");
    number("7 / 2 * 2", "7");
    number("10 / 4 + 1", "3.5");
    number("round(1.005, 2)", "1.01");
    number("round(2.5)", "3");
    number("(-2.345).round(2)", "-2.35");
    number("max(1, 2.5) + min(3, 2)", "4.5");
    number("7 % 3 + abs(-2)", "3");
    yes("10 > 9.5 && 9.5 < 10 && 2 == 2.0");
    number("integer(7.9) + decimal(\"1.5\")", "8.5");
}

#[test]
fn a_division_of_whole_numbers_in_a_loop_stays_exact() {
    number("[1, 2, 4].map(|n| 1 / n).sum()", "1.75");
}

#[test]
fn lists_fold() {
    number("this.lines.sum(\"total\")", "33.1");
    number("this.lines.sum(|r| r.quantity * r.price)", "33.1");
    number("this.lines.avg(\"quantity\")", "2.3333333333333333333333333333");
    number("this.lines.max(\"price\")", "10.5");
    number("this.lines.min(|r| r.price)", "0.1");
    number("this.lines.count(|r| r.price > 1)", "2");
    number("this.lines.filter(|r| r.price > 1).len()", "2");
    number("this.lines.map(|r| r.quantity).sum()", "7");
    yes("this.lines.any(|r| r.price > this.discount)");
    no("this.lines.all(|r| r.price > this.discount)");
    number("this.lines.filter(|r| r.price > 100).sum(\"total\")", "0");
    yes("this.lines.filter(|r| r.price > 100).max(\"total\") == ()");
    yes("this.lines.any(|r| this.lines.any(|s| s.price > r.price))");
}

#[test]
fn dates_move_and_compare() {
    yes("this.due - today() == 16");
    yes("today() + days(16) == this.due");
    yes("date(\"2026-01-31\") + months(1) == date(\"2026-02-28\")");
    yes("month_end(date(\"2024-02-03\")) == date(\"2024-02-29\")");
    yes("this.due.year == 2026 && this.due.month == 3 && this.due.day == 31 && this.due.weekday == 2");
    yes("now() - this.sent_at > days(13) && (now() - this.sent_at).hours == 332");
    yes("working_time(this.sent_at, now()) > hours(4)");
    yes("working_time(this.sent_at, now(), \"service\") > working_time(this.sent_at, now())");
    yes("add_working_time(this.sent_at, hours(12), \"service\") == this.sent_at + days(1)");
    yes("add_working_time(this.sent_at, hours(8)) == this.sent_at + days(1)");
    yes("calendar_of(\"li\") == \"service\" && calendar_of(\"wang\") == \"\" && calendar_of(()) == \"\"");
    yes("date_of(this.sent_at) < this.due");
    yes("max(this.due, today()) == this.due");
    assert_eq!(fails("this.due + hours(1) == this.due").code.as_str(), "script-failed");
}

#[test]
fn texts_are_made_not_changed() {
    yes("upper(\" ab \").trim() == \"AB\" && \"ab\".replace(\"a\", \"c\") == \"cb\"");
    yes("`${this.title}-${this.count}` == \"大单-7\"");
    yes("this.title.len() == 2 && this.title.contains(\"单\") && this.title.starts_with(\"大\")");
    yes("fold(\"ＡＢＣ（上海）\") == \"abc上海\"");
    yes("this.title + 5 == \"大单5\"");
}

#[test]
fn the_world_beyond_the_record_is_asked() {
    yes("this.amount > setting(\"big_deal\")");
    yes("table(\"discount_level\").level == 2");
    yes("table(\"discount_level\", #{discount: 5}).level == 3");
    yes("count(\"customer\", #{level: \"gold\"}) == 3");
    yes("first(\"customer\", #{}) == this.customer");
    yes("find(\"customer\", #{limit: #{gte: 5}}, \"-limit\", 10).len() == 1");
    yes("balance(\"credit\", #{customer: this.customer}) == 1");
    number("sum(\"customer\", \"limit\", #{})", "12.5");
}
