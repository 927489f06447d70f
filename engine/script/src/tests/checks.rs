//! Every check with a case that it reports, at its place, and one that passes.

use super::small_world::check;
use crate::{
    program::{Mode, Read},
    shape::Shape,
};

#[track_caller]
fn reports(text: &str, mode: Mode, wanted: &[(&str, &str)]) {
    let (program, found) = check(text, mode, "");
    let found: Vec<(&str, &str)> = found.iter().map(|(code, under)| (code.as_str(), under.as_str())).collect();
    assert_eq!(found, wanted, "{text}");
    assert_eq!(program.is_some(), wanted.is_empty(), "{text}");
}

#[track_caller]
fn bad(text: &str, code: &str, under: &str) {
    reports(text, Mode::Expression, &[(code, under)]);
}

#[track_caller]
fn good(text: &str) {
    reports(text, Mode::Expression, &[]);
}

#[test]
fn every_unknown_name_is_reported_at_its_place() {
    reports(
        "this.amout > 1 && thsi.amount > this.customer.levle || 单 == 1",
        Mode::Expression,
        &[
            ("unknown-field", "amout"),
            ("unknown-variable", "thsi"),
            ("unknown-field", "levle"),
            ("unknown-variable", "单"),
        ],
    );
    bad("this.lines.sum(|r| r.qty * r.price)", "unknown-field", "qty");
    bad("this.lines.sum(\"totl\")", "unknown-field", "\"totl\"");
    bad("this.lines[0].pric > 1", "unknown-field", "pric");
    bad("this.lines.total > 1", "unknown-field", "total");
    bad("user.logn == \"x\"", "unknown-field", "logn");
    bad("this.due.yaer == 1", "unknown-field", "yaer");
    bad("this.lines.any(|r| r.price > that.discount)", "unknown-variable", "that");
    good("this.lines.any(|r| r.price > this.discount) && this.customer.parent.parent.level == ()");
}

#[test]
fn functions_are_known_by_name_and_number_of_arguments() {
    bad("this.lines.summ(\"total\")", "unknown-function", "summ");
    bad("toady()", "unknown-function", "toady");
    bad("round(1, 2, 3)", "unknown-function", "round");
    bad("this.amount.round(1, 2)", "unknown-function", "round");
    good("round(this.amount, 2) > this.amount.round(1) && today() < this.due");
}

#[test]
fn what_lies_beyond_the_record_is_known_too() {
    bad("setting(\"big_deel\") > 1", "unknown-setting", "\"big_deel\"");
    bad("table(\"discount_levl\").level > 1", "unknown-table", "\"discount_levl\"");
    bad("table(\"discount_level\").lvl > 1", "unknown-field", "lvl");
    bad("table(\"discount_level\", #{discont: 1}).level > 1", "unknown-field", "discont");
    bad("count(\"custommer\", #{}) > 1", "unknown-object", "\"custommer\"");
    bad("count(\"customer\", #{lvl: 1}) > 1", "unknown-field", "lvl");
    bad("balance(\"credti\", #{}) > 1", "unknown-ledger", "\"credti\"");
    bad("balance(\"credit\", #{custmer: 1}) > 1", "unknown-field", "custmer");
    bad("find(\"order\", #{stage: \"opne\"}).len() > 0", "unknown-choice", "\"opne\"");
    good("find(\"order\", #{\"customer.level\": \"x\", or: [#{stage: \"open\"}]}).sum(\"amount\") > 0");
    reports("act(this, \"submti\");", Mode::Script, &[("unknown-action", "\"submti\"")]);
    reports("act(this, \"submit\");", Mode::Script, &[]);
}

#[test]
fn wrong_kinds_are_reported() {
    bad("this.title - 1 == ()", "type-mismatch", "-");
    bad("this.due > 5", "type-mismatch", ">");
    bad("this.due == \"2026-01-01\"", "type-mismatch", "=");
    bad("this.amount && true", "type-mismatch", "this");
    bad("this.customer == \"x\"", "type-mismatch", "=");
    bad("this.lines > 3", "type-mismatch", ">");
    bad("() + 1", "type-mismatch", "+");
    reports("this.amount = \"x\";", Mode::Script, &[("type-mismatch", "=")]);
    good("this.title + 1 == \"x\" && this.due - today() > 5 && this.due + days(3) > today() && this.note == ()");
}

