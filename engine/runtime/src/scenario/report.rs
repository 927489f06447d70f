//! What a scenario expects in a report.

use formwork_definition::{
    kind::scenario::SeenReport,
    literal::Data,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{name::Name, source::Span, text, text::Text, value::Value};
use jiff::civil::Date;
use serde_json::Value as Json;

use super::{World, expect::same_text, explain};
use crate::{
    command::Actor,
    report::{Asked, Axis, Sheet},
};

impl World<'_> {
    /// Looks at a report as `viewer` sees it.
    pub(super) fn expect_report(&self, want: &SeenReport, viewer: &Actor, fail: &mut dyn FnMut(Span, Text)) {
        let eyes = self.book.eyes(viewer);
        let name = want.of.value.0;
        let offered = eyes.offered_of(name.as_str());
        if want.there.as_ref().is_some_and(|there| !there.value) {
            if offered.is_ok() {
                fail(
                    want.of.span,
                    text!("expected no report `{name}`, it is there", "期望没有报表 `{name}`，但它存在"),
                );
            }
            return;
        }
        let (_, offered) = match offered {
            Ok(offered) => offered,
            Err(refusal) => return fail(want.of.span, explain(&refusal)),
        };
        for hidden in &want.hidden {
            let name = hidden.value.0;
            if offered.dimensions.contains(&name) || offered.measures.contains(&name) {
                fail(hidden.span, text!("expected no `{name}`, it is there", "期望没有 `{name}`，但它存在"));
            }
        }
        let words = |names: &Option<Sp<Vec<Sp<WrittenName>>>>| {
            let names = names.as_ref()?;
            Some(names.value.iter().map(|name| name.value.0.to_string()).collect())
        };
        let day = |day: &Option<Sp<String>>| day.as_ref().and_then(|day| day.value.parse::<Date>().ok());
        let asked = Asked {
            rows: words(&want.rows),
            columns: words(&want.columns),
            show: Some(offered.measures.iter().map(|name| name.to_string()).collect()),
            from: day(&want.from),
            to: day(&want.to),
            filter: want.filter.as_ref().map(|data| self.named(self.json(None, &data.value))),
        };
        let sheet = match eyes.report(name.as_str(), &asked) {
            Ok(sheet) => sheet,
            Err(refusal) => return fail(want.of.span, explain(&refusal)),
        };
        if let Some(count) = &want.count {
            let (want, got) = (count.value, sheet.rows.headings.len());
            if u64::try_from(got) != Ok(want) {
                fail(count.span, text!("expected {want} rows, there are {got}", "期望 {want} 行，实际 {got} 行"));
            }
        }
        want.cells.iter().for_each(|cell| self.expect_cell(&sheet, cell, fail));
    }

    fn expect_cell(&self, sheet: &Sheet, cell: &Map<Sp<Data>>, fail: &mut dyn FnMut(Span, Text)) {
        let Some((first, _)) = cell.iter().next() else { return };
        let (Some(row), Some(column)) = (self.place(&sheet.rows, cell), self.place(&sheet.columns, cell)) else {
            return fail(first.span, text!("there is no such row or column", "没有这样的行或列"));
        };
        for (key, data) in cell {
            let along = |axis: &Axis| axis.dimensions.iter().any(|dimension| dimension.name == key.value);
            if along(&sheet.rows) || along(&sheet.columns) {
                continue;
            }
            let name = key.value;
            let Some(measure) = sheet.measures.iter().position(|measure| measure.name == name) else {
                fail(key.span, text!("there is no measure `{name}` for them", "对其没有指标 `{name}`"));
                continue;
            };
            let (got, want) = (sheet.cell(row, column, measure), self.json(None, &data.value));
            if !is(got.unwrap_or(&Value::Null), &want) {
                let got = got.map_or("null".to_owned(), number);
                let want = want.as_str().map_or_else(|| want.to_string(), str::to_owned);
                fail(key.span, text!("expected {name} to be {want}, it is {got}", "期望 {name} 为 {want}，实际 {got}"));
            }
        }
    }

    /// The heading that the cell names; the total when it names none. `None` when there is no such heading.
    fn place(&self, axis: &Axis, cell: &Map<Sp<Data>>) -> Option<Option<usize>> {
        // A text may be the name of a record of the scenario, or just be spelt like one.
        let both = |data: &Data| (self.json(None, data), plain(data));
        let wanted: Vec<(Json, Json)> =
            axis.dimensions.iter().filter_map(|dimension| Some(both(&cell.get(dimension.name)?.value))).collect();
        if wanted.is_empty() {
            return Some(None);
        }
        let same =
            |values: &[Value]| values.iter().zip(&wanted).all(|(got, (named, plain))| is(got, named) || is(got, plain));
        axis.headings.iter().position(|heading| same(&heading.values)).map(Some)
    }

    /// The record that a text names, by its id; anything else as it is.
    fn named(&self, json: Json) -> Json {
        match json {
            Json::String(text) => match Name::find(&text).and_then(|name| self.records.get(&name)) {
                Some((_, id)) => Json::String(id.to_string()),
                None => Json::String(text),
            },
            Json::Array(items) => Json::Array(items.into_iter().map(|item| self.named(item)).collect()),
            Json::Object(pairs) => {
                Json::Object(pairs.into_iter().map(|(key, value)| (key, self.named(value))).collect())
            }
            other => other,
        }
    }
}

fn plain(data: &Data) -> Json {
    if let Data::Scalar(text) = data { Json::String(text.to_string()) } else { Json::Null }
}

/// Whether a value reads as the JSON says; durations are numbers of seconds.
fn is(got: &Value, want: &Json) -> bool {
    match got {
        Value::Seconds(n) => same_text(&Value::Int(*n), want),
        other => same_text(other, want),
    }
}

fn number(value: &Value) -> String {
    match value {
        Value::Seconds(n) => n.to_string(),
        other => other.to_string(),
    }
}
