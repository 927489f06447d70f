//! A record as a page to print: what its template says, as the reader sees the record, on a sheet of paper.

use axum::http::StatusCode;
use formwork_definition::kind::template::Paper;
use formwork_model::text::Language;
use serde_json::{Value as Json, json};

use super::{
    asset,
    typed::Typed,
    view::{View, html},
};
use crate::{api::Answer, ask::Ask, error::Problem, leave};

/// The language of a word.
pub(crate) fn language(word: &str) -> Option<Language> {
    match word {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// What the style calls a size of paper.
pub(crate) fn paper(paper: Paper) -> &'static str {
    match paper {
        Paper::A4 => "a4",
        Paper::A5 => "a5",
        Paper::Letter => "letter",
    }
}

/// `GET /{book}/{object}/{id}/print/{page}?language=zh|en`: by default in the language of the reader.
pub(crate) async fn print(ask: Ask) -> Answer {
    let object = ask.object()?.name;
    let id = ask.record(object)?;
    let name = ask.call.path("page").to_owned();
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let view = View::of(&ask);
    let reader = view.language;
    let language = typed.filled("language").and_then(language).unwrap_or(reader);
    let values = ask
        .blocking(move |_| {
            Ok((|| {
                let page = view.eyes().print((object, id), &name, language)?;
                let chosen = |own: Language| (own == language).then_some("page");
                Ok(json!({
                    "lang": if language == Language::Zh { "zh" } else { "en" }, "assets": asset::root(),
                    "label": page.label.get(language), "title": page.title, "content": page.content,
                    "paper": paper(page.sheet.paper), "landscape": page.sheet.landscape,
                    "back": view.record_href(object, id), "zh": chosen(Language::Zh), "en": chosen(Language::En),
                }))
            })())
        })
        .await
        .and_then(|values: Result<Json, Problem>| values)?;
    leave::note_print(&ask, format!("{object} {id} {}", ask.call.path("page"))).await?;
    html("print", StatusCode::OK, reader, values).map(leave::private)
}
