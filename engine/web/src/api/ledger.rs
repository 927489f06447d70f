//! Ledgers: balances, statements, entries from outside.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{
    ledger::Ledger,
    parse_value::{parse_date, render_json},
};
use formwork_model::{name::Name, record::Fields, text};
use formwork_runtime::{
    command::{Input, PostEntry, Request},
    ledger::Line,
};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer, record::replayed},
    ask::{Ask, not_found},
    body::{self, Members},
    error::Problem,
    parameter::{Parameters, bad_parameter},
};

/// Lines of a statement when none is said, and at most.
const LINES: (usize, usize) = (500, 10_000);

fn ledger(ask: &Ask) -> Result<Arc<Ledger>, Problem> {
    let name = ask.call.path("ledger");
    let known = Name::find(name).and_then(|name| ask.catalog.ledgers.get(&name));
    known.cloned().ok_or_else(|| not_found("ledger", name))
}

fn take_date(parameters: &mut Parameters, name: &'static str) -> Result<Option<jiff::civil::Date>, Problem> {
    let read = |text: String| parse_date(&text).map_err(|bad| bad_parameter(name, bad.message));
    parameters.take(name).map(read).transpose()
}

/// Every other parameter is a dimension.
fn dimensions(ask: &Ask, ledger: &Ledger, parameters: Parameters) -> Result<Fields, Problem> {
    let given: Input = parameters.rest().into_iter().map(|(name, value)| (name, Json::String(value))).collect();
    Ok(ask.eyes().read_dimensions(ledger.name, &given)?)
}

fn named(ledger: &Ledger, value: impl Fn(usize, Name) -> Json) -> Json {
    let names = ledger.dimensions.iter().enumerate();
    Json::Object(names.map(|(i, dimension)| (dimension.name.to_string(), value(i, dimension.name))).collect())
}

/// `GET /{book}/api/ledgers/{ledger}/balance?DIMENSION=…&at=`
pub(crate) async fn balance(ask: Ask) -> Answer {
    let ledger = ledger(&ask)?;
    let mut parameters = ask.call.parameters()?;
    let at = take_date(&mut parameters, "at")?;
    let of = dimensions(&ask, &ledger, parameters)?;
    let (name, asked) = (ledger.name, of.clone());
    let actor = ask.actor.clone();
    let balance = ask.blocking(move |book| book.eyes(&actor).balance(name, &asked, at)).await?;
    let body = json!({
        "ledger": ledger.name.as_str(),
        "dimensions": named(&ledger, |_, name| render_json(of.get(name))),
        "at": at.map(|at| at.to_string()),
        "balance": balance.to_string(),
    });
    Ok(api::json(StatusCode::OK, &body))
}

/// `GET /{book}/api/ledgers/{ledger}/statement?DIMENSION=…&until=&limit=`: the newest lines, oldest first.
pub(crate) async fn statement(ask: Ask) -> Answer {
    let ledger = ledger(&ask)?;
    let mut parameters = ask.call.parameters()?;
    let until = take_date(&mut parameters, "until")?;
    let limit = parameters.take_limit("limit", LINES.0, LINES.1)?;
    let of = dimensions(&ask, &ledger, parameters)?;
    let (name, asked) = (ledger.name, of.clone());
    let actor = ask.actor.clone();
    let lines = ask.blocking(move |book| book.eyes(&actor).statement(name, &asked, until)).await?;
    let left_out = lines.len().saturating_sub(limit);
    let before = left_out.checked_sub(1).and_then(|last| lines.get(last)).map(|line| line.balance).unwrap_or_default();
    let shown: Vec<Json> = lines.iter().skip(left_out).map(|line| render_line(&ledger, line)).collect();
    let body = json!({
        "ledger": ledger.name.as_str(),
        "dimensions": named(&ledger, |_, name| render_json(of.get(name))),
        "until": until.map(|until| until.to_string()),
        "left_out": left_out,
        "brought_forward": before.to_string(),
        "data": shown,
    });
    Ok(api::json(StatusCode::OK, &body))
}

fn render_line(ledger: &Ledger, line: &Line) -> Json {
    json!({
        "date": line.date.to_string(),
        "seq": line.seq,
        "kind": line.kind,
        "dimensions": named(ledger, |i, _| line.dimensions.get(i).map_or(Json::Null, render_json)),
        "amount": line.amount.to_string(),
        "balance": line.balance.to_string(),
        "note": line.note,
        "record": line.record.map(|(object, id)| json!({"object": object.as_str(), "id": id.to_string()})),
    })
}

/// `POST /{book}/api/ledgers/{ledger}/entries` with one entry, or `{"entries": […], "reason"}`
pub(crate) async fn entries(ask: Ask) -> Answer {
    post(ask, false).await
}

/// `POST /{book}/api/ledgers/{ledger}/opening`, as `entries`
pub(crate) async fn opening(ask: Ask) -> Answer {
    post(ask, true).await
}

async fn post(ask: Ask, opening: bool) -> Answer {
    let ledger = ledger(&ask)?.name;
    let mut members = Members::of(body::object(&ask.call.body)?);
    let reason = members.take_text("reason");
    let entries = match members.take("entries") {
        None => vec![read_entry(&mut members)],
        Some(Json::Array(items)) if (1..=1000).contains(&items.len()) => {
            items.into_iter().enumerate().map(|(i, item)| read_item(i, item)).collect::<Result<_, _>>()?
        }
        Some(_) => {
            members.unfit::<()>(
                "entries",
                text!("`entries` is a list of 1 to 1000 entries", "`entries` 应为 1 到 1000 条的列表"),
            );
            Vec::new()
        }
    };
    members.finish()?;
    let outcome = ask.write(Request::Post { ledger, entries, opening }, reason).await?;
    Ok(replayed(api::json(StatusCode::CREATED, &json!({"seq": outcome.seq})), &outcome))
}

fn read_item(i: usize, item: Json) -> Result<PostEntry, Problem> {
    let at = format!("entries[{i}]");
    let Json::Object(item) = item else {
        let mut none = Members::of(Input::new());
        none.unfit::<()>(
            &at,
            text!("an entry is `{{dimensions, amount, date, note}}`", "每条应为 `{{dimensions, amount, date, note}}`"),
        );
        none.finish()?;
        return Ok(PostEntry { dimensions: Input::new(), amount: Json::Null, date: None, note: None });
    };
    let mut members = Members::of(item);
    let entry = read_entry(&mut members);
    members.finish().map_err(|problem| problem.below(&at))?;
    Ok(entry)
}

fn read_entry(members: &mut Members) -> PostEntry {
    PostEntry {
        dimensions: members.take_map("dimensions"),
        amount: members.take("amount").unwrap_or_default(),
        date: members.take("date"),
        note: members.take_text("note"),
    }
}
