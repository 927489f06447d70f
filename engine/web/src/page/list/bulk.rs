//! One thing done to several records that were selected one by one; each on its own, with an answer for each.

use axum::http::StatusCode;
use formwork_catalog::object::Object;
use formwork_definition::kind::{flow::Reason, role::May};
use formwork_model::{code, name::Name, text};
use formwork_runtime::command::{Input, Request};
use serde_json::{Value as Json, json};

use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        refused::plain,
        typed::Typed,
        view::{View, back_to},
    },
};

/// How many records one request names at most.
const MOST: usize = 500;
/// Records that are named before they are deleted.
const NAMED: usize = 8;
/// Says that the reader was asked.
const SURE: &str = "_sure";
/// Buttons of the bar.
const BUTTONS: usize = 5;

/// What can be done to several: actions that need nothing to be filled in, and deleting.
pub(crate) fn offered(view: &View, object: &Object) -> Json {
    let mut seen: Vec<Name> = Vec::new();
    let mut all: Vec<Json> = Vec::new();
    let flow = view.catalog.main_flow(object.name);
    for action in flow.iter().flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions()) {
        let bare = action.form.is_none() && action.reason.as_ref().is_none_or(|reason| *reason != Reason::Required);
        if bare && !seen.contains(&action.name) && all.len() < BUTTONS {
            seen.push(action.name);
            all.push(json!({"value": format!("act {}", action.name), "label": view.say(&action.label)}));
        }
    }
    if !object.append_only && view.may_some(object.name, May::Delete) {
        all.push(json!({"value": "delete", "label": view.word("delete")}));
    }
    Json::Array(all)
}

/// `POST /{book}/{object}/bulk` with `id`s and an `action`
pub(crate) async fn bulk(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let ids: Vec<String> = typed.all("id").into_iter().map(str::to_owned).collect();
    if ids.is_empty() || ids.len() > MOST {
        let message = text!("select 1 to {MOST} records", "请选择 1 到 {MOST} 条记录");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message).field("id"));
    }
    let action = typed.filled("action").unwrap_or_default().to_owned();
    if action == "delete" && typed.filled(SURE).is_none() {
        return ask.page("ask", StatusCode::OK, move |view| are_you_sure(view, &object, &ids, &typed)).await;
    }
    let mut answers = Vec::with_capacity(ids.len());
    for id in &ids {
        answers.push(one(&ask, &object, id, &action).await);
    }
    let root = format!("/{}", ask.served.name);
    let back = back_to(typed.filled("back"), &root, format!("{root}/{}", object.name));
    ask.page("results", StatusCode::OK, move |view| {
        let done = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
        let failed = answers.len() - done;
        let rows = answers.into_iter().map(|(id, answer)| {
            let known = id.parse().ok();
            let title = known.map_or_else(|| id.clone(), |id| view.title(object.name, id));
            let (state, tone, text) = match answer {
                Ok(()) => (text!("done", "成功"), "tone-good", String::new()),
                Err(problem) => {
                    let why =
                        problem.found().first().map(|found| plain(view, &object, found.message.get(view.language)));
                    (text!("refused", "未执行"), "tone-bad", why.unwrap_or_default())
                }
            };
            let href = format!("{}/{id}", view.list_href(object.name));
            json!({"title": title, "href": href, "state": view.say(&state), "tone": tone, "text": text})
        });
        let summary = text!("{done} done, {failed} refused", "成功 {done} 条，未执行 {failed} 条");
        let body = json!({"results": rows.collect::<Vec<_>>(), "summary": view.say(&summary), "back": back});
        view.frame(object.name.as_str(), view.word("results"), body)
    })
    .await
}

/// Asks before records are deleted: one tap on a bar is too little for that.
fn are_you_sure(view: &View, object: &Object, ids: &[String], typed: &Typed) -> Result<Json, Problem> {
    let href = view.list_href(object.name);
    let back = back_to(typed.filled("back"), &view.root, href.clone());
    let known = ids.iter().filter_map(|id| id.parse().ok());
    let titles: Vec<String> = known.map(|id| view.title(object.name, id)).filter(|title| !title.is_empty()).collect();
    let (count, named) = (ids.len(), view.joined(titles.iter().take(NAMED).cloned()));
    let named = if titles.len() > NAMED { format!("{named} …") } else { named };
    let question = text!("Delete {count} records: {named}", "删除 {count} 条记录：{named}");
    let hidden = |name: &str, value: &str| json!({"name": name, "value": value});
    let mut kept = vec![hidden("action", "delete"), hidden(SURE, "1"), hidden("back", &back)];
    kept.extend(ids.iter().map(|id| hidden("id", id)));
    let body = json!({
        "action": format!("{href}/bulk"), "preview": "", "cancel": back, "button": view.word("delete"), "rev": null,
        "token": null, "kept": kept, "text": view.say(&question), "reason": null, "danger": true, "sections": [],
        "problems": [], "several_problems": false,
    });
    view.frame(object.name.as_str(), view.word("delete"), body)
}

async fn one(ask: &Ask, object: &Object, id: &str, action: &str) -> (String, Result<(), Problem>) {
    let written = async {
        let record = ask.find(object.name, id)?;
        let request = match action.split_once(' ') {
            Some(("act", name)) => {
                let action = Name::find(name).ok_or_else(|| crate::ask::not_found("action", name))?;
                Request::Act { object: object.name, id: record, rev: None, action, token: None, input: Input::new() }
            }
            _ if action == "delete" => Request::Delete { object: object.name, id: record, rev: None },
            _ => return Err(crate::ask::not_found("action", action)),
        };
        ask.write_one(request, None, id).await.map(drop)
    };
    (id.to_owned(), written.await)
}
