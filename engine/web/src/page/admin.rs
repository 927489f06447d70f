//! Administration: what runs and what went wrong, releases, people, and the definitions themselves.
//!
//! Each page asks for a right. Whoever lacks it is answered as where there is nothing: 404.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod definitions;
pub(crate) mod design;
pub(crate) mod draft;
pub(crate) mod editor;
pub(crate) mod handed_in;
pub(crate) mod incidents;
pub(crate) mod instance;
pub(crate) mod instances;
pub(crate) mod outside;
pub(crate) mod people;
pub(crate) mod releases;
pub(crate) mod start;
pub(crate) mod tables;
mod told;
pub(crate) mod view_as;
pub(crate) mod words;

use axum::http::StatusCode;
use formwork_definition::kind::role::Right;
use formwork_model::{code, id::RecordId, name::Name, text};
use serde_json::{Value as Json, json};

use super::{locale, typed::Typed, view::View};
pub(crate) use crate::ask::nothing;
use crate::{draft::may_everything, error::Problem};

/// The module of the menu that holds the parts.
const MODULE: &str = "administration";

/// A part of the administration, as the address has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Start,
    Releases,
    Incidents,
    Instances,
    Outside,
    People,
    Access,
    Definitions,
    Tables,
    Draft,
    HandedIn,
    Backups,
    Audit,
}

impl Part {
    const ALL: [Self; 13] = [
        Self::Start,
        Self::Incidents,
        Self::Instances,
        Self::Definitions,
        Self::Tables,
        Self::Draft,
        Self::HandedIn,
        Self::Releases,
        Self::Outside,
        Self::Backups,
        Self::People,
        Self::Access,
        Self::Audit,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Start => "",
            Self::Releases => "/releases",
            Self::Incidents => "/incidents",
            Self::Instances => "/instances",
            Self::Outside => "/outside",
            Self::People => "/people",
            Self::Access => "/access",
            Self::Definitions => "/definitions",
            Self::Tables => "/tables",
            Self::Draft => "/draft",
            Self::HandedIn => "/handed-in",
            Self::Backups => "/backups",
            Self::Audit => "/audit",
        }
    }

    fn label(self, view: &View) -> &str {
        view.word(match self {
            Self::Start => "adm_overview",
            Self::Releases => "adm_releases",
            Self::Incidents => "adm_incidents",
            Self::Instances => "adm_instances",
            Self::Outside => "adm_outside",
            Self::People => "adm_people",
            Self::Access => "adm_access",
            Self::Definitions => "adm_definitions",
            Self::Tables => "adm_tables",
            Self::Draft => "adm_edit",
            Self::HandedIn => "adm_handed_in",
            Self::Backups => "adm_backups",
            Self::Audit => "adm_audit",
        })
    }

    /// Whether the reader may open it.
    pub(crate) fn is_open(self, view: &View) -> bool {
        match self {
            Self::Start => Self::ALL.into_iter().any(|part| part != Self::Start && part.is_open(view)),
            Self::Definitions => may_everything(view),
            Self::Releases => has(view, Right::Releases),
            Self::Instances => has(view, Right::Releases) || has(view, Right::Repairs),
            Self::Incidents | Self::Outside => has(view, Right::Incidents),
            Self::People | Self::Audit => view.eyes().looks_after_some().unwrap_or(false),
            Self::Access => has(view, Right::People),
            Self::Tables => !crate::draft::rows::mine(view).is_empty(),
            Self::Draft => may_everything(view) || Self::Tables.is_open(view),
            Self::Backups => view.book.is_admin(&view.actor).unwrap_or(false),
            Self::HandedIn => view.eyes().is_second().unwrap_or(false),
        }
    }

    /// Refuses whoever may not, as where there is nothing.
    pub(crate) fn open(self, view: &View) -> Result<(), Problem> {
        if self.is_open(view) { Ok(()) } else { Err(nothing()) }
    }

    pub(crate) fn href(self, view: &View) -> String {
        format!("{}/admin{}", view.root, self.path())
    }

    /// The word of its pages.
    fn page(self) -> String {
        format!("admin{}", self.path())
    }

    /// The values of a page of this part: the frame, the other parts, and `body`.
    pub(crate) fn frame(self, view: &View, title: &str, body: Json) -> Result<Json, Problem> {
        let mut values = view.frame(&self.page(), title, body)?;
        let menu = values["menu"].as_array().and_then(|menu| menu.iter().find(|module| module["name"] == MODULE));
        values["parts"] = menu.map_or(Json::Null, |module| module["items"].clone());
        values["admin"] = json!(true);
        Ok(values)
    }
}

