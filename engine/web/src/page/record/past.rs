//! What happened to a record, as people tell it.

use std::collections::HashSet;

use formwork_catalog::{
    catalog::Catalog,
    object::{Field, Object},
};
use formwork_model::{
    field_type::FieldType,
    name::Name,
    record::{Record, Row},
    text,
    text::Text,
    value::Value,
};
use formwork_runtime::{command::comment::mentions, remark::files_of};
use formwork_store::table::history::{Change, Entry};
use serde_json::{Value as Json, json};

use super::{approval::word_of, why};
use crate::page::{locale, shown::holder, view::View};

/// Changes of one entry that are shown.
const CHANGES: usize = 8;

/// Lines of one field that are told, and how many of their cells: enough to know them by.
const LINES: usize = 3;
const CELLS: usize = 3;

/// Entries of a history, the newest first.
pub(crate) fn entries<'e>(
    view: &View,
    catalog: &Catalog,
    object: &Object,
    record: &Record,
    entries: impl Iterator<Item = &'e Entry>,
) -> Json {
    let told = entries.map(|entry| {
        // Of a new record everything is new.
        let created = &*entry.kind == "create";
        let changes = if created { Vec::new() } else { told_changes(view, catalog, object, record, entry) };
        // What fires again and again in one command is told once.
        let mut told = HashSet::new();
        let fired = entry.fired.iter().map(|fired| &*fired.what).filter(|what| told.insert(*what));
        let fired: Vec<Json> = fired.map(|what| why::told(view, catalog, what)).collect();
        let mut who = view.person(&entry.actor);
        if let Some(principal) = &entry.on_behalf_of {
            let principal = view.person(principal);
            who = view.say(&text!("{who} for {principal}", "{who}（代 {principal}）")).to_owned();
        }
        // What came from another record leads there.
        let from = entry.target.filter(|target| *target != (record.object, record.id));
        let from = from.filter(|(object, id)| !view.title(*object, *id).is_empty());
        json!({
            "href": from.map(|(object, id)| view.record_href(object, id)), "comment": &*entry.kind == "comment", "who": who, "what": what(view, catalog, record, entry), "act": !matches!(&*entry.kind, "update" | "create" | "import"),
            "at": entry.at.to_string(), "when": locale::ago(entry.at, view.now, view.zone(), view.language),
            "files": files(view, record, entry),
            "reason": entry.reason.as_deref().map(|reason| said(view, &entry.kind, reason)), "changes": changes, "fired": fired,
        })
    });
    Json::Array(told.collect())
}

/// The files that came with a comment.
fn files(view: &View, record: &Record, entry: &Entry) -> Json {
    let files = files_of(entry).into_iter().map(Value::File).collect();
    view.shown_of(holder(record), &FieldType::Files, &Value::List(files))
}

/// A reason as it was given; of a comment, with the names of those it is for.
fn said(view: &View, kind: &str, reason: &str) -> String {
    if kind != "comment" {
        return reason.to_owned();
    }
    let (mut out, mut rest) = (String::with_capacity(reason.len()), 0);
    for (at, login) in mentions(reason) {
        out.push_str(reason.get(rest..=at).unwrap_or_default());
        out.push_str(&view.person(login));
        rest = at + 1 + login.len();
    }
    out.push_str(reason.get(rest..).unwrap_or_default());
    out
}

/// The verb of an entry.
fn what(view: &View, catalog: &Catalog, record: &Record, entry: &Entry) -> String {
    let (word, rest) = entry.kind.split_once(' ').unwrap_or((&entry.kind, ""));
    let elsewhere = entry.target.is_some_and(|target| target != (record.object, record.id));
    let verb = match word {
        _ if elsewhere => return through(view, record, entry),
        "act" => return action_label(view, catalog, record, rest),
        "decide" => return word_of(view, rest).to_owned(),
        _ => verb(&entry.kind),
    };
    view.say(&verb).to_owned()
}

