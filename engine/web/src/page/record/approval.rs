//! The panel of a record's approval: who was asked, who decided what, and what the reader can do.

use formwork_catalog::{catalog::Catalog, flow::approval::Approval as Rules};
use formwork_model::{
    approval::{Approval, Need, Outcome, Step, StepState, Task},
    field_type::FieldType,
    name::Name,
    record::Record,
    text,
    text::Text,
    value::Value,
};
use formwork_runtime::approval::centre::{Asked, address};
use formwork_store::table::task::{Kind, List};
use serde_json::{Value as Json, json};

use super::asked;
use crate::{
    error::Problem,
    page::{
        error::capital,
        locale,
        shown::holder,
        view::{View, initial},
    },
};

/// How many tasks are looked through for those that are done by proxy.
const BY_PROXY: usize = 200;

/// The newest approval, with buttons for what the reader has to decide.
pub(crate) fn panel(view: &View, catalog: &Catalog, record: &Record, href: &str) -> Result<Json, Problem> {
    let all = record.flows.iter().flat_map(|instance| instance.approvals.iter().map(move |one| (instance.flow, one)));
    let Some((flow, approval)) = all.max_by_key(|(_, approval)| (approval.is_open(), approval.began_at)) else {
        return Ok(Json::Null);
    };
    let node = catalog.flows.get(&flow).and_then(|flow| flow.node(approval.node));
    let rules = node.and_then(|node| node.approval());
    let (who, when) =
        (view.person(&approval.submitter), locale::ago(approval.began_at, view.now, view.zone(), view.language));
    let (outcome, tone) = outcome(approval);
    let steps: Vec<Json> = approval.steps.iter().map(|step| self::step(view, (record.object, rules), step)).collect();
    let comments = approval.comments.iter().map(|comment| {
        let name = view.person(&comment.by);
        let when = locale::ago(comment.at, view.now, view.zone(), view.language);
        let files = comment.files.iter().map(|file| Value::File(file.clone())).collect();
        let files = view.shown_of(holder(record), &FieldType::Files, &Value::List(files));
        json!({"initial": initial(&name), "name": name, "when": when, "text": &*comment.text, "files": files})
    });
    let mine: Vec<Json> = decidable(view, record, approval)?
        .into_iter()
        .map(|task| verdict(view, &address(record, task), href))
        .collect();
    let decides = !mine.is_empty();
    Ok(json!({
        "outcome": capital(view.say(&outcome)), "tone": tone,
        "by_line": view.say(&text!("submitted by {who}, {when}", "{who} 提交于 {when}")),
        "steps": steps, "comments": comments.collect::<Vec<_>>(), "mine": mine,
        "party": if decides { Json::Null } else { party(view, record, approval, href) },
    }))
}

/// The open tasks that the reader may decide, also for others.
fn decidable(view: &View, record: &Record, approval: &Approval) -> Result<Vec<u32>, Problem> {
    if !approval.is_open() {
        return Ok(Vec::new());
    }
    let asked = Asked { list: List::Todo, flow: None, kind: Some(Kind::Approval), limit: BY_PROXY, after: None };
    let own: Vec<u32> = approval.tasks().filter(|task| task.is_open()).map(|task| task.id).collect();
    let listed = view.book.tasks(&view.actor, &asked)?;
    let is_listed = |task: &u32| {
        let address = address(record, *task);
        listed.tasks.iter().any(|line| line["id"] == address.as_str())
    };
    Ok(own.into_iter().filter(is_listed).collect())
}

/// The form that decides a task.
pub(crate) fn verdict(view: &View, task: &str, back: &str) -> Json {
    let others = [
        ("return", text!("to the submitter, or a step before", "退回发起人或之前的步骤")),
        ("transfer", text!("somebody else decides instead of you", "由他人代替您决定")),
        ("delegate", text!("somebody answers you first", "先请他人处理，再回到您")),
        ("add", text!("somebody decides beside you", "请他人一同决定")),
        ("cc", text!("somebody gets a copy", "抄送给他人")),
        ("comment", text!("say something without deciding", "不做决定，仅发表意见")),
    ];
    let root = &view.root;
    let others = others.map(|(word, help)| {
        json!({"label": word_of(view, word), "help": view.say(&help), "href": format!("{root}/tasks/{task}/{word}?back={back}")})
    });
    json!({"action": format!("{root}/tasks/{task}"), "back": back, "others": others})
}

/// What the submitter can do, and what everybody concerned can.
fn party(view: &View, record: &Record, approval: &Approval, href: &str) -> Json {
    if !approval.is_open() {
        return Json::Null;
    }
    let submitter = *approval.submitter == *view.actor.login;
    let asked = approval.tasks().any(|task| *task.login == *view.actor.login);
    let words: &[&str] = match (submitter, asked) {
        (true, _) => &["urge", "recall", "comment", "cc"],
        (false, true) => &["comment", "cc"],
        (false, false) => return Json::Null,
    };
    let task = address(record, approval.id);
    let links = words.iter().map(
        |word| json!({"label": word_of(view, word), "href": format!("{}/tasks/{task}/{word}?back={href}", view.root)}),
    );
    Json::Array(links.collect())
}

