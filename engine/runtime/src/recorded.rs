//! A command as its history entry keeps it: enough to decide it again.
//!
//! Kind, target, input, reason, actor and instant are members of the entry. What they don't say is in its `more`, as
//! compact JSON: the actor's roles, the token of an action, and for requests of another shape the whole request.

mod outside;

use std::sync::Arc;

use formwork_model::{id::RecordId, name::Name, outbox::Report};
use formwork_store::table::history::Entry;
use serde_json::{Map, Value as Json, json};

use crate::{
    approval::{FILLED, Operation},
    command::{Actor, Command, ImportMode, ImportRow, IncidentStep, Input, PostEntry, Request, repair::Repair},
    migration::Mapping,
    queue::Operation as WorkOperation,
    rejection::Fault,
    remark::FILES,
};

/// What deciding the command again needs beside the other members of its entry; empty when that is nothing.
pub(crate) fn more(command: &Command) -> String {
    let mut more = Map::new();
    if !command.actor.roles.is_empty() {
        more.insert("roles".into(), command.actor.roles.iter().map(|role| role.as_str()).collect());
    }
    if command.actor.is_unlimited() && !command.actor.is_reserved() {
        more.insert("unlimited".into(), json!(true));
    }
    match &command.request {
        Request::Comment { .. }
        | Request::Create { .. }
        | Request::Update { .. }
        | Request::Decide { .. }
        | Request::Delete { .. }
        | Request::Erase { .. }
        | Request::Event { .. }
        | Request::Incident { .. }
        | Request::Migrate { .. }
        | Request::MoveTimers
        | Request::Repair { .. }
        | Request::Schedule { .. }
        | Request::Share { .. }
        | Request::Transfer { .. }
        | Request::Tick => {}
        Request::Fire { timer, .. } => {
            more.insert("timer".into(), json!(timer));
        }
        Request::Act { token, .. } | Request::Work { token, .. } => {
            if let Some(token) = token {
                more.insert("token".into(), json!(token));
            }
        }
        Request::Post { entries, .. } => {
            more.insert("entries".into(), entries.iter().map(post_entry).collect());
        }
        Request::Import(row) => {
            more.insert("import".into(), import(row));
        }
        Request::Report { report, .. } => {
            more.insert("report".into(), outside::report(report));
        }
        Request::Receive(message) => {
            more.insert("message".into(), outside::message(message, None));
        }
        Request::Unreadable { message, cause } => {
            more.insert("message".into(), outside::message(message, Some(cause)));
        }
    }
    if more.is_empty() { String::new() } else { Json::Object(more).to_string() }
}

fn post_entry(entry: &PostEntry) -> Json {
    json!({"of": entry.dimensions, "amount": entry.amount, "date": entry.date, "note": entry.note})
}

fn import(row: &ImportRow) -> Json {
    let mode = match row.mode {
        ImportMode::Skip => "skip",
        ImportMode::Update => "update",
        ImportMode::UpdateOnly => "update_only",
    };
    let then: Vec<Json> = row.then.iter().map(|(action, input)| json!([action.as_str(), input])).collect();
    json!({"key": row.key.map(Name::as_str), "mode": mode, "then": then})
}

/// The command of an entry, as it was given; `None` when the entry is not of a command but of a release that went live.
///
/// # Errors
/// When the entry does not say what was asked: it was written by a program before version 2 of the data, or damaged.
pub(crate) fn command(entry: &Entry) -> Result<Option<Command>, Fault> {
    let more: Map<String, Json> = if entry.more.is_empty() {
        Map::new()
    } else {
        serde_json::from_str(&entry.more).map_err(|_| unreadable(entry, "what a replay needs"))?
    };
    let Some(request) = request(entry, &more)? else { return Ok(None) };
    let roles = more.get("roles").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let roles = roles.iter().filter_map(Json::as_str).map(Name::intern);
    let mut actor = Actor::new(&entry.actor, roles);
    if actor.is_reserved() || more.contains_key("unlimited") {
        actor = actor.unlimited();
    }
    Ok(Some(Command { id: entry.command, actor, request, reason: entry.reason.clone(), idempotency: None }))
}

