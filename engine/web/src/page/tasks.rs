//! The task centre: what waits for the reader, what they decided, submitted, have a copy of; and deciding.

use axum::http::StatusCode;
use formwork_catalog::filter::parse_filter;
use formwork_model::{code, field_type::FieldType, id::RecordId, name::Name, text, text::Text};
use formwork_runtime::{
    approval::{Asks, Operation, centre::Asked},
    command::{Input, Request},
    query::Query,
};
use formwork_store::table::task::{Kind, List};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::{
    error::capital,
    filling::Filling,
    layout::boxes,
    locale,
    record::{record_of, task_state, verdict, word_of},
    refused::Refused,
    remark::{files, files_box},
    typed::Typed,
    view::{View, back_to, redirect, with_did},
};
use crate::{
    api::{Answer, task::place},
    ask::Ask,
    error::Problem,
};

/// The object, the record, and the task's number there.
type Address = (Name, RecordId, u32);

/// Tasks of a page.
const PAGE: usize = 30;
/// How many tasks one request names at most.
const MOST: usize = 500;

/// The lists that are no lists of tasks: what was begun and not submitted, and who decides for whom.
const MORE: [&str; 2] = ["drafts", "proxies"];
/// Drafts of one kind of record that are shown.
const DRAFTS: usize = 20;

const LISTS: [(&str, List); 4] =
    [("todo", List::Todo), ("done", List::Done), ("started", List::Started), ("cc", List::Copies)];

fn list_label(word: &str) -> Text {
    match word {
        "todo" => text!("To decide", "待办"),
        "done" => text!("Decided", "已办"),
        "started" => text!("Submitted by me", "我发起的"),
        "drafts" => text!("Drafts", "草稿"),
        "proxies" => text!("Proxies", "委托"),
        _ => text!("Copies", "抄送我的"),
    }
}

/// `GET /{book}/tasks?list=&after=`
pub(crate) async fn tasks(ask: Ask) -> Answer {
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("tasks", StatusCode::OK, move |view| page(view, &query, None)).await
}

/// The heads of the lists, each with how long it is.
fn lists(view: &View, counts: &formwork_runtime::approval::centre::Counts, current: &str) -> Json {
    let root = format!("{}/tasks", view.root);
    let words = LISTS.iter().map(|(word, _)| *word).chain(MORE);
    let lists = words.map(|word| {
        let count = match word {
            "todo" => counts.todo,
            "done" => counts.done,
            "started" => counts.started,
            "cc" => counts.cc,
            _ => 0,
        };
        let href = if word == "todo" { root.clone() } else { format!("{root}?list={word}") };
        json!({
            "label": view.say(&list_label(word)), "count": count, "href": href, "current": word == current,
            "hot": word == "todo",
        })
    });
    Json::Array(lists.collect())
}

/// A page of the task centre that is no list of tasks.
pub(crate) fn page_of(view: &View, word: &str, sent: Option<(&Typed, &Problem)>) -> Result<Json, Problem> {
    let counts = view.book.task_counts(&view.actor)?;
    let more = if word == "drafts" { drafts(view)? } else { super::proxy::shown(view, sent)? };
    let body = json!({"lists": lists(view, &counts, word), word: more, "other": true});
    view.frame("tasks", view.word("tasks"), body)
}

/// What the reader began and has not submitted yet: records on the first node of their flow.
fn drafts(view: &View) -> Result<Json, Problem> {
    let mut kinds = Vec::new();
    for name in view.catalog.book.menu.iter().flat_map(|module| module.objects()) {
        let Some((object, flow)) = view.catalog.object(name).zip(view.catalog.main_flow(name)) else { continue };
        let owner = object.owner.filter(|owner| object.kind_of(*owner) == Some(&FieldType::User));
        let whose = owner.map_or("created_by", Name::as_str);
        let json = json!({"and": [{whose: "$me"}, {"state": flow.start.as_str()}]});
        // A field that the reader does not see is none to ask for.
        let Ok(filter) = parse_filter(&*view.catalog, object.name, &json, view.zone()) else { continue };
        let query = Query { object: object.name, filter, sort: Vec::new(), limit: DRAFTS, after: None };
        let Ok(found) = view.book.list(&query, &view.actor) else { continue };
        let rows: Vec<Json> = found
            .records
            .iter()
            .map(|record| {
                let title = view.title(object.name, record.id);
                json!({
                    "title": title, "number": record.number.as_deref().filter(|number| *number != title),
                    "href": view.record_href(object.name, record.id),
                    "when": locale::ago(record.updated_at, view.now, view.zone(), view.language),
                })
            })
            .collect();
        if !rows.is_empty() {
            kinds.push(json!({"label": view.say(&object.label), "rows": rows}));
        }
    }
    Ok(json!({"kinds": kinds}))
}