/// What a command did, as its kind is kept: see [`formwork_runtime::command::Request`].
fn verb(kind: &str) -> Text {
    match kind {
        "create" => text!("created it", "创建了记录"),
        "update" => text!("changed it", "修改了记录"),
        "import" => text!("imported it", "导入了记录"),
        "delete" => text!("deleted it", "删除了记录"),
        "comment" => text!("said", "评论"),
        "share" => text!("shared it", "共享了记录"),
        "unshare" => text!("ended a share", "取消了共享"),
        "transfer" => text!("handed over what somebody had", "移交了他人的记录"),
        "erase" => text!("erased what is sensitive", "清除了敏感数据"),
        "work claim" => text!("took the work from the queue", "从队列领取了工作"),
        "work assign" => text!("gave the work to somebody", "指派了工作"),
        "work escalate" => text!("escalated the work", "升级了工作"),
        "work release" => text!("gave the work back to the queue", "将工作退回队列"),
        "repair move" => text!("moved it to another step by hand", "人工移动到其他环节"),
        "repair cancel" => text!("cancelled what ran", "人工终止了流程"),
        "delivered" => text!("a message to another system arrived", "消息已送达外部系统"),
        "not taken" => text!("another system refused a message", "外部系统拒收了消息"),
        "not sent" => text!("a message to another system could not be sent", "消息未能发送到外部系统"),
        "receive" => text!("a message came from another system", "收到外部系统的消息"),
        "retry" => text!("an incident was tried again", "重试了异常"),
        "skip" => text!("an incident was skipped", "跳过了异常"),
        _ => match kind.split_once(' ').map_or(kind, |(word, _)| word) {
            "timer" => text!("a timer was due", "定时器到期"),
            "event" => text!("an event came", "收到事件"),
            "schedule" => text!("a schedule ran", "定时任务执行"),
            "repair" => text!("gave a task to somebody else", "人工转交了任务"),
            "migrate" => text!("moved to another release", "迁移到其他版本"),
            "post" => text!("posted to a ledger", "记入了账本"),
            "open" => text!("set an opening balance", "录入了期初余额"),
            "tick" => text!("time passed", "时间推移"),
            "move" => text!("timers were moved to another calendar", "按新日历调整了定时器"),
            _ => text!("something was done", "执行了操作"),
        },
    }
}

/// What was done to another record reached this one too, or made it.
fn through(view: &View, record: &Record, entry: &Entry) -> String {
    let Some((object, id)) = entry.target else { return String::new() };
    let label = view.catalog.object(object).map_or(object.as_str(), |object| view.say(&object.label));
    let title = view.referred(object, id);
    let own = |change: &&Change| (change.object, change.id) == (record.object, record.id);
    let made = entry.changes.iter().filter(own).any(|change| &*change.path == "created");
    let text = if made {
        text!("created it through {label} {title}", "通过{label} {title} 创建了记录")
    } else {
        text!("changed it through {label} {title}", "通过{label} {title} 带来了变化")
    };
    view.say(&text).to_owned()
}

fn action_label(view: &View, catalog: &Catalog, record: &Record, action: &str) -> String {
    let own = record.flows.iter().filter_map(|instance| catalog.flows.get(&instance.flow));
    // What was done to another record, which the reader does not see, is an action of its flow.
    let mut actions =
        own.chain(catalog.flows.values()).flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions());
    let known = actions.find(|known| known.name == action);
    known.map_or(action, |known| view.say(&known.label)).to_owned()
}

/// What changed in the record itself. Lines that came into one field are told together, and so are those that went.
fn told_changes(view: &View, catalog: &Catalog, object: &Object, record: &Record, entry: &Entry) -> Vec<Json> {
    let own = || entry.changes.iter().filter(|change| (change.object, change.id) == (record.object, record.id));
    let mut told = Vec::new();
    let mut counted = HashSet::new();
    for change in own() {
        if told.len() == CHANGES {
            break;
        }
        let Some((field, came)) = whole_line(object, change) else {
            told.extend(told_change(view, catalog, object, record, change));
            continue;
        };
        if counted.insert((field.name, came)) {
            let same = |other: &&Change| {
                whole_line(object, other).is_some_and(|(known, way)| (known.name, way) == (field.name, came))
            };
            let rows = own().filter(same).flat_map(|other| if came { &other.new } else { &other.old }.rows());
            told.push(told_lines(view, field, came, &rows.collect::<Vec<_>>()));
        }
    }
    told
}

