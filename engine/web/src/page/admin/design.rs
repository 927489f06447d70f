//! Designers: fields, forms and flows that are drawn with the mouse or filled in by keyboard.
//!
//! A designer is another hand on the file that the editor shows as text: each change is an edit of that text in the
//! reader's draft, which leaves every other byte as it was, and is checked by the compiler like any other. What a
//! designer can't show it does not touch.

mod create;
mod effects;
mod fields;
mod flow;
mod follow;
mod form;
mod hand;
mod kin;
mod nested;
mod node;
mod property;
mod roll_up;
mod rules;
mod sheet;
mod sketch;
mod trace;
pub(crate) mod words;

pub(crate) use create::{choose, create};
pub(crate) use form::drawn as form_drawn;

use axum::http::StatusCode;
use formwork_model::{code, text, text::Text};
use serde_json::{Value as Json, json};

use self::{hand::Hand, sheet::Sheet};
use super::{
    Part,
    definitions::{href, named},
    draft::ways,
    editor::is_path,
    nothing,
};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{lay, live_text, own, put, text_of},
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect},
    },
};

/// Errors of other files that are listed; the review has all of them.
const ELSEWHERE: usize = 12;

/// What is designed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Form,
    Flow,
}

impl Kind {
    fn of(path: &str) -> Option<Self> {
        match named(path).0 {
            "object" => Some(Self::Object),
            "form" => Some(Self::Form),
            "flow" => Some(Self::Flow),
            _ => None,
        }
        .filter(|_| is_path(path))
    }

    fn template(self) -> &'static str {
        match self {
            Self::Object => "admin_design_object",
            Self::Form => "admin_design_form",
            Self::Flow => "admin_design_flow",
        }
    }
}

/// The designer of a file, when there is one.
pub(crate) fn designer(view: &View, path: &str) -> Option<String> {
    Kind::of(path).map(|_| address(&view.root, path, ""))
}

fn address(root: &str, path: &str, at: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("at", at);
    let query = if at.is_empty() { String::new() } else { format!("?{}", query.finish()) };
    format!("{root}/admin/design/{path}{query}")
}

/// `GET /{book}/admin/design/{*file}?at=PLACE&step=N`: the file as a drawing, with the properties of a place.
pub(crate) async fn show(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    drawn(&ask, StatusCode::OK, typed, None).await
}

async fn drawn(ask: &Ask, status: StatusCode, typed: Typed, refused: Option<Problem>) -> Answer {
    let path = ask.call.path("file").to_owned();
    let Some(kind) = Kind::of(&path) else {
        return Err(nothing());
    };
    ask.page(kind.template(), status, move |view| {
        Part::Definitions.open(view)?;
        let mut sheet = Sheet::open(view, &path)?;
        sheet.at = typed.filled("at").filter(|at| sheet.doc.node(at).is_some()).unwrap_or_default().to_owned();
        let own = match kind {
            _ if sheet.unreadable.is_some() => json!({}),
            Kind::Object => fields::page(view, &sheet),
            Kind::Form => form::page(view, &sheet),
            Kind::Flow => flow::page(view, &sheet, typed.filled("step")),
        };
        let label = sheet.label(view, "label").unwrap_or_else(|| named(&path).1.to_owned());
        let mut body = frame(view, &sheet, refused.as_ref(), own);
        if let Some(was) = typed.filled("was") {
            body["followed"] = follow::told(view, &sheet, was, typed.filled("in").unwrap_or("0"));
        }
        Part::Definitions.frame(view, &label, body)
    })
    .await
}

/// The way from an effect back to what has it.
fn above(view: &View, sheet: &Sheet, holder: &str) -> Json {
    let label = sheet.label(view, &format!("{holder}/label"));
    let label = label.unwrap_or_else(|| hand::split(holder).1.replace('_', " "));
    json!({"href": address(&view.root, &sheet.path, holder), "label": label})
}