fn request(entry: &Entry, more: &Map<String, Json>) -> Result<Option<Request>, Fault> {
    let (verb, about) = entry.kind.split_once(' ').unwrap_or((&entry.kind, ""));
    if verb == RELEASE {
        return Ok(None);
    }
    match verb {
        "tick" => return Ok(Some(Request::Tick)),
        "move" => return Ok(Some(Request::MoveTimers)),
        "retry" | "skip" => {
            let step = if verb == "retry" { IncidentStep::Retry } else { IncidentStep::Skip };
            let id = entry.input.parse().map_err(|_| unreadable(entry, "incident"))?;
            return Ok(Some(Request::Incident { id, step }));
        }
        "delivered" | "not" | "report" => {
            let report = more.get("report").and_then(outside::read_report);
            return read_report(entry, report.ok_or_else(|| unreadable(entry, "report"))?).map(Some);
        }
        "receive" => {
            let message = more.get("message").and_then(outside::read_message);
            return message.map(Some).ok_or_else(|| unreadable(entry, "message"));
        }
        "transfer" => return read_transfer(entry).map(Some),
        "schedule" => return Ok(Some(Request::Schedule { schedule: Name::intern(about) })),
        _ => {}
    }
    if matches!(verb, "post" | "open") {
        let entries = more.get("entries").and_then(Json::as_array).ok_or_else(|| unreadable(entry, "entries"))?;
        let entries = entries.iter().map(read_post_entry).collect();
        return Ok(Some(Request::Post { ledger: Name::intern(about), entries, opening: verb == "open" }));
    }
    let (object, id) = entry.target.ok_or_else(|| unreadable(entry, "record"))?;
    let values: Input = if entry.input.is_empty() {
        Input::new()
    } else {
        serde_json::from_str(&entry.input).map_err(|_| unreadable(entry, "input"))?
    };
    let number = |name: &str| more.get(name).and_then(Json::as_u64).and_then(|number| u32::try_from(number).ok());
    Ok(Some(match verb {
        "comment" => Request::Comment { object, id, files: read_files(&values) },
        "create" => Request::Create { object, values },
        "update" => Request::Update { object, id, rev: None, values },
        "share" | "unshare" => Request::Share { object, id, end: verb == "unshare", terms: values },
        "erase" => Request::Erase { object, id },
        "delete" => Request::Delete { object, id, rev: None },
        "decide" => read_decision(entry, (object, id), about, values)?,
        "event" => Request::Event { object, id, event: Name::intern(about), data: values },
        "timer" => {
            let timer = number("timer").ok_or_else(|| unreadable(entry, "timer"))?;
            Request::Fire { object, id, timer }
        }
        "act" => {
            let token = number("token");
            Request::Act { object, id, rev: None, action: Name::intern(about), token, input: values }
        }
        "work" => {
            let to = || values.get("to").and_then(Json::as_str).unwrap_or_default().to_owned();
            let operation = match about {
                "claim" => WorkOperation::Claim,
                "assign" => WorkOperation::Assign { to: to() },
                "escalate" => WorkOperation::Escalate,
                "release" => WorkOperation::Release,
                _ => return Err(unreadable(entry, "operation")),
            };
            Request::Work { object, id, rev: None, token: number("token"), operation }
        }
        "migrate" => {
            let mapping = Mapping::read(&Json::Object(values)).map_err(|_| unreadable(entry, "mapping"))?;
            Request::Migrate { object, id, to: about.into(), mapping: Arc::new(mapping) }
        }
        "repair" => {
            let repair = Repair::read(about, &values).ok_or_else(|| unreadable(entry, "repair"))?;
            Request::Repair { object, id, rev: None, repair }
        }
        "import" => {
            let import = more.get("import").ok_or_else(|| unreadable(entry, "import"))?;
            Request::Import(read_import(object, values, import))
        }
        _ => return Err(unreadable(entry, "kind")),
    }))
}

/// What was sent with a comment.
fn read_files(values: &Input) -> Vec<Json> {
    values.get(FILES).and_then(Json::as_array).cloned().unwrap_or_default()
}

fn read_decision(
    entry: &Entry,
    (object, id): (Name, RecordId),
    word: &str,
    mut values: Input,
) -> Result<Request, Fault> {
    let task = values.shift_remove("task").and_then(|task| u32::try_from(task.as_u64()?).ok());
    let task = task.ok_or_else(|| unreadable(entry, "task"))?;
    if let Some(filled) = values.shift_remove(FILLED) {
        values.insert("input".into(), filled);
    }
    let operation = Operation::read(word, &values).map_err(|_| unreadable(entry, "operation"))?;
    Ok(Request::Decide { object, id, task, operation })
}

fn read_report(entry: &Entry, report: Report) -> Result<Request, Fault> {
    let id = entry.input.parse().map_err(|_| unreadable(entry, "outgoing entry"))?;
    Ok(Request::Report { entry: id, report })
}

fn read_transfer(entry: &Entry) -> Result<Request, Fault> {
    let people: Map<String, Json> = serde_json::from_str(&entry.input).unwrap_or_default();
    let who = |whose: &str| people.get(whose).and_then(Json::as_str).map(Arc::from);
    let (Some(from), Some(to)) = (who("from"), who("to")) else { return Err(unreadable(entry, "people")) };
    Ok(Request::Transfer { from, to })
}

fn read_post_entry(entry: &Json) -> PostEntry {
    let member = |name: &str| entry.get(name).filter(|value| !value.is_null()).cloned();
    PostEntry {
        dimensions: entry.get("of").and_then(Json::as_object).cloned().unwrap_or_default(),
        amount: entry.get("amount").cloned().unwrap_or_default(),
        date: member("date"),
        note: member("note").and_then(|note| note.as_str().map(str::to_owned)),
    }
}

fn read_import(object: Name, values: Input, import: &Json) -> ImportRow {
    let mode = match import.get("mode").and_then(Json::as_str) {
        Some("skip") => ImportMode::Skip,
        Some("update_only") => ImportMode::UpdateOnly,
        _ => ImportMode::Update,
    };
    let then = import.get("then").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let then = then.iter().filter_map(|step| {
        let action = step.get(0)?.as_str()?;
        Some((Name::intern(action), step.get(1)?.as_object().cloned().unwrap_or_default()))
    });
    let key = import.get("key").and_then(Json::as_str).map(Name::intern);
    ImportRow { object, key, mode, values, then: then.collect() }
}

/// The kind of entry that says that a release went live: `release HASH`.
pub(crate) const RELEASE: &str = "release";

fn unreadable(entry: &Entry, what: &str) -> Fault {
    Fault::new(format!("history entry {} can't be decided again: no {what}", entry.seq))
}

/// The entry of an activation.
pub(crate) fn activation(entry: &Entry) -> Option<Arc<str>> {
    entry.kind.strip_prefix(RELEASE)?.strip_prefix(' ').map(Into::into)
}