#[test]
fn choices_have_their_options() {
    bad("this.stage == \"opne\"", "unknown-choice", "\"opne\"");
    bad("this.stage in [\"open\", \"wno\"]", "unknown-choice", "\"wno\"");
    bad("\"lsot\" != this.stage", "unknown-choice", "\"lsot\"");
    reports("this.stage = \"wno\";", Mode::Script, &[("unknown-choice", "\"wno\"")]);
    good("this.stage == \"open\" || this.stage in [\"won\", \"lost\"]");
}

#[test]
fn effects_belong_into_scripts() {
    bad("notify(user, \"x\") == ()", "effect-in-expression", "notify");
    bad("create(\"customer\", #{}) == ()", "effect-in-expression", "create");
    reports("notify(user, \"x\"); this.title = \"x\";", Mode::Script, &[]);
    let (program, found) = check("shout(user)", Mode::Expression, "fn shout(who) { notify(who, \"x\"); true }");
    assert!(program.is_none());
    assert_eq!(found, [("effect-in-expression".to_owned(), "notify".to_owned())]);
}

#[test]
fn syntax_errors_have_a_place() {
    bad("this.amount > (5", "script-syntax", "");
    bad("this.amount >> > 5", "script-syntax", ">");
    reports("let a = ;", Mode::Script, &[("script-syntax", ";")]);
}

#[test]
fn scripts_are_walked_statement_by_statement() {
    reports(
        "let c = this.customer;\nif c.levl == \"x\" { let d = c.level; }\nfor line in this.lines { line.prce = 1; }\n\
         switch this.stage { \"open\" => nothing(), _ => this.wrong }\nd",
        Mode::Script,
        &[
            ("unknown-field", "levl"),
            ("unknown-field", "prce"),
            ("unknown-function", "nothing"),
            ("unknown-field", "wrong"),
            ("unknown-variable", "d"),
        ],
    );
}

#[test]
fn library_functions_are_checked_with_what_they_are_given() {
    let library = "fn margin(o) { o.amount * (1 - o.discont / 100) }\nfn level(c) { c.level }";
    let (program, found) = check("margin(this) > 5", Mode::Expression, library);
    assert!(program.is_none());
    assert_eq!(found, [("unknown-field".to_owned(), "discont".to_owned())]);
    let (program, _) = check("level(this.customer) == \"gold\"", Mode::Expression, library);
    let program = program.unwrap();
    assert!(program.reads.iter().any(|read| format!("{read:?}").contains("level")));
    let (_, found) = check("margins(this)", Mode::Expression, library);
    assert_eq!(found, [("unknown-function".to_owned(), "margins".to_owned())]);
    let (_, found) = check("1", Mode::Expression, "fn bad() { x }");
    assert_eq!(found, [("unknown-variable".to_owned(), "x".to_owned())]);
}

#[test]
fn what_a_program_depends_on_is_collected() {
    let (program, _) = check(
        "this.lines.sum(|r| r.quantity * this.discount) > setting(\"big_deal\") && this.customer.level == \"x\" \
         && this.lines.max(\"price\") > 1",
        Mode::Expression,
        "",
    );
    let program = program.unwrap();
    let reads: Vec<String> = program.reads.iter().map(shown).collect();
    for wanted in ["this.lines.quantity", "this.discount", "this.customer.level", "this.lines.price"] {
        assert!(reads.contains(&wanted.to_owned()), "{wanted}: {reads:?}");
    }
    assert_eq!(program.calls_of("setting").collect::<Vec<_>>(), ["big_deal"]);
    assert_eq!(program.result, Shape::Bool);
    let (program, _) = check("this.customer.limit = this.amount;", Mode::Script, "");
    assert_eq!(program.unwrap().writes.iter().map(shown).collect::<Vec<_>>(), ["this.customer.limit"]);
}

fn shown(read: &Read) -> String {
    std::iter::once(read.root)
        .chain(read.path.iter().copied())
        .map(|name| name.to_string())
        .collect::<Vec<_>>()
        .join(".")
}

#[test]
fn results_have_shapes() {
    for (text, wanted) in [
        ("this.amount * 2", Shape::Decimal),
        ("this.count / 2", Shape::Decimal),
        ("this.count * 2", Shape::Int),
        ("this.lines.sum(\"total\")", Shape::Decimal),
        ("this.lines.len()", Shape::Int),
        ("this.due + days(1)", Shape::Date),
        ("now() - this.sent_at", Shape::Duration),
        ("`${this.title}!`", Shape::Text),
        ("if this.open { 1 } else { 2.5 }", Shape::Decimal),
        ("this.note ?? this.title", Shape::Text),
    ] {
        let (program, found) = check(text, Mode::Expression, "");
        assert_eq!(program.map(|program| program.result), Some(wanted), "{text}: {found:?}");
    }
}
