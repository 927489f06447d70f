//! Why somebody may do something with a record, and who may.

use axum::http::StatusCode;
use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{code, field_path::FieldPath, name::Name, text};
use formwork_runtime::access::{Asked, Verdict, Why};
use serde_json::{Value as Json, json};

use super::{Part, people::role_label, record, said, told};
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{typed::Typed, view::View},
};

/// The question, as it was typed.
#[derive(Debug, Clone, Default)]
struct Question {
    user: String,
    /// The login that was chosen, as long as the text is its name.
    login: String,
    object: String,
    id: String,
    /// The record that was chosen.
    chosen: String,
    action: String,
    field: String,
}

/// `GET /{book}/admin/access?user=&object=&id=&action=&field=`: with a user why they may, without one who may.
pub(crate) async fn access(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let text = |name: &str| typed.filled(name).unwrap_or_default().to_owned();
    let question = Question {
        user: text("user"),
        login: text("user._id"),
        object: text("object"),
        id: text("id"),
        chosen: text("id._id"),
        action: text("action"),
        field: text("field"),
    };
    ask.page("admin_access", StatusCode::OK, move |view| {
        Part::Access.open(view)?;
        let mut body = json!({"href": Part::Access.href(view), "question": form(view, &question)});
        if !question.object.is_empty() && !question.id.is_empty() {
            match answer(view, &question) {
                Ok(answer) => body["answer"] = answer,
                Err(problem) if problem.is_ours() => return Err(problem),
                Err(problem) => body["refused"] = json!(said(view, &problem)),
            }
        }
        Part::Access.frame(view, view.word("adm_access"), body)
    })
    .await
}

fn form(view: &View, question: &Question) -> Json {
    let object = |object: &formwork_catalog::object::Object| json!({"value": object.name.as_str(), "label": view.say(&object.label), "selected": object.name == *question.object.as_str()});
    let objects: Vec<Json> = view.catalog.objects.values().map(|known| object(known)).collect();
    let chosen = view.catalog.find_object(&question.object);
    // Without a choice the first one is shown.
    let first = chosen.or_else(|| view.catalog.objects.values().next()).map(|object| object.name.as_str());
    let fields: Vec<Json> = chosen
        .iter()
        .flat_map(|known| known.paths().filter_map(|path| Some((path, known.field(path.field)?, known.at(path)?))))
        .map(|(path, field, at)| {
            let label = view.say(&at.label);
            let label = match path.line {
                None => label.to_owned(),
                Some(_) => format!("{} › {label}", view.say(&field.label)),
            };
            let value = path.to_string();
            json!({"selected": value == question.field, "value": value, "label": label})
        })
        .collect();
    let words = [
        ("read", text!("see it", "查看")),
        ("update", text!("change it", "修改")),
        ("delete", text!("delete it", "删除")),
        ("assign", text!("give it away", "转移负责人")),
        ("export", text!("export it", "导出")),
    ];
    let mut actions: Vec<Json> = words
        .iter()
        .map(|(word, label)| json!({"value": word, "label": view.say(label), "selected": question.action == *word}))
        .collect();
    let flows = view.catalog.flows.values().filter(|flow| chosen.is_some_and(|known| known.name == flow.object));
    let mut known: Vec<Name> = Vec::new();
    for action in flows.flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions()) {
        if !known.contains(&action.name) {
            known.push(action.name);
            let selected = action.name == *question.action.as_str();
            actions
                .push(json!({"value": action.name.as_str(), "label": view.say(&action.label), "selected": selected}));
        }
    }
    json!({
        "user": question.user, "login": question.login, "id": question.id, "chosen": question.chosen,
        "find": format!("{}/find?object=", view.root), "object": first, "objects": objects, "fields": fields, "actions": actions,
    })
}

fn answer(view: &View, question: &Question) -> Result<Json, Problem> {
    let object = view.object(&question.object)?;
    // What was chosen is meant as long as the text is its name.
    let id = match question.chosen.parse() {
        Ok(chosen) if view.title(object.name, chosen) == question.id => chosen,
        _ => view.record_id(object.name, &question.id)?,
    };
    let key = (object.name, id);
    let field = FieldPath::find(&question.field).filter(|path| object.at(*path).is_some());
    let word = if question.action.is_empty() { "read" } else { question.action.as_str() };
    let action = May::of_record(word).map(Action::May).or_else(|| Name::find(word).map(Action::Act));
    let action = action.ok_or_else(|| {
        let message = text!("there is no such action", "没有这个操作");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("unknown-action"), message)
    })?;
    let about = record(view, key);
    if question.user.is_empty() {
        let who = view.eyes().who(key, action, field)?;
        let people: Vec<Json> = who.iter().map(|why| shown(view, why)).collect();
        return Ok(json!({"record": about, "who": people, "nobody": people.is_empty()}));
    }
    let chosen =
        (!question.login.is_empty() && view.person(&question.login) == question.user).then_some(&question.login);
    let login = chosen.cloned().or_else(|| named(view, &question.user));
    let why = view.eyes().why(&login.unwrap_or_else(|| question.user.clone()), key, action, field)?;
    Ok(json!({"record": about, "why": shown(view, &why)}))
}

/// The login of the user that a text means.
fn named(view: &View, text: &str) -> Option<String> {
    let record = view.by_text("user", text)?;
    record.fields.get(Name::find("login")?).as_text().map(str::to_owned)
}

fn shown(view: &View, why: &Why) -> Json {
    let grants: Vec<Json> = why.grants.iter().map(|asked| grant(view, asked)).collect();
    let first = why.grants.iter().find(|asked| asked.verdict == Verdict::Covers);
    json!({
        "login": &*why.login, "name": view.person(&why.login), "allowed": why.allowed, "open": why.open,
        "takes_part": why.takes_part, "grants": grants,
        "by": first.map(|asked| format!("{} · {}", role_label(view, asked.role), asked.grant)),
    })
}

fn grant(view: &View, asked: &Asked) -> Json {
    let verdict = asked.verdict.say();
    json!({
        "role": role_label(view, asked.role), "grant": asked.grant.as_str(), "rows": asked.rows,
        "verdict": told::plain(view.say(&verdict)), "covers": asked.verdict == Verdict::Covers,
    })
}
