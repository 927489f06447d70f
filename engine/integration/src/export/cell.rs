//! What a field of a record becomes in a cell.

use formwork_catalog::parse_value::render_json;
use formwork_model::{
    field_type::{Choice, FieldType},
    name::Name,
    record::Record,
    text::Text,
    value::Value,
};

use super::{Cell, Format, Render};
use crate::error::Error;

/// The cell of a field or system field.
pub(super) fn cell(render: &mut Render<'_>, record: &Record, name: Name, kind: &FieldType) -> Result<Cell, Error> {
    if render.object.field(name).is_some() {
        return value(render, record.fields.get(name), kind);
    }
    let at = |instant: jiff::Timestamp| Cell::DateTime(instant.to_zoned(render.catalog.book.zone.clone()).datetime());
    Ok(match name.as_str() {
        "id" => Cell::Text(record.id.to_string()),
        "number" => record.number.as_deref().map_or(Cell::Empty, |number| Cell::Text(number.to_owned())),
        "state" => Cell::Text(state(render, record)),
        "rev" => Cell::Number(record.rev.into(), Format::Integer),
        "created_at" => at(record.created_at),
        "updated_at" => at(record.updated_at),
        "created_by" => Cell::Text(record.created_by.to_string()),
        "updated_by" => Cell::Text(record.updated_by.to_string()),
        _ => Cell::Empty,
    })
}

/// Where the record stands in its main flow, or where that ended.
fn state(render: &Render<'_>, record: &Record) -> String {
    let Some(flow) = render.catalog.main_flow(render.object.name) else { return String::new() };
    let Some(instance) = record.flow(flow.name) else { return String::new() };
    let mut nodes: Vec<Name> = instance.tokens.iter().map(|token| token.node).collect();
    if nodes.is_empty() {
        nodes.extend(instance.outcome);
    }
    nodes.dedup();
    let word = |node: &Name| match (render.language, flow.node(*node)) {
        (Some(language), Some(known)) => known.label.get(language).to_owned(),
        _ => node.to_string(),
    };
    nodes.iter().map(word).collect::<Vec<_>>().join("+")
}

fn value(render: &mut Render<'_>, value: &Value, kind: &FieldType) -> Result<Cell, Error> {
    Ok(match (value, kind) {
        (Value::Null, _) => Cell::Empty,
        (Value::Bool(b), _) => Cell::Boolean(*b),
        (Value::Int(n), _) => Cell::Number((*n).into(), Format::Integer),
        (Value::Decimal(d), FieldType::Money { currency }) => Cell::Number(*d, Format::Money(currency.digits())),
        (Value::Decimal(d), FieldType::Percent) => Cell::Number(*d, Format::Percent),
        (Value::Decimal(d), _) => Cell::Number(*d, Format::Plain),
        (Value::Date(date), _) => Cell::Date(*date),
        (Value::Instant(at), _) => Cell::DateTime(at.to_zoned(render.catalog.book.zone.clone()).datetime()),
        (Value::Text(text), FieldType::Choice(options)) => Cell::Text(option(render, options, text)),
        (Value::List(items), FieldType::Choices(options)) => {
            let words = items.iter().filter_map(Value::as_text).map(|item| option(render, options, item));
            Cell::Text(words.collect::<Vec<_>>().join("、"))
        }
        (Value::Ref(id), FieldType::Ref(to)) => Cell::Text(render.called(*to, *id)?),
        (Value::List(items), FieldType::Refs(to)) => {
            let words = items.iter().filter_map(Value::as_ref_id).map(|id| render.called(*to, id));
            Cell::Text(words.collect::<Result<Vec<_>, _>>()?.join("、"))
        }
        (Value::Rows(_), _) => Cell::Text(render_json(value).to_string()),
        (Value::Geo(_), _) => Cell::Text(value.to_string()),
        (Value::Text(text) | Value::Json(text), _) => Cell::Text(text.to_string()),
        (other, _) => match render_json(other) {
            serde_json::Value::String(text) => Cell::Text(text),
            json => Cell::Text(json.to_string()),
        },
    })
}

fn option(render: &Render<'_>, options: &[Choice], name: &str) -> String {
    let label = options.iter().find(|option| option.name == *name).map(|option| &option.label);
    match (render.language, label) {
        (Some(language), Some(label)) if *label != Text::default() => label.get(language).to_owned(),
        _ => name.to_owned(),
    }
}
