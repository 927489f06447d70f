//! Looking whether everything is as a step expects.

use formwork_catalog::parse_value::{ParseContext, parse_json};
use formwork_definition::{kind::scenario::Then, literal::Data, spanned::Sp};
use formwork_model::{
    field_type::FieldType, id::RecordId, name::Name, record::Fields, source::Span, text, text::Text, value::Value,
};
use formwork_script::val::Val;
use rust_decimal::Decimal;

use super::{Failed, Report, World, explain, parse_actor};
use crate::{
    command::Actor,
    decider::{field_of, state_of},
    rejection::Refusal,
};

/// What a step led to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) actor: Option<Actor>,
    pub(super) target: Option<(Name, RecordId)>,
    pub(super) refused: Option<Refusal>,
    pub(super) fired: Vec<String>,
    pub(super) notified: Vec<String>,
    pub(super) sent: Vec<String>,
    pub(super) outputs: Option<Fields>,
}

impl World<'_> {
    /// Looks at everything the step expects.
    pub(super) fn expect(&self, then: &Sp<Then>, seen: &Seen, report: &mut Report) {
        let mut fail = |at: Span, message: Text| report.failures.push(Failed::new(at, message));
        if let Some(code) = &then.refused {
            self.expect_refused(code, then, seen, &mut fail);
        }
        let target = then.of.as_ref().and_then(|name| self.records.get(&name.value.0).copied()).or(seen.target);
        if let Some(outputs) = &seen.outputs {
            for (name, data) in &then.values {
                let got = outputs.get(name.value);
                let want = self.json(None, &data.value);
                if !same_text(got, &want) {
                    let want = want.as_str().map_or_else(|| want.to_string(), str::to_owned);
                    fail(name.span, text!("expected {want}, got {got}", "期望 {want}，实际 {got}"));
                }
            }
        } else if let Some((object, id)) = target {
            self.expect_record(then, object, id, seen, &mut fail);
            self.expect_timers(then, object, id, &mut fail);
            self.expect_work(then, object, id, &mut fail);
            self.expect_access(then, (object, id), seen.actor.as_ref(), &mut fail);
        }
        for (object, count) in &then.count {
            let all = formwork_catalog::filter::Filter::And(Vec::new());
            let viewer = then.actor.as_ref().map_or_else(|| self.actor.clone(), |actor| parse_actor(actor));
            let got = self.book.count(object.value, &all, usize::MAX, &viewer).map_or(0, |(n, _)| n as u64);
            let want = count.value;
            if got != want {
                fail(
                    object.span,
                    text!("expected {want} records, there are {got}", "期望 {want} 条记录，实际 {got} 条"),
                );
            }
        }
        for (ledger, amount) in &then.balance {
            self.expect_balance(then, ledger, amount, &mut fail);
        }
        if let Some(expected) = &then.fired {
            for what in &expected.value {
                let name = self.in_order(&what.value);
                let known =
                    seen.fired.iter().any(|fired| fired.split_once(' ').is_some_and(|(_, fired)| fired == name));
                if !known {
                    let (want, got) = (&what.value, seen.fired.join(", "));
                    fail(
                        what.span,
                        text!("`{want}` did not fire; what fired: {got}", "`{want}` 未触发；已触发：{got}"),
                    );
                }
            }
        }
        self.expect_outside(then, target, seen, &mut fail);
        if let Some(report) = &then.report {
            let viewer = then.actor.as_ref().map_or_else(|| self.actor.clone(), |actor| parse_actor(actor));
            self.expect_report(&report.value, &viewer, &mut fail);
        }
        if let Some(expected) = &then.notified
            && let Some((want, got)) = differing(expected, &seen.notified)
        {
            fail(
                expected.span,
                text!("expected messages to [{want}], sent to [{got}]", "期望通知 [{want}]，实际 [{got}]"),
            );
        }
    }

    /// A row by its place where a step names it: what fires is told by places.
    fn in_order(&self, what: &str) -> String {
        let by_name = || {
            let (table, row) = what.split_once('#')?;
            let rows = &self.catalog.tables.get(&Name::find(table)?)?.rows;
            let at = rows.iter().position(|known| known.name.is_some_and(|name| name == row))?;
            Some(format!("{table}#{}", at + 1))
        };
        by_name().unwrap_or_else(|| what.to_owned())
    }

    fn expect_work(&self, then: &Then, object: Name, id: RecordId, fail: &mut dyn FnMut(Span, Text)) {
        let expected = [(&then.queue, true), (&then.assignee, false)];
        for (written, queue) in expected.into_iter().filter_map(|(written, queue)| Some((written.as_ref()?, queue))) {
            let tasks = self.book.work_at(object, id).unwrap_or_default();
            let mut got: Vec<&str> = tasks
                .iter()
                .map(|task| match queue {
                    true => task.work.queue.as_str(),
                    false => task.work.assignee.as_deref().unwrap_or("nobody"),
                })
                .collect();
            got.sort_unstable();
            let (want, got) = (&written.value, got.join("+"));
            if *want != got {
                fail(written.span, text!("expected `{want}`, it is `{got}`", "期望 `{want}`，实际 `{got}`"));
            }
        }
    }

    fn expect_refused(&self, code: &Sp<String>, then: &Then, seen: &Seen, fail: &mut dyn FnMut(Span, Text)) {
        let want = &code.value;
        match &seen.refused {
            None => fail(
                code.span,
                text!("expected to be refused with `{want}`, but it was carried out", "期望以 `{want}` 拒绝，但已执行"),
            ),
            Some(Refusal::Rejected(rejection)) => {
                let hit = rejection.problems.iter().find(|problem| problem.code.as_str() == want);
                match (hit, &then.at) {
                    (None, _) => {
                        let got = explain(&Refusal::Rejected(rejection.clone()));
                        fail(
                            code.span,
                            Text {
                                en: format!("expected `{want}`; {}", got.en),
                                zh: format!("期望 `{want}`；{}", got.zh),
                            },
                        );
                    }
                    (Some(_), Some(at))
                        if !rejection
                            .problems
                            .iter()
                            .any(|p| p.code.as_str() == want && p.field.as_deref() == Some(&at.value)) =>
                    {
                        let got = hit.and_then(|problem| problem.field.clone()).unwrap_or_default();
                        let field = &at.value;
                        fail(
                            at.span,
                            text!("expected it at `{field}`, it is at `{got}`", "期望在 `{field}`，实际在 `{got}`"),
                        );
                    }
                    _ => {}
                }
            }
            Some(other) => fail(code.span, explain(other)),
        }
    }

    fn expect_record(&self, then: &Then, object: Name, id: RecordId, seen: &Seen, fail: &mut dyn FnMut(Span, Text)) {
        let Ok(record) = self.book.get(object, id) else {
            if then.state.is_some() || !then.values.is_empty() {
                let at = then.state.as_ref().map_or(Span::default(), |state| state.span);
                fail(at, text!("the record is gone", "记录已不存在"));
            }
            return;
        };
        if let Some(state) = &then.state {
            let (want, got) = (&state.value, state_of(&record));
            if *want != got {
                fail(state.span, text!("expected state `{want}`, it is `{got}`", "期望状态 `{want}`，实际 `{got}`"));
            }
        }
        for (name, data) in &then.values {
            let got = field_of(&record, name.value);
            let kind = self.catalog.object(object).and_then(|object| object.kind_of(name.value).cloned());
            if !self.is_same(kind.as_ref(), &got, &data.value) {
                let (field, want) = (name.value, self.json(kind.as_ref(), &data.value));
                fail(
                    name.span,
                    text!("expected {field} to be {want}, it is `{got}`", "期望 {field} 为 {want}，实际 `{got}`"),
                );
            }
        }
        if let Some(actions) = &then.actions {
            let actor = seen.actor.as_ref().unwrap_or(&self.actor);
            let offered = self.book.offered(actor, object, id).unwrap_or_default();
            let mut got: Vec<&str> =
                offered.iter().filter(|offer| offer.refused.is_none()).map(|offer| offer.action.as_str()).collect();
            let mut want: Vec<&str> = actions.value.iter().map(|action| action.value.0.as_str()).collect();
            got.sort_unstable();
            want.sort_unstable();
            got.dedup();
            if got != want {
                let (got, want) = (got.join(", "), want.join(", "));
                fail(
                    actions.span,
                    text!("expected actions [{want}], possible are [{got}]", "期望操作 [{want}]，实际可执行 [{got}]"),
                );
            }
        }
        if let Some(tasks) = &then.tasks {
            let got = self.deciders(object, id);
            let (got, want): (Vec<&str>, Vec<&str>) = (
                got.iter().map(String::as_str).collect(),
                tasks.value.iter().map(|login| login.value.as_str()).collect(),
            );
            if sorted(&got) != sorted(&want) {
                let (got, want) = (got.join(", "), want.join(", "));
                fail(
                    tasks.span,
                    text!("expected tasks of [{want}], there are some of [{got}]", "期望待办人 [{want}]，实际 [{got}]"),
                );
            }
        }
        if let Some(that) = &then.that
            && let Some(program) = self.scenario.programs.get(&that.span)
        {
            let held = self.book.evaluate_expression(program, (object, id), &self.actor);
            if !matches!(held, Ok(Val::Bool(true))) {
                let written = &that.text;
                fail(that.span, text!("`{written}` does not hold", "`{written}` 不成立"));
            }
        }
    }

    fn is_same(&self, kind: Option<&FieldType>, got: &Value, want: &Data) -> bool {
        let json = self.json(kind, want);
        match kind {
            Some(FieldType::Lines) => {
                let (Data::List(rows), have) = (want, got.rows()) else { return got.is_empty() && *want == Data::Null };
                rows.len() == have.len()
                    && rows.iter().zip(have).all(|(row, have)| match &row.value {
                        Data::Map(pairs) => pairs.iter().all(|(key, value)| {
                            Name::find(key)
                                .is_some_and(|name| same_text(have.fields.get(name), &self.json(None, &value.value)))
                        }),
                        _ => false,
                    })
            }
            Some(FieldType::Ref(_)) => {
                got.as_ref_id().map(|id| id.to_string()).unwrap_or_default() == json.as_str().unwrap_or_default()
            }
            Some(kind) => match parse_json(kind, &json, &ParseContext { zone: self.catalog.book.zone.clone() }) {
                Ok(value) => got.same(&value) || (got.is_empty() && value.is_empty()),
                Err(_) => same_text(got, &json),
            },
            None => same_text(got, &json),
        }
    }

    fn expect_balance(&self, then: &Then, ledger: &Sp<Name>, amount: &Sp<Data>, fail: &mut dyn FnMut(Span, Text)) {
        let values = then
            .dimensions
            .iter()
            .map(|(name, data)| {
                (name.value.to_string(), self.json(self.dimension_kind(ledger.value, name.value).as_ref(), &data.value))
            })
            .collect();
        let got = self
            .book
            .read_dimensions(ledger.value, &values)
            .and_then(|dimensions| self.book.balance(ledger.value, &dimensions, None));
        match (got, &amount.value) {
            (Ok(got), Data::Scalar(want)) => {
                if want.parse::<Decimal>() != Ok(got) {
                    fail(
                        amount.span,
                        text!("expected a balance of {want}, it is {got}", "期望余额 {want}，实际 {got}"),
                    );
                }
            }
            (Ok(_), _) => fail(amount.span, text!("a balance is a number", "余额应为数字")),
            (Err(refusal), _) => fail(amount.span, explain(&refusal)),
        }
    }
}

/// Whether a value reads as the JSON says: numbers as numbers, lists item by item.
pub(super) fn same_text(got: &Value, want: &serde_json::Value) -> bool {
    match want {
        serde_json::Value::Null => got.is_empty(),
        serde_json::Value::String(text) => match got.as_decimal() {
            Some(number) => text.parse::<Decimal>() == Ok(number),
            None => got.to_string() == *text,
        },
        serde_json::Value::Array(items) => match got {
            Value::List(have) => {
                have.len() == items.len() && have.iter().zip(items).all(|(have, want)| same_text(have, want))
            }
            _ => items.is_empty() && got.is_empty(),
        },
        other => *other == *got.to_string(),
    }
}

/// What was expected and what there is, when they differ in more than their order.
pub(super) fn differing(expected: &Sp<Vec<Sp<String>>>, got: &[String]) -> Option<(String, String)> {
    let want: Vec<&str> = expected.value.iter().map(|word| word.value.as_str()).collect();
    let got: Vec<&str> = got.iter().map(String::as_str).collect();
    (sorted(&want) != sorted(&got)).then(|| (want.join(", "), got.join(", ")))
}

fn sorted<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    let mut texts = texts.to_vec();
    texts.sort_unstable();
    texts
}
