//! Four eyes: what others have handed in, shown to whoever may approve it with all that it changes and would mean.

use axum::http::StatusCode;
use formwork_catalog::catalog::Catalog;
use formwork_definition::kind::role::Right;
use formwork_model::name::Name;
use formwork_runtime::book::HandedIn;
use serde_json::{Value as Json, json};

use super::{
    Part,
    draft::{Asked, show},
    nothing, reason, when,
};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{approve, needs_second, waiting},
    error::Problem,
    page::{
        record::short,
        typed::Typed,
        view::{View, redirect},
    },
};

/// `GET /{book}/admin/handed-in`
pub(crate) async fn list(ask: Ask) -> Answer {
    ask.page("admin_handed_in", StatusCode::OK, |view| {
        Part::HandedIn.open(view)?;
        let waiting = view.eyes().to_approve()?;
        let rows: Vec<Json> = waiting
            .iter()
            .map(|one| {
                let author: String = form_urlencoded::byte_serialize(one.author.as_bytes()).collect();
                json!({
                    "href": format!("{}/{}", Part::HandedIn.href(view), author.replace('+', "%20")),
                    "author": view.person(&one.author), "reason": one.reason, "when": when(view, one.at),
                    "release": short(&one.release),
                })
            })
            .collect();
        Part::HandedIn.frame(view, view.word("adm_handed_in"), json!({"rows": rows}))
    })
    .await
}

/// `GET /{book}/admin/handed-in/{author}?run=scenarios&impact=30d`
pub(crate) async fn one(ask: Ask) -> Answer {
    let asked = Asked { handed_in: Some(waiting(&ask)?), ..Asked::read(&ask) };
    show(&ask, StatusCode::OK, asked).await
}

/// `POST /{book}/admin/handed-in/{author}`: `do` is `approve` or `refuse`, with a `reason` and the `release` that was
/// looked at.
pub(crate) async fn decide(ask: Ask) -> Answer {
    let (handed, typed) = (waiting(&ask)?, Typed::read(&ask.call.body));
    let done = match (typed.filled("do"), reason(&typed)) {
        (_, Err(problem)) => Err(problem),
        (Some("approve"), Ok(why)) => {
            approve(&ask, &handed, typed.filled("release"), &why).await.map(|release| format!("published/{release}"))
        }
        (Some("refuse"), Ok(why)) => {
            ask.eyes().decide_handed_in(&handed, false, &why).map(|()| "handed-in".to_owned()).map_err(Problem::from)
        }
        _ => return Err(nothing()),
    };
    match done {
        Ok(to) => redirect(&format!("/{}/admin/{to}?did=acted", ask.served.name)),
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => {
            let typed = typed.last("reason").unwrap_or_default().to_owned();
            let (status, handed_in) = (problem.status(), Some(handed));
            show(&ask, status, Asked { refused: Some(problem), typed, handed_in, ..Asked::default() }).await
        }
    }
}

/// The page of an edit with where it stands on its way to a second person.
pub(super) fn page(
    view: &View,
    part: Part,
    mut body: Json,
    handed_in: Option<HandedIn>,
    to: Option<&Catalog>,
) -> Result<Json, Problem> {
    let title = match &handed_in {
        Some(handed) => {
            body["handed_in"] = told(view, handed);
            body["crumb"] = json!({"href": part.href(view), "label": view.word("adm_handed_in")});
            body["href"] = json!(view.here.split('?').next());
            view.person(&handed.author)
        }
        None => {
            let second = to.map_or(Ok(false), |to| needs_second(view, to))?;
            let own = view.book.handed_in(&view.actor.login)?;
            let roles = seconds(view).into_iter().map(|role| super::people::role_label(view, role));
            body["second"] = json!(second.then(|| view.joined(roles)));
            body["hand_in"] = json!(second && own.as_ref().is_none_or(|own| own.refused.is_some()));
            body["handed"] = json!(own.as_ref().map(|own| told(view, own)));
            view.word("adm_edit").to_owned()
        }
    };
    part.frame(view, &title, body)
}

/// The roles that approve what is handed in: those that the book names, else those that may publish.
fn seconds(view: &View) -> Vec<Name> {
    let named = &view.catalog.book.four_eyes;
    if !named.is_empty() {
        return named.to_vec();
    }
    let roles = view.catalog.roles.values().filter(|role| role.rights.contains(&Right::Releases));
    roles.map(|role| role.name).collect()
}

fn told(view: &View, handed: &HandedIn) -> Json {
    let refused = handed.refused.as_ref().map(|(by, why)| json!({"by": view.person(by), "why": why}));
    json!({
        "reason": handed.reason, "when": when(view, handed.at), "release": handed.release,
        "short": short(&handed.release), "refused": refused,
    })
}