fn page(view: &View, query: &Typed, results: Option<Json>) -> Result<Json, Problem> {
    if let Some(word) = MORE.into_iter().find(|word| query.filled("list") == Some(word)) {
        return page_of(view, word, None);
    }
    let (word, list) =
        LISTS.into_iter().find(|(word, _)| query.filled("list") == Some(word)).unwrap_or(("todo", List::Todo));
    let asked = Asked { list, flow: None, kind: None, limit: PAGE, after: query.filled("after").map(str::to_owned) };
    let found = view.book.tasks(&view.actor, &asked)?;
    let counts = view.book.task_counts(&view.actor)?;
    let root = format!("{}/tasks", view.root);
    let lists = lists(view, &counts, word);
    let here = if word == "todo" { root.clone() } else { format!("{root}?list={word}") };
    let lines: Vec<Json> = found.tasks.iter().map(|task| line(view, task, list, &here)).collect();
    let next = found.next.as_ref().map(|after| format!("{root}?list={word}&after={after}"));
    let body = json!({
        "lists": lists, "tasks": lines, "todo": list == List::Todo, "next": next,
        "bulk": format!("{root}/bulk"), "back": here, "results": results,
    });
    view.frame("tasks", view.word("tasks"), body)
}

/// A task as it is listed, here and on the start page.
pub(crate) fn line(view: &View, task: &Json, list: List, back: &str) -> Json {
    let said = |name: &str| task[name].as_str().unwrap_or_default();
    let id = said("id");
    // Work in a queue is not decided: it is done at its record.
    let decides = list == List::Todo && task["type"] == Kind::Approval.word();
    let mut out = if decides { verdict(view, id, back) } else { json!({}) };
    let ago = |name: &str| {
        let when = instant(said(name)).map(|at| locale::ago(at, view.now, view.zone(), view.language));
        when.unwrap_or_default()
    };
    let mut by_line = if task["type"] == Kind::Work.word() {
        let (queue, when) = (queue_label(view, said("queue")), ago("since"));
        view.say(&text!("{queue}, {when}", "{queue} · {when}")).to_owned()
    } else {
        let (by, when) = (view.person(said("submitter")), ago("submitted_at"));
        view.say(&text!("submitted by {by}, {when}", "{by} 提交于 {when}")).to_owned()
    };
    if let Some(principal) = task["on_behalf_of"].as_str() {
        let principal = view.person(principal);
        by_line.push_str(view.say(&text!(" · for {principal}", " · 代 {principal}")));
    }
    let due = instant(said("due"));
    let (step, tone) = standing(view, task, list);
    let (title, number) = (said("title"), said("number"));
    let object = view.catalog.find_object(said("object")).map(|object| view.say(&object.label));
    if let Json::Object(out) = &mut out {
        let more = json!({
            "id": id, "decides": decides, "kind": object, "title": title, "number": if number == title { "" } else { number },
            "href": format!("{}/{}/{}", view.root, said("object"), said("record")),
            "by_line": by_line, "step": capital(&step), "tone": tone, "comment": task["comment"],
            "due": due.map(|due| {
                let due = locale::ago(due, view.now, view.zone(), view.language);
                view.say(&text!("due {due}", "{due} 前")).to_owned()
            }),
            "late": due.is_some_and(|due| due < view.now), "facts": facts(view, task),
        });
        if let Json::Object(more) = more {
            out.extend(more);
        }
    }
    out
}

