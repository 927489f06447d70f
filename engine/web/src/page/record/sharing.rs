//! With whom a record is shared: told to whoever sees it, said and taken back by whoever may share the record.

use axum::http::StatusCode;
use formwork_catalog::{
    object::{Field, Object},
    role::Action,
};
use formwork_definition::kind::{
    role::May,
    sharing::{DEPARTMENT, EDIT, FROM, UNTIL, USER},
};
use formwork_model::{
    code,
    name::Name,
    record::{Record, Row},
    text,
    value::Value,
};
use formwork_runtime::command::{Input, Request};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        error::capital,
        locale,
        refused::Refused,
        typed::{CHOSEN, Typed},
        view::{View, redirect, with_did},
    },
};

/// Which line is ended: `user ada`, `department 0190…`.
const END: &str = "end";

/// The panel of a record, nothing where it says nothing to its reader.
pub(super) fn panel(view: &View, object: &Object, record: &Record, href: &str) -> Result<Json, Problem> {
    let Some(shares) = object.shares.and_then(|shares| object.field(shares)) else { return Ok(Json::Null) };
    let may = |may: May| view.eyes().may(object.name, record.id, Action::May(may));
    let rows = record.fields.get(shares.name).rows();
    let shares_it = may(May::Share)?;
    if rows.is_empty() && !shares_it {
        return Ok(Json::Null);
    }
    let lines: Vec<Json> = rows.iter().filter_map(|row| line(view, row)).collect();
    let fields = if shares_it { fields(view, shares, may(May::Update)?, &Typed::default(), None) } else { Json::Null };
    Ok(json!({
        "label": view.say(&shares.label), "lines": lines, "fields": fields,
        "action": shares_it.then(|| format!("{href}/share")),
    }))
}

/// With whom, what for, how long, and whether that is today.
fn line(view: &View, row: &Row) -> Option<Json> {
    let value = |name: &str| Name::find(name).map_or(&Value::Null, |name| row.fields.get(name));
    let (by, with, who) = match (value(USER), value(DEPARTMENT)) {
        (Value::Text(login), _) => (USER, login.to_string(), view.person(login)),
        (_, Value::Ref(id)) => (DEPARTMENT, id.to_string(), view.referred(Name::intern(DEPARTMENT), *id)),
        _ => return None,
    };
    let day = |name: &str| if let Value::Date(day) = value(name) { Some(*day) } else { None };
    let (from, until) = (day(FROM), day(UNTIL));
    let today = view.now.to_zoned(view.zone().clone()).date();
    let (state, tone) = match (from, until) {
        (_, Some(until)) if until < today => (text!("over", "已结束"), ""),
        (Some(from), _) if from > today => (text!("to come", "未开始"), "tone-wait"),
        _ => (text!("in force", "生效中"), "tone-live"),
    };
    let edits = *value(EDIT) == Value::Bool(true);
    Some(json!({
        "who": who, "end": format!("{by} {with}"), "right": right(view, edits), "when": within(view, from, until),
        "state": capital(view.say(&state)), "tone": tone,
    }))
}

fn right(view: &View, edits: bool) -> String {
    let right = if edits { text!("sees and edits", "可查看和编辑") } else { text!("sees", "可查看") };
    view.say(&right).to_owned()
}

fn within(view: &View, from: Option<Date>, until: Option<Date>) -> String {
    let day = |day: Date| locale::date(day, view.language);
    let said = match (from.map(day), until.map(day)) {
        (None, None) => return String::new(),
        (Some(from), None) => text!("from {from} on", "自 {from} 起"),
        (None, Some(until)) => text!("until {until}", "至 {until}"),
        (Some(from), Some(until)) => text!("{from} – {until}", "{from} – {until}"),
    };
    view.say(&said).to_owned()
}

