//! Records as pages to print, for programs: the HTML of a page, and which pages there are.

use axum::http::StatusCode;
use formwork_model::{
    text,
    text::{Language, Text},
};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::Ask,
    header, leave,
    page::print::{language, paper},
    parameter::bad_parameter,
};

fn both(text: &Text) -> Json {
    json!({"zh": text.zh, "en": text.en})
}

/// `GET /{book}/api/{object}/{id}/prints`
pub(crate) async fn prints(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let object = ask.object()?.name;
    let id = ask.record(object)?;
    let pages = ask.eyes().prints(object, id)?;
    let data: Vec<Json> =
        pages.iter().map(|(name, label)| json!({"name": name.as_str(), "label": both(label)})).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `GET /{book}/api/{object}/{id}/print/{page}?language=zh|en`
pub(crate) async fn print(ask: Ask) -> Answer {
    let object = ask.object()?.name;
    let mut parameters = ask.call.parameters()?;
    let asked = parameters.take("language");
    parameters.finish()?;
    let language = match &asked {
        None => header::language(ask.call.headers()),
        Some(word) => language(word)
            .ok_or_else(|| bad_parameter("language", text!("`language` is zh or en", "`language` 应为 zh 或 en")))?,
    };
    let (id, name) = (ask.record(object)?, ask.call.path("page").to_owned());
    let actor = ask.actor.clone();
    let page = ask.blocking(move |book| book.eyes(&actor).print((object, id), &name, language)).await?;
    leave::note_print(&ask, format!("{object} {id} {}", ask.call.path("page"))).await?;
    let body = json!({
        "name": ask.call.path("page"), "label": both(&page.label), "title": page.title,
        "language": if language == Language::Zh { "zh" } else { "en" },
        "paper": paper(page.sheet.paper), "landscape": page.sheet.landscape, "content": page.content,
    });
    Ok(leave::private(api::json(StatusCode::OK, &body)))
}
