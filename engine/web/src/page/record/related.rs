//! The records that refer to a record, a few of each kind.

use formwork_catalog::{
    filter::{Comparison, Filter, Op, Operand},
    object::Object,
};
use formwork_model::{field_type::FieldType, record::Record, value::Value};
use formwork_runtime::query::Query;
use serde_json::{Value as Json, json};

use crate::{
    error::Problem,
    page::{list::columns_of, view::View},
};

/// Records of a kind that are shown.
const SHOWN: usize = 5;
/// Columns of a list here.
const COLUMNS: usize = 5;
/// How far they are counted.
const COUNTED: usize = 100;

/// Each kind of record that refers here by a field of its own.
pub(crate) fn related(view: &View, object: &Object, record: &Record) -> Result<Json, Problem> {
    let mut lists = Vec::new();
    for referrer in object.referrers.iter().filter(|referrer| referrer.lines.is_none()) {
        let Some(other) = view.catalog.object(referrer.object) else { continue };
        let kind = FieldType::Ref(object.name);
        let Some(field) = other.field(referrer.field).filter(|field| field.kind == kind) else { continue };
        if view.eyes().unasked(other.name)?.contains(&field.name.into()) {
            continue;
        }
        let filter = Filter::Compare(Comparison {
            through: Vec::new(),
            field: referrer.field,
            kind,
            op: Op::Eq,
            with: vec![Operand::Value(Value::Ref(record.id))],
        });
        let (count, exact) = view.book.count(other.name, &filter, COUNTED, &view.actor)?;
        let query = Query { object: other.name, filter, sort: Vec::new(), limit: SHOWN, after: None };
        let page = view.book.list(&query, &view.actor)?;
        // What nothing refers to yet is offered where people begin it: in its own list.
        if page.records.is_empty() {
            continue;
        }
        let names = columns_of(view, other);
        let hidden = view.eyes().unseen(other.name)?;
        let names = names.into_iter().filter(|name| *name != referrer.field && !hidden.contains(&(*name).into()));
        let names: Vec<_> = names.take(COLUMNS).collect();
        let columns = names.iter().map(|name| {
            let num = other.kind_of(*name).is_some_and(FieldType::is_number);
            json!({"label": view.field_label(other, *name), "num": num})
        });
        let rows = page
            .records
            .iter()
            .map(|record| json!({"cells": crate::page::list::cells(view, other, record, &names, &[])}));
        // Two fields of one object that refer here are told apart by the name of the field.
        let twice = object.referrers.iter().filter(|known| known.object == other.name).count() > 1;
        let label = view.say(&other.label);
        let label = if twice { format!("{label} · {}", view.say(&field.label)) } else { label.to_owned() };
        let list = view.list_href(other.name);
        lists.push(json!({
            "label": label, "count": if exact { count.to_string() } else { format!("{count}+") },
            "href": format!("{list}?f0={}&o0=eq&v0={}", referrer.field, record.id),
            "new": format!("{list}/new?{}={}", referrer.field, record.id),
            "columns": columns.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>(),
        }));
    }
    Ok(Json::Array(lists))
}