fn queue_label(view: &View, name: &str) -> String {
    let queue = Name::find(name).and_then(|name| view.catalog.queues.get(&name));
    queue.map_or_else(|| name.to_owned(), |queue| view.say(&queue.label).to_owned())
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// What is said at the right: the step that waits, or what came of it.
fn standing(view: &View, task: &Json, list: List) -> (String, &'static str) {
    let label = |json: &Json| {
        let word = if view.language == formwork_model::text::Language::Zh { "zh" } else { "en" };
        json[word].as_str().filter(|text| !text.is_empty()).or(json["en"].as_str()).map(str::to_owned)
    };
    match list {
        List::Todo => (label(&task["step_label"]).or_else(|| label(&task["label"])).unwrap_or_default(), "tone-wait"),
        List::Done => {
            let (state, tone) = task_state(task["state"].as_str().unwrap_or_default());
            (view.say(&state).to_owned(), tone)
        }
        List::Started => match task["outcome"].as_str() {
            None => {
                let waits = task["waits_for"].as_array().into_iter().flatten().filter_map(Json::as_str);
                let who = waits.map(|login| view.person(login)).collect::<Vec<_>>().join(", ");
                (view.say(&text!("waits for {who}", "等待 {who}")).to_owned(), "tone-wait")
            }
            Some("approved") => (view.say(&text!("approved", "已通过")).to_owned(), "tone-good"),
            Some("rejected") => (view.say(&text!("rejected", "已拒绝")).to_owned(), "tone-bad"),
            Some("withdrawn") => (view.say(&text!("withdrawn", "已撤回")).to_owned(), ""),
            Some(_) => (view.say(&text!("returned", "已退回")).to_owned(), "tone-bad"),
        },
        List::Copies if task["read"].as_bool() == Some(true) => (view.say(&text!("read", "已阅")).to_owned(), ""),
        List::Copies => (view.say(&text!("not read", "未读")).to_owned(), "tone-live"),
    }
}

/// The fields that the approval shows, as people read them.
fn facts(view: &View, task: &Json) -> Json {
    let place = task["id"].as_str().and_then(record_of);
    let Some((object, id)) = place else { return Json::Array(Vec::new()) };
    let (Some(known), Ok(shown)) = (view.catalog.object(object), view.eyes().get(object, id)) else {
        return Json::Array(Vec::new());
    };
    let names = task["fields"].as_object().into_iter().flatten().filter_map(|(name, _)| Name::find(name));
    let facts = names.filter(|name| known.kind_of(*name).is_some()).map(
        |name| json!({"label": view.field_label(known, name), "shown": view.field_shown(known, &shown.record, name)}),
    );
    // What is the title already says nothing more.
    Json::Array(facts.filter(|fact| fact["shown"]["text"] != task["title"]).collect())
}

/// `POST /{book}/tasks/{task}` with `operation` and `reason`: deciding from a list or a record.
pub(crate) async fn decide(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let word = typed.filled("operation").unwrap_or_default().to_owned();
    operate(ask, word, typed).await
}

/// `POST /{book}/tasks/{task}/{operation}`
pub(crate) async fn perform(ask: Ask) -> Answer {
    let word = ask.call.path("operation").to_owned();
    let typed = Typed::read(&ask.call.body);
    operate(ask, word, typed).await
}

/// The form with `to` as a login, where somebody was chosen by name.
fn with_login(view: &View, typed: &Typed) -> Option<String> {
    let to = typed.filled("to")?;
    Some(typed.key_of(view, "to", to, ("user", "login")))
}

async fn operate(ask: Ask, word: String, typed: Typed) -> Answer {
    let task = ask.call.path("task").to_owned();
    let root = format!("/{}", ask.served.name);
    let back = back_to(typed.filled("back"), &root, format!("{root}/tasks"));
    let at = place(&ask, &task)?;
    let (view, sent, deed) = (View::of(&ask), typed.clone(), word.clone());
    let prepared = ask.blocking(move |_| Ok(prepare(&view, at, &deed, &sent))).await.and_then(|prepared| prepared)?;
    let Some(input) = prepared else {
        // A form is shown before it is taken.
        return ask.page("ask", StatusCode::OK, move |view| operation_page(view, at, &word, &typed, None)).await;
    };
    let done = async {
        let operation = Operation::read(&word, &input).map_err(Problem::from)?;
        ask.check_asked(match &operation {
            Operation::Transfer { to } | Operation::Delegate { to } => std::slice::from_ref(to),
            Operation::Add { to, .. } | Operation::Cc { to } => to,
            _ => &[],
        })?;
        let (object, id, number) = at;
        let reason = typed.filled("_reason").or(typed.filled("reason")).map(str::to_owned);
        ask.write(Request::Decide { object, id, task: number, operation }, reason).await
    };
    match done.await {
        Ok(_) => redirect(&with_did(&back, &word)),
        Err(problem) if problem.is_ours() || problem.code() == code!("no-such-task") => Err(problem),
        Err(problem) => {
            ask.page("ask", problem.status(), move |view| operation_page(view, at, &word, &typed, Some(&problem))).await
        }
    }
}

/// Says that a form was before whoever sends it.
const FORM: &str = "_form";

/// What an operation takes, from what was typed; `None` where it asks for a form that was not shown yet.
fn prepare(view: &View, at: Address, word: &str, typed: &Typed) -> Result<Option<Input>, Problem> {
    let mut input = input(word, typed, with_login(view, typed));
    if let Some(mut filling) = filling(view, at, word)? {
        if typed.filled(FORM).is_none() {
            return Ok(None);
        }
        input.insert("input".into(), Json::Object(filling.fill_in(view, typed)));
    }
    Ok(Some(input))
}

/// What the step asks for with the decision, where it asks for something.
fn filling(view: &View, (object, id, task): Address, word: &str) -> Result<Option<Filling>, Problem> {
    let (asks, shown) = view.eyes().asked_with(object, id, task, word)?;
    if asks == Asks::default() {
        return Ok(None);
    }
    let known = view.object(object.as_str())?;
    Filling::new(view, (&known, shown), asks.form, asks.require).map(Some)
}

/// What an operation takes beside its reason.
fn input(word: &str, typed: &Typed, login: Option<String>) -> Input {
    let mut input = Map::new();
    let to = typed.filled("to").map(str::to_owned);
    match word {
        "transfer" | "delegate" => input.extend(login.map(|login| ("to".to_owned(), Json::from(login)))),
        "return" => input.extend(to.map(|to| ("to".to_owned(), Json::from(to)))),
        "add" | "cc" => {
            let to = to.unwrap_or_default();
            let logins = to.split([',', '，', '、', ' ']).filter(|login| !login.is_empty()).map(Json::from);
            input.insert("to".into(), logins.collect());
            if word == "add" {
                input.extend(typed.filled("place").map(|place| ("place".to_owned(), Json::from(place))));
            }
        }
        "comment" => {
            input.insert("files".into(), files(typed).into());
        }
        _ => {}
    }
    input
}

/// `GET /{book}/tasks/{task}/{operation}`: asks for what the operation needs.
pub(crate) async fn operation(ask: Ask) -> Answer {
    let (task, word) = (ask.call.path("task").to_owned(), ask.call.path("operation").to_owned());
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    // The address is looked at before the page is built, so that a wrong one is not found.
    let at = place(&ask, &task)?;
    ask.page("ask", StatusCode::OK, move |view| operation_page(view, at, &word, &query, None)).await
}

fn operation_page(
    view: &View,
    at: Address,
    word: &str,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Json, Problem> {
    let label = word_of(view, word);
    let (object, id, number) = at;
    view.eyes().get(object, id)?;
    let mut filling = filling(view, at, word)?;
    let sent = typed.filled(FORM).map(|_| typed);
    if let (Some(filling), Some(sent)) = (&mut filling, sent) {
        filling.fill_in(view, sent);
    }
    let title = view.title(object, id);
    let back = back_to(typed.filled("back"), &view.root, format!("{}/tasks", view.root));
    let sections = filling.as_ref().map(|filling| filling.sections(view)).unwrap_or_default();
    let refused = problem.zip(view.catalog.object(object));
    let refused = refused.map(|(problem, known)| Refused::of(view, known, &sections, problem)).unwrap_or_default();
    let needs = matches!(word, "reject" | "return" | "unapprove");
    let reason = json!({
        "label": view.word("opinion"), "required": needs,
        "value": typed.filled("_reason").or(typed.filled("reason")), "error": null,
    });
    let asked = match &filling {
        Some(filling) => boxes(view, &filling.draft, &sections, sent, &refused.errors),
        None => json!([{"at": 0, "label": "", "hidden": false, "fields": questions(view, word, typed)}]),
    };
    let body = json!({
        "action": format!("{}/tasks/{object}.{id}.{number}/{word}", view.root), "preview": "", "cancel": back, "button": label, "rev": null, "token": null,
        "kept": [{"name": "back", "value": back}, {"name": FORM, "value": "1"}], "text": title, "reason": reason, "danger": word == "reject",
        "sections": asked, "problems": refused.problems, "several_problems": refused.problems.len() > 1,
    });
    view.frame("tasks", label, body)
}

/// The inputs of an operation.
fn questions(view: &View, word: &str, typed: &Typed) -> Json {
    let to = typed.filled("to").unwrap_or_default();
    let person = |several: bool| {
        let help = text!("Several people are separated by commas", "多人之间用逗号分隔");
        json!({
            "name": "to", "id": "f-to", "label": view.say(&text!("Who", "人员")), "required": true, "widget": "ref",
            "value": to, "search": format!("{}/find?object=user", view.root), "by": "login",
            "help": if several { view.say(&help) } else { "" }, "several": several,
        })
    };
    let choice = |name: &str, label: Text, options: &[(&str, Text)]| {
        // The first is what is meant most often.
        let chosen = typed.filled(name).or_else(|| options.first().map(|(value, _)| *value));
        let options = options
            .iter()
            .map(|(value, label)| json!({"value": value, "label": view.say(label), "selected": chosen == Some(value)}));
        json!({
            "name": name, "id": format!("f-{name}"), "label": view.say(&label), "required": true, "widget": "choice",
            "options": options.collect::<Vec<_>>(),
        })
    };
    match word {
        "transfer" | "delegate" => json!([person(false)]),
        "cc" => json!([person(true)]),
        "add" => json!([
            person(true),
            choice(
                "place",
                text!("When", "时机"),
                &[
                    ("parallel", text!("beside me", "并行加签")),
                    ("before", text!("before me", "前加签")),
                    ("after", text!("after me", "后加签")),
                ]
            ),
        ]),
        "return" => json!([choice(
            "to",
            text!("To", "退回到"),
            &[("submitter", text!("the submitter", "发起人")), ("previous", text!("the step before", "上一步")),]
        )]),
        "comment" => json!([files_box(view, typed)]),
        _ => json!([]),
    }
}

/// `POST /{book}/tasks/bulk` with `id`s and `operation`: each on its own, with an answer for each.
pub(crate) async fn bulk(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let ids: Vec<String> = typed.all("id").into_iter().map(str::to_owned).collect();
    if ids.is_empty() || ids.len() > MOST {
        let message = text!("select 1 to {MOST} tasks", "请选择 1 到 {MOST} 个任务");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message).field("id"));
    }
    let word = typed.filled("operation").unwrap_or_default();
    let operation = Operation::read(word, &Map::new()).map_err(Problem::from)?;
    let reason = typed.filled("reason").map(str::to_owned);
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids {
        let written = async {
            let (object, record, number) = place(&ask, &id)?;
            let request = Request::Decide { object, id: record, task: number, operation: operation.clone() };
            ask.write_one(request, reason.clone(), &id).await.map(drop)
        };
        let answer = written.await;
        answers.push((id, answer));
    }
    ask.page("tasks", StatusCode::OK, move |view| {
        let results = answers.iter().map(|(id, answer)| {
            let title = record_of(id).map_or_else(|| id.clone(), |(object, record)| view.title(object, record));
            match answer {
                Ok(()) => json!({"tone": "tone-good", "state": view.say(&text!("done", "成功")), "text": title}),
                Err(problem) => {
                    let why = problem.found().first().map_or("", |found| found.message.get(view.language));
                    json!({"tone": "tone-bad", "state": view.say(&text!("refused", "未执行")), "text": format!("{title}: {why}")})
                }
            }
        });
        page(view, &Typed::default(), Some(Json::Array(results.collect())))
    })
    .await
}