/// The parts that the reader may open, as entries of a menu.
pub(crate) fn parts(view: &View, page: &str) -> Result<Vec<Json>, Problem> {
    let open: Vec<Part> = Part::ALL.into_iter().filter(|part| *part != Part::Start && part.is_open(view)).collect();
    let start = (!open.is_empty()).then_some(Part::Start);
    start
        .into_iter()
        .chain(open)
        .map(|part| {
            let count = match part {
                Part::Draft => view.book.draft(&view.actor.login)?.map_or(0, |draft| draft.files.len()),
                Part::HandedIn => view.eyes().to_approve()?.len(),
                _ => 0,
            };
            let (label, count) = (part.label(view), (count > 0).then_some(count));
            Ok(json!({
                "href": part.href(view), "label": label, "initial": super::view::initial(label), "count": count,
                "current": part.page() == page,
            }))
        })
        .collect()
}

/// The module of the menu, for whoever may open any part.
pub(crate) fn menu(view: &View, page: &str) -> Option<Json> {
    let items = parts(view, page).ok().filter(|items| !items.is_empty())?;
    Some(json!({"name": MODULE, "label": view.word("adm_administration"), "items": items}))
}

pub(crate) fn has(view: &View, right: Right) -> bool {
    view.eyes().require(right).is_ok()
}

/// Refuses whoever does not look after somebody, as where there is nobody.
pub(crate) fn check_looks_after(view: &View, login: &str) -> Result<(), Problem> {
    Part::People.open(view)?;
    view.eyes().check_looks_after(login).map_err(|_| nothing())
}

/// The reason that somebody typed; an action of an administrator needs one.
pub(crate) fn reason(typed: &Typed) -> Result<String, Problem> {
    typed.filled("reason").map(str::to_owned).ok_or_else(|| {
        let message = text!("give a reason", "请填写原因");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("required"), message).field("reason")
    })
}

/// What a refused form says, in the language of the page.
pub(crate) fn said(view: &View, problem: &Problem) -> Vec<String> {
    problem.found().iter().map(|found| told::plain(view.say(&found.message))).collect()
}

/// A record as a link: its title when the reader sees it, else what it is.
pub(crate) fn record(view: &View, (object, id): (Name, RecordId)) -> Json {
    let label =
        view.catalog.object(object).map_or_else(|| object.to_string(), |known| view.say(&known.label).to_owned());
    let title = view.title(object, id);
    let seen = !title.is_empty();
    json!({
        "object": label, "title": if seen { &title } else { view.unseen() },
        // What one may not see is told apart by the end of its id.
        "id": (!seen).then(|| id.to_string().rsplit('-').next().map(str::to_owned)),
        "href": seen.then(|| view.record_href(object, id)),
    })
}

/// An instant in few words.
pub(crate) fn when(view: &View, at: jiff::Timestamp) -> String {
    locale::ago(at, view.now, view.zone(), view.language)
}

/// What a flow is called, and a node of it.
pub(crate) fn place(view: &View, flow: Name, node: Option<Name>) -> (String, String) {
    let known = view.catalog.flows.get(&flow);
    let flow = known.map_or_else(|| flow.to_string(), |known| view.say(&known.label).to_owned());
    let node = node.map(|node| {
        let label = known.and_then(|known| known.node(node)).map(|node| view.node_label(node).to_owned());
        label.unwrap_or_else(|| node.to_string())
    });
    (flow, node.unwrap_or_default())
}