fn step(view: &View, (object, rules): (Name, Option<&Rules>), step: &Step) -> Json {
    let label =
        rules.and_then(|rules| rules.steps.iter().find(|known| known.name == step.name)).map(|known| &known.label);
    let need = match step.need {
        Need::Any => text!("one is enough", "或签"),
        Need::All => text!("all of them", "会签"),
        Need::InOrder => text!("one after the other", "依次"),
        Need::Count(n) => text!("{n} of them", "{n} 人通过"),
        Need::Percent(n) => text!("{n}% of them", "{n}% 通过"),
    };
    let (state, tone) = match step.state {
        StepState::Open => (text!("running", "进行中"), "tone-wait"),
        StepState::Blocked => (text!("nobody found", "无人可审"), "tone-bad"),
        StepState::Passed => (text!("passed", "已通过"), "tone-good"),
        StepState::Failed => (text!("failed", "未通过"), "tone-bad"),
        StepState::Skipped => (text!("skipped", "已跳过"), ""),
        StepState::Undone => (text!("asked again", "已重审"), ""),
        StepState::Dropped => (text!("dropped", "已取消"), ""),
    };
    let several = step.tasks.len() > 1;
    let tasks: Vec<Json> = step.tasks.iter().map(|task| self::task(view, object, task)).collect();
    json!({
        "label": label.map_or(step.name.as_str(), |label| view.say(label)),
        "need": if several { view.say(&need) } else { "" }, "state": capital(view.say(&state)), "tone": tone, "tasks": tasks,
    })
}

fn task(view: &View, object: Name, task: &Task) -> Json {
    let name = view.person(&task.login);
    let (state, tone) = task_state(task.how().map_or(if task.open { "open" } else { "waiting" }, |how| how.word()));
    let end = task.end.as_ref();
    let stood_in = end.filter(|end| *end.by != *task.login && &*end.by != "system").map(|end| {
        let by = view.person(&end.by);
        view.say(&text!("by {by}", "由 {by} 处理")).to_owned()
    });
    json!({
        "initial": initial(&name), "name": name, "why": stood_in.unwrap_or_else(|| asked::why(view, object, &task.why)),
        "comment": end.and_then(|end| end.comment.as_deref()),
        "when": end.map(|end| locale::ago(end.at, view.now, view.zone(), view.language)),
        "state": capital(view.say(&state)), "tone": tone,
    })
}

/// What became of a task, and how that is coloured.
pub(crate) fn task_state(word: &str) -> (Text, &'static str) {
    match word {
        "open" => (text!("to decide", "待处理"), "tone-wait"),
        "waiting" => (text!("waits", "等待"), ""),
        "approved" => (text!("approved", "已同意"), "tone-good"),
        "rejected" => (text!("rejected", "已拒绝"), "tone-bad"),
        "returned" => (text!("returned", "已退回"), "tone-bad"),
        "transferred" => (text!("handed on", "已转办"), ""),
        "escalated" => (text!("escalated", "已升级"), ""),
        "expired" => (text!("expired", "已超时"), "tone-bad"),
        "passed" => (text!("passed", "自动通过"), "tone-good"),
        "superseded" => (text!("not needed any more", "无需处理"), ""),
        "removed" => (text!("removed", "已减签"), ""),
        _ => (text!("cancelled", "已取消"), ""),
    }
}

/// What an approval came to.
fn outcome(approval: &Approval) -> (Text, &'static str) {
    match approval.ended.as_ref().map(|ending| ending.outcome) {
        None => (text!("running", "审批中"), "tone-wait"),
        Some(Outcome::Approved) => (text!("approved", "已通过"), "tone-good"),
        Some(Outcome::Rejected) => (text!("rejected", "已拒绝"), "tone-bad"),
        Some(Outcome::Returned { .. } | Outcome::SentBack { .. }) => (text!("returned", "已退回"), "tone-bad"),
        Some(Outcome::Withdrawn) => (text!("withdrawn", "已撤回"), ""),
        Some(Outcome::Left) => (text!("left", "已离开"), ""),
    }
}

/// What an operation is called on buttons and in the history.
pub(crate) fn word_of<'w>(view: &View, word: &'w str) -> &'w str {
    let (en, zh) = match word {
        "approve" => ("Approve", "同意"),
        "reject" => ("Reject", "拒绝"),
        "return" => ("Return", "退回"),
        "transfer" => ("Hand on", "转办"),
        "delegate" => ("Delegate", "委派"),
        "add" => ("Add a signer", "加签"),
        "remove" => ("Remove a signer", "减签"),
        "recall" => ("Take back", "撤回"),
        "urge" => ("Remind", "催办"),
        "cc" => ("Copy to", "抄送"),
        "read" => ("Read", "已阅"),
        "comment" => ("Comment", "评论"),
        "unapprove" => ("Undo the approval", "弃审"),
        "retry" => ("Try again", "重试"),
        other => (other, other),
    };
    match view.language {
        formwork_model::text::Language::Zh => zh,
        formwork_model::text::Language::En => en,
    }
}

/// The number of an address, for links that lead to the record.
pub(crate) fn record_of(address: &str) -> Option<(Name, formwork_model::id::RecordId)> {
    let mut parts = address.split('.');
    Some((Name::find(parts.next()?)?, parts.next()?.parse().ok()?))
}
