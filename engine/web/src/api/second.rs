//! Four eyes over the API: handing in an edit of the definitions, and approving what others have handed in.

use axum::http::StatusCode;
use formwork_definition::kind::role::Right;
use formwork_model::{code, text};
use formwork_runtime::{
    book::{Draft, HandedIn},
    migration::Mapping,
    plan::{json as shown, plan},
};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    body::Members,
    draft::{approve, hand_in, lay, made, may_everything, needs_second, own, prepare, waiting},
    error::Problem,
};

fn told(handed: &HandedIn) -> Json {
    let refused = handed.refused.as_ref().map(|(by, why)| json!({"by": by, "reason": why}));
    json!({
        "author": handed.author, "release": handed.release, "reason": handed.reason, "at": handed.at.to_string(),
        "refused": refused,
    })
}

/// Refuses whoever may not edit the definitions.
fn check_drafts(ask: &Ask) -> Result<(), Problem> {
    if may_everything(ask) { Ok(()) } else { Ok(ask.eyes().require(Right::Drafts)?) }
}

/// What the caller has handed in.
fn mine(ask: &Ask) -> Result<HandedIn, Problem> {
    check_drafts(ask)?;
    let mine = ask.book().handed_in(&ask.actor.login)?;
    mine.ok_or_else(|| not_found("release", &ask.actor.login))
}

/// `GET /{book}/api/release/hand-in`
pub(crate) async fn own_one(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    Ok(api::json(StatusCode::OK, &told(&mine(&ask)?)))
}

/// `DELETE /{book}/api/release/hand-in`
pub(crate) async fn take_back(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    mine(&ask)?;
    ask.book().withdraw(&ask.actor.login)?;
    Ok(api::empty(StatusCode::NO_CONTENT))
}

/// `POST /{book}/api/release/hand-in` with `{"files": {PATH: TEXT, PATH: null}, "reason"}`: what is changed of the live
/// release, `null` takes a file away. Without `files` it is the edit that the caller has in the browser.
pub(crate) async fn hand_over(ask: Ask) -> Answer {
    check_drafts(&ask)?;
    let mut members = Members::read(&ask.call.body)?;
    let files = members.take_map("files");
    if files.values().any(|text| !text.is_string() && !text.is_null()) {
        members.unfit::<()>("files", text!("each file is a text, or null", "每个文件应为文本或 null"));
    }
    let reason = members.take_text("reason").filter(|reason| !reason.trim().is_empty());
    if reason.is_none() {
        members.unfit::<()>("reason", text!("say why", "请填写原因"));
    }
    members.finish()?;
    let draft = if files.is_empty() {
        own(&ask)?
    } else {
        let mut draft = Draft { base: ask.catalog.release.to_string(), ..Draft::default() };
        for (path, text) in &files {
            lay(&ask, &mut draft, path, text.as_str().map(str::to_owned));
        }
        draft
    };
    let ready = prepare(&ask, &draft)?;
    if !needs_second(&ask, &ready.to)? {
        let message = text!("nobody else has to approve this", "此修改无须他人审批");
        return Err(Problem::new(StatusCode::CONFLICT, code!("four-eyes"), message));
    }
    if !files.is_empty() {
        ask.book().keep_draft(&ask.actor.login, &draft)?;
    }
    hand_in(&ask, Ok((ready, reason.unwrap_or_default()))).await?;
    Ok(api::json(StatusCode::CREATED, &told(&mine(&ask)?)))
}

/// `GET /{book}/api/release/handed-in`: what waits for the caller.
pub(crate) async fn list(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let waiting = ask.eyes().to_approve()?;
    Ok(api::json(StatusCode::OK, &json!({"data": waiting.iter().map(told).collect::<Vec<_>>()})))
}

/// `GET /{book}/api/release/handed-in/{author}`: the files it changes, and what it would mean.
pub(crate) async fn one(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let handed = waiting(&ask)?;
    let draft = ask.book().draft(&handed.author)?.unwrap_or_default();
    let to = made(&ask, &draft)?.to;
    let live = ask.catalog.clone();
    let planned = {
        let to = to.clone();
        ask.patiently(move |book| plan(book, &live, &to, &Mapping::default())).await?
    };
    let mut body = told(&handed);
    body["files"] = json!(draft.files);
    body["plan"] = shown::plan(&planned, &to.sources);
    Ok(api::json(StatusCode::OK, &body))
}

/// `POST /{book}/api/release/handed-in/{author}` with `{"decision": "approve" | "refuse", "release", "reason"}`; `release`
/// is what was looked at.
pub(crate) async fn decide(ask: Ask) -> Answer {
    let mut members = Members::read(&ask.call.body)?;
    let decision = members.take_text("decision");
    if !matches!(decision.as_deref(), Some("approve" | "refuse")) {
        members.unfit::<()>("decision", text!("`decision` is approve or refuse", "`decision` 应为 approve 或 refuse"));
    }
    let seen = members.take_text("release");
    let reason = members.take_text("reason").filter(|reason| !reason.trim().is_empty());
    if reason.is_none() {
        members.unfit::<()>("reason", text!("say why", "请填写原因"));
    }
    let handed = waiting(&ask)?;
    members.finish()?;
    let reason = reason.unwrap_or_default();
    if decision.as_deref() == Some("refuse") {
        ask.eyes().decide_handed_in(&handed, false, &reason)?;
        return Ok(api::json(StatusCode::OK, &json!({"author": handed.author, "decision": "refuse"})));
    }
    let release = approve(&ask, &handed, seen.as_deref(), &reason).await?;
    Ok(api::json(StatusCode::OK, &json!({"author": handed.author, "decision": "approve", "release": &*release})))
}