/// The field of a change that is a line as a whole, and whether the line came or went.
fn whole_line<'o>(object: &'o Object, change: &Change) -> Option<(&'o Field, bool)> {
    let (field, _) = change.path.split_once('[').filter(|(_, rest)| rest.ends_with(']'))?;
    Some((object.field(Name::find(field)?)?, change.old.is_empty()))
}

/// `Parts, 2 lines added: Leg, 4; Seat, 1`.
fn told_lines(view: &View, field: &Field, came: bool, rows: &[&Row]) -> Json {
    let (label, n) = (view.say(&field.label), rows.len());
    let label = match (came, n) {
        (true, 1) => text!("{label}, line added", "{label}，新增一行"),
        (true, _) => text!("{label}, {n} lines added", "{label}，新增 {n} 行"),
        (false, 1) => text!("{label}, line removed", "{label}，删除一行"),
        (false, _) => text!("{label}, {n} lines removed", "{label}，删除 {n} 行"),
    };
    let cells = |row: &&Row| {
        let cells = field.lines.iter().map(|line| view.plain(&line.kind, row.fields.get(line.name)));
        view.joined(cells.filter(|cell| !cell.is_empty()).take(CELLS))
    };
    let mut said = rows.iter().take(LINES).map(cells).collect::<Vec<_>>().join(view.say(&text!("; ", "；")));
    if n > LINES {
        said.push_str(" …");
    }
    let none = String::new();
    let (old, new) = if came { (none, said) } else { (said, none) };
    json!({"label": view.say(&label), "old": old, "new": new})
}

fn told_change(view: &View, catalog: &Catalog, object: &Object, record: &Record, change: &Change) -> Option<Json> {
    let path: &str = &change.path;
    let (label, old, new) = match path {
        "created" | "deleted" | "number" => return None,
        "state" => {
            let node = |value: &Value| state_label(view, catalog, record, value.as_text().unwrap_or_default());
            (view.field_label(object, Name::intern("state")), node(&change.old), node(&change.new))
        }
        _ => {
            let (label, kind) = field_at(view, object, path)?;
            (label, view.plain(&kind, &change.old), view.plain(&kind, &change.new))
        }
    };
    let new = if new.is_empty() { "—".to_owned() } else { new };
    Some(json!({"label": label, "old": old, "new": new}))
}

/// What a path is called, and the type of its values.
fn field_at(view: &View, object: &Object, path: &str) -> Option<(String, FieldType)> {
    let (first, rest) = path.split_once('[').unwrap_or((path, ""));
    let field = object.field(Name::find(first)?)?;
    let label = view.say(&field.label);
    let Some((_, cell)) = rest.split_once("].") else { return Some((label.to_owned(), field.kind.clone())) };
    let line = field.line(Name::find(cell)?)?;
    Some((format!("{label} · {}", view.say(&line.label)), line.kind.clone()))
}

fn state_label(view: &View, catalog: &Catalog, record: &Record, state: &str) -> String {
    let flow = record.flows.first().and_then(|instance| catalog.flows.get(&instance.flow));
    let label = |name: &str| {
        let node = flow.and_then(|flow| flow.node(Name::find(name)?));
        node.map_or(name, |node| view.node_label(node)).to_owned()
    };
    state.split('+').map(label).collect::<Vec<_>>().join(" + ")
}

/// The nodes a record has been on, as its history tells: `flow NAME A -> B, C`.
pub(crate) fn passed(record: &Record, flow: Name, history: &[Entry]) -> HashSet<Name> {
    let mut been = HashSet::new();
    for (from, to) in moves(record, flow, history) {
        been.insert(from);
        been.extend(to);
    }
    been
}

/// The moves of a record's tokens, newest command first.
pub(crate) fn moves(record: &Record, flow: Name, history: &[Entry]) -> Vec<(Name, Vec<Name>)> {
    let own = history.iter().filter(|entry| entry.target == Some((record.object, record.id)));
    let begin = format!("flow {flow} ");
    own.flat_map(|entry| &entry.fired)
        .filter_map(|fired| {
            let (from, to) = fired.what.strip_prefix(&begin)?.split_once(" -> ")?;
            Some((Name::find(from)?, to.split(", ").filter_map(Name::find).collect()))
        })
        .collect()
}