/// The inputs of a share, as they were typed, with what is wrong where it is.
fn fields(view: &View, shares: &Field, may_edit: bool, typed: &Typed, problem: Option<&Problem>) -> Json {
    let known = |name: &str| Name::find(name).and_then(|name| shares.line(name));
    let fields = [USER, DEPARTMENT, EDIT, FROM, UNTIL].into_iter().filter_map(|name| {
        let found = problem.and_then(|problem| {
            problem.found().iter().find(|found| found.field.as_deref() == Some(name))
        });
        let mut field = match name {
            USER => json!({"widget": "ref", "search": format!("{}/find?object=user", view.root), "by": "login"}),
            DEPARTMENT => json!({
                "widget": "ref", "search": format!("{}/find?object=department", view.root), "by": "code",
                "help": view.say(&text!("Either a person or a department", "填写用户或部门之一")),
            }),
            EDIT => {
                let edits = typed.filled(name) == Some("true");
                let option = |value: &str, edits, selected| json!({"value": value, "label": right(view, edits), "selected": selected});
                json!({
                    "widget": "choice", "required": true,
                    "options": if may_edit { vec![option("false", false, !edits), option("true", true, edits)] } else { vec![option("false", false, true)] },
                })
            }
            _ => json!({"widget": "text", "type": "date"}),
        };
        let label = if name == EDIT { text!("Right", "权限") } else { known(name)?.label.clone() };
        for (key, value) in [
            ("name", json!(name)), ("id", json!(format!("f-share-{name}"))), ("label", json!(view.say(&label))),
            ("value", json!(typed.last(name))), ("chosen", json!(typed.last(&format!("{name}{CHOSEN}")))),
            ("error", json!(found.map(|found| capital(found.message.get(view.language))))),
        ] {
            field[key] = value;
        }
        Some(field)
    });
    fields.collect()
}

/// What was typed, as the API takes it.
fn terms(view: &View, typed: &Typed) -> Input {
    if let Some((by, with)) = typed.filled(END).and_then(|end| end.split_once(' ')) {
        return Input::from_iter([(by.to_owned(), Json::from(with))]);
    }
    let party = |name: &str, object: &str, key: &str| {
        typed.filled(name).map(|text| Json::from(typed.key_of(view, name, text, (object, key))))
    };
    let given = [
        (USER, party(USER, "user", "login")),
        (DEPARTMENT, party(DEPARTMENT, DEPARTMENT, "code")),
        (EDIT, (typed.filled(EDIT) == Some("true")).then_some(Json::Bool(true))),
        (FROM, typed.filled(FROM).map(Json::from)),
        (UNTIL, typed.filled(UNTIL).map(Json::from)),
    ];
    given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// `POST /{book}/{object}/{id}/share` with `user` or `department`, `edit`, `from`, `until`; or with `end` and whom it was
/// shared with.
pub(crate) async fn share(ask: Ask) -> Answer {
    let object = ask.object()?;
    let id = ask.record(object.name)?;
    let typed = Typed::read(&ask.call.body);
    let (view, sent, end) = (View::of(&ask), typed.clone(), typed.filled(END).is_some());
    let terms = ask.blocking(move |_| Ok(terms(&view, &sent))).await?;
    let href = format!("/{}/{}/{id}", ask.served.name, object.name);
    match ask.write(Request::Share { object: object.name, id, end, terms }, None).await {
        Ok(_) => redirect(&with_did(&href, if end { "unshared" } else { "shared" })),
        Err(problem) if problem.is_ours() || problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) if end || problem.code() == code!("not-allowed") => Err(problem),
        Err(problem) => {
            ask.page("ask", problem.status(), move |view| {
                let Some(shares) = object.shares.and_then(|shares| object.field(shares)) else { return Err(problem) };
                let may_edit = view.eyes().may(object.name, id, Action::May(May::Update))?;
                let refused = Refused::of(view, &object, &[], &problem);
                let fields = fields(view, shares, may_edit, &typed, Some(&problem));
                let body = json!({
                    "action": format!("{href}/share"), "preview": "", "cancel": href, "button": view.word("share"),
                    "rev": null, "token": null, "kept": [], "text": view.title(object.name, id), "danger": false,
                    "reason": null, "sections": [{"at": 0, "label": "", "hidden": false, "fields": fields}],
                    "problems": refused.problems, "several_problems": refused.problems.len() > 1,
                });
                view.frame(object.name.as_str(), view.word("share"), body)
            })
            .await
        }
    }
}