/// What every designer's page has, with its own values.
fn frame(view: &View, sheet: &Sheet, refused: Option<&Problem>, own: Json) -> Json {
    let path = &*sheet.path;
    let edited = sheet.draft.files.contains_key(path);
    let live = live_text(&view.catalog, path).is_some();
    let unreadable = sheet.unreadable.as_ref().map(|why| vec![view.say(why).to_owned()]);
    let mut body = json!({
        "crumb": if live { json!({"href": href(view, path), "label": path}) }
            else { json!({"href": Part::Definitions.href(view), "label": view.word("adm_definitions")}) },
        "path": path, "kind": named(path).0, "action": address(&view.root, path, ""), "at": sheet.at, "mark": mark(sheet.doc.text()),
        "edited": edited, "is_new": !live, "text": format!("{}/admin/edit/{path}{}", view.root, sheet.line_of(&sheet.at)),
        "review": Part::Draft.href(view), "found": sheet.said(None), "others": Some(sheet.elsewhere.len()).filter(|count| *count > 0),
        "elsewhere": sheet.elsewhere.iter().take(ELSEWHERE).collect::<Vec<_>>(), "well": sheet.is_well(),
        "refused": refused.map(|problem| super::said(view, problem)).or(unreadable), "selected": !sheet.at.is_empty(),
        "unreadable": sheet.unreadable.is_some(), "removable": sheet.at.contains('/'), "steps": ways(&sheet.draft),
        "kin": kin::of(view, sheet),
    });
    if let (Json::Object(body), Json::Object(own)) = (&mut body, own) {
        body.extend(own);
    }
    body
}

/// The text of a file in few characters, to know whether it is the one that was looked at.
fn mark(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// `POST /{book}/admin/design/{*file}`: properties as `KIND:PATH`, and `do`: `set`, `up PATH`, `down PATH`,
/// `remove PATH`, `drop` (`what` goes `into` a list, at a `place`), `effect PATH`, `undo` (this file), `back` and `ahead`
/// (a step), or what the designer of that kind of file knows beside.
pub(crate) async fn change(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    let path = ask.call.path("file").to_owned();
    let (asked, file) = (typed.clone(), path.clone());
    let done = ask.blocking(move |_| Ok(write(&view, &file, &asked))).await?;
    match done {
        Ok(to) => redirect(&to),
        Err(problem) if problem.is_ours() || problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => drawn(&ask, problem.status(), typed, Some(problem)).await,
    }
}

/// Carries out a change, and answers the address of what is looked at afterwards.
fn write(view: &View, path: &str, typed: &Typed) -> Result<String, Problem> {
    Part::Definitions.open(view)?;
    let kind = Kind::of(path).ok_or_else(nothing)?;
    if let Some(way @ ("back" | "ahead")) = typed.filled("do") {
        return step(view, path, way == "ahead", typed.filled("at").unwrap_or_default());
    }
    let mut draft = own(view)?;
    let text = text_of(view, &draft, path).ok_or_else(nothing)?;
    if typed.filled("do") == Some("undo") {
        let live = live_text(&view.catalog, path).ok_or_else(nothing)?;
        put(view, &mut draft, path, Some(live))?;
        return Ok(address(&view.root, path, ""));
    }
    if typed.filled("mark").is_some_and(|seen| seen != mark(&text)) {
        return Err(unfit(text!(
            "the file was changed in another window; look at it again",
            "文件已在其他窗口中修改，请重新查看"
        )));
    }
    let at = typed.filled("at").unwrap_or_default().to_owned();
    let mut hand = Hand { view, text, at, renamed: Vec::new() };
    property::apply(&mut hand, typed)?;
    let asked = typed.filled("do").unwrap_or("set");
    let (word, what) = asked.split_once(' ').unwrap_or((asked, ""));
    match (word, kind) {
        ("set", _) => {}
        ("up" | "down" | "remove" | "option", _) => hand.arrange(word, what)?,
        ("effect", Kind::Object | Kind::Flow) => effects::add(&mut hand, what)?,
        ("drop", _) if !typed.last("what").is_some_and(|what| what.starts_with("new:")) => hand.dropped(typed)?,
        (_, Kind::Object) => fields::act(&mut hand, (word, what), typed)?,
        (_, Kind::Form) => form::act(&mut hand, (word, what), typed)?,
        (_, Kind::Flow) => flow::act(&mut hand, (word, what), typed)?,
    }
    let Hand { text, at, renamed, .. } = hand;
    let before = draft.clone();
    lay(view, &mut draft, path, Some(text));
    let changed = follow::everywhere(view, &before, &mut draft, path, &renamed);
    view.book.keep_draft(&view.actor.login, &draft)?;
    let to = address(&view.root, path, &at);
    Ok(match renamed.last() {
        Some(renamed) => {
            let sign = if to.contains('?') { '&' } else { '?' };
            format!("{to}{sign}was={}&in={changed}", renamed.before)
        }
        None => to,
    })
}

/// Takes back the last change of the edit, or what was taken back last, and looks at the same file as long as there is one.
fn step(view: &View, path: &str, ahead: bool, at: &str) -> Result<String, Problem> {
    view.book.step_draft(&view.actor.login, ahead)?;
    let here = text_of(view, &own(view)?, path).is_some();
    Ok(if here { address(&view.root, path, at) } else { Part::Draft.href(view) })
}

fn unfit(message: Text) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message)
}
