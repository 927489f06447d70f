//! Decision tables, asked from outside.

use axum::http::StatusCode;
use formwork_catalog::parse_value::render_json;
use formwork_model::{id::RecordId, name::Name, record::Fields, text};
use formwork_runtime::command::Input;
use formwork_script::host::Outputs;
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
};

/// `POST /{book}/api/tables/{table}/evaluate` with `{"inputs": {…}, "this": {"object", "id"}}`
pub(crate) async fn evaluate(ask: Ask) -> Answer {
    let name = ask.call.path("table");
    let table = Name::find(name).filter(|name| ask.catalog.tables.contains_key(name));
    let table = table.ok_or_else(|| not_found("table", name))?;
    let mut members = Members::read(&ask.call.body)?;
    let inputs: Input = members.take_map("inputs");
    let this = members.take_map("this");
    members.finish()?;
    let this = if this.is_empty() { None } else { Some(read_this(&ask, this)?) };
    let (outputs, fired) = ask.book().evaluate(table, this, &inputs, &ask.actor)?;
    let outputs = match &outputs {
        Outputs::One(one) => render(&ask, table, one),
        Outputs::Many(many) => many.iter().map(|one| render(&ask, table, one)).collect(),
    };
    Ok(api::json(StatusCode::OK, &json!({"outputs": outputs, "fired": fired})))
}

/// The record that `this` is, by id, number or unique value.
fn read_this(ask: &Ask, this: Input) -> Result<(Name, RecordId), Problem> {
    let mut members = Members::of(this);
    let (object, id) = (members.take_text("object"), members.take("id"));
    if object.is_none() || id.is_none() {
        members.unfit::<()>("this", text!("`this` is `{{object, id}}`", "`this` 应为 `{{object, id}}`"));
    }
    members.finish()?;
    let (object, id) = (object.unwrap_or_default(), id.unwrap_or_default());
    let known = ask.catalog.find_object(&object).ok_or_else(|| not_found("object", &object))?.name;
    let found = ask.eyes().resolve(known, &id)?;
    found.map(|id| (known, id)).ok_or_else(|| formwork_runtime::rejection::Rejection::no_record(known).into())
}

/// Every output, in the order of the table; also those without a value.
fn render(ask: &Ask, table: Name, outputs: &Fields) -> Json {
    let known = ask.catalog.tables.get(&table);
    let named = known.iter().flat_map(|table| &table.outputs);
    Json::Object(named.map(|output| (output.name.to_string(), render_json(outputs.get(output.name)))).collect())
}
