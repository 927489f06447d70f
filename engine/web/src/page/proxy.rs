//! Proxies: whom the reader lets decide for them, from day to day, and for whom they decide.

use formwork_catalog::filter::{Comparison, Filter, Op, Operand};
use formwork_model::{
    code, field_type::FieldType, id::RecordId, locale, name::Name, record::Record, text, value::Value,
};
use formwork_runtime::{
    command::{Input, Request},
    query::Query,
};
use serde_json::{Value as Json, json};

use super::{
    refused::Refused,
    typed::Typed,
    view::{View, redirect, with_did},
};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
    error::Problem,
};

/// Proxies that are shown.
const SHOWN: usize = 50;

fn object() -> Name {
    Name::intern("proxy")
}

fn by(view: &View, field: &str) -> Result<Vec<Record>, Problem> {
    let filter = Filter::Compare(Comparison {
        through: Vec::new(),
        field: Name::intern(field),
        kind: FieldType::User,
        op: Op::Eq,
        with: vec![Operand::Me],
    });
    let query = Query { object: object(), filter, sort: Vec::new(), limit: SHOWN, after: None };
    Ok(view.book.list(&query, &view.actor)?.records)
}

/// What the page of the task centre shows. `sent` is what was refused.
pub(crate) fn shown(view: &View, sent: Option<(&Typed, &Problem)>) -> Result<Json, Problem> {
    let today = view.now.to_zoned(view.zone().clone()).date();
    let line = |record: &Record, who: &str| {
        let day = |name: &str| match record.fields.get(Name::intern(name)) {
            Value::Date(day) => Some(*day),
            _ => None,
        };
        let person = record.fields.get(Name::intern(who)).as_text().unwrap_or_default().to_owned();
        let (from, to) = (day("from"), day("to"));
        let said = |day: Option<jiff::civil::Date>| day.map(|day| locale::date(day, view.language)).unwrap_or_default();
        let (state, tone) = match (from, to) {
            (_, Some(to)) if to < today => (text!("over", "已结束"), ""),
            (Some(from), _) if from > today => (text!("to come", "未开始"), "tone-wait"),
            _ => (text!("in force", "生效中"), "tone-live"),
        };
        let flows = record.fields.get(Name::intern("flows")).rows().iter().filter_map(|row| {
            let flow = row.fields.get(Name::intern("flow"));
            let known = Name::find(flow.as_text()?).and_then(|name| view.catalog.flows.get(&name));
            Some(known.map_or_else(|| flow.to_string(), |flow| view.say(&flow.label).to_owned()))
        });
        let flows = flows.collect::<Vec<_>>().join(view.say(&text!(", ", "、")));
        let all = view.say(&text!("all flows", "全部流程")).to_owned();
        json!({
            "id": record.id.to_string(), "who": view.person(&person), "from": said(from), "to": said(to),
            "flows": if flows.is_empty() { all } else { flows }, "state": view.say(&state), "tone": tone,
            "over": to.is_some_and(|to| to < today),
        })
    };
    let mine: Vec<Json> = by(view, "principal")?.iter().map(|record| line(record, "agent")).collect();
    let for_others: Vec<Json> = by(view, "agent")?.iter().map(|record| line(record, "principal")).collect();
    let flows = view.catalog.flows.values().filter(|flow| flow.nodes.values().any(|node| node.approval().is_some()));
    let chosen = sent.map(|(typed, _)| typed.all("flow")).unwrap_or_default();
    let flows = flows.map(|flow| {
        json!({"value": flow.name.as_str(), "label": view.say(&flow.label), "selected": chosen.contains(&flow.name.as_str())})
    });
    let problems = match (sent, view.catalog.object(object())) {
        (Some((_, problem)), Some(object)) => Refused::of(view, object, &[], problem).problems,
        _ => Vec::new(),
    };
    let text = |name: &str| sent.and_then(|(typed, _)| typed.last(name).map(str::to_owned)).unwrap_or_default();
    Ok(json!({
        "mine": mine, "for_others": for_others, "flows": flows.collect::<Vec<_>>(), "problems": problems,
        "several_problems": problems.len() > 1, "action": format!("{}/tasks/proxies", view.root),
        "search": format!("{}/find?object=user", view.root), "today": today.to_string(),
        "agent": text("agent"), "agent_id": text("agent._id"), "from": text("from"), "to": text("to"),
    }))
}

/// `POST /{book}/tasks/proxies` with `agent`, `from`, `to`, `flow`…; or with `end` and the id of one.
pub(crate) async fn keep(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let here = format!("/{}/tasks?list=proxies", ask.served.name);
    if let Some(id) = typed.filled("end") {
        let id: RecordId = id.parse().map_err(|_| not_found("record", id))?;
        ask.write(Request::Delete { object: object(), id, rev: None }, None).await?;
        return redirect(&with_did(&here, "deleted"));
    }
    let (view, sent) = (View::of(&ask), typed.clone());
    let agent = ask
        .blocking(move |_| Ok(sent.filled("agent").map(|agent| sent.key_of(&view, "agent", agent, ("user", "login")))))
        .await?;
    let day = |name: &str| typed.filled(name).map_or(Json::Null, Json::from);
    let flows: Vec<Json> = typed.all("flow").into_iter().map(|flow| json!({"flow": flow})).collect();
    let values = Input::from_iter([
        ("principal".to_owned(), Json::from(&*ask.actor.login)),
        ("agent".to_owned(), agent.map_or(Json::Null, Json::from)),
        ("from".to_owned(), day("from")),
        ("to".to_owned(), day("to")),
        ("flows".to_owned(), Json::Array(flows)),
    ]);
    match ask.write(Request::Create { object: object(), values }, None).await {
        Ok(_) => redirect(&with_did(&here, "proxy")),
        Err(problem) if problem.is_ours() || problem.code() == code!("not-allowed") => Err(problem),
        Err(problem) => {
            ask.page("tasks", problem.status(), move |view| {
                super::tasks::page_of(view, "proxies", Some((&typed, &problem)))
            })
            .await
        }
    }
}
