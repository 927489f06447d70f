//! Decision tables as a grid: rows that are edited, what the analysis finds marked on them, an input tried, CSV out and
//! in. What is changed is kept in the reader's edit until they publish it.

mod csv;
mod grid;
mod write;

pub(crate) use csv::{export, export_sheet, import, read_sheet};
pub(crate) use write::change;

use axum::http::StatusCode;
use formwork_catalog::table::Table;
use formwork_model::{name::Name, text};
use serde_json::{Value as Json, json};

use super::{Part, nothing, people::role_label};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{
        own,
        rows::{mine, path_of, written},
    },
    error::Problem,
    page::{typed::Typed, view::View},
};

/// A table that the reader may edit.
fn known(view: &View, name: &str) -> Result<Name, Problem> {
    Name::find(name).filter(|name| mine(view).contains(name)).ok_or_else(nothing)
}

/// What the menu calls a module; its own name when the menu does not have it.
fn module_label(view: &View, name: Name) -> &str {
    let mut modules = view.catalog.book.menu.iter();
    modules.find(|module| module.module == name).map_or(name.as_str(), |module| view.say(&module.label))
}

/// `GET /{book}/admin/tables`
pub(crate) async fn list(ask: Ask) -> Answer {
    ask.page("admin_tables", StatusCode::OK, |view| {
        Part::Tables.open(view)?;
        let draft = own(view)?;
        let rows: Vec<Json> = mine(view)
            .into_iter()
            .filter_map(|name| view.catalog.tables.get(&name))
            .map(|table| {
                let edited = path_of(view, table.name).is_some_and(|path| draft.files.contains_key(&path));
                json!({
                    "label": view.say(&table.label), "name": table.name.as_str(), "rows": table.rows.len(),
                    "href": format!("{}/{}", Part::Tables.href(view), table.name), "edited": edited,
                    "module": module_label(view, table.module), "owner": table.owner.map(|role| role_label(view, role)),
                })
            })
            .collect();
        Part::Tables.frame(view, view.word("adm_tables"), json!({"rows": rows}))
    })
    .await
}

/// `GET /{book}/admin/tables/{table}?q=&from=&try=1&i.INPUT=`
pub(crate) async fn one(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    show(&ask, StatusCode::OK, typed, None).await
}

async fn show(ask: &Ask, status: StatusCode, typed: Typed, refused: Option<Problem>) -> Answer {
    let name = ask.call.path("table").to_owned();
    ask.page("admin_table", status, move |view| {
        let table = known(view, &name)?;
        let mut body = grid::page(view, table, &typed)?;
        body["refused"] = json!(refused.as_ref().map(|problem| super::said(view, problem)));
        let label = view.catalog.tables.get(&table).map_or(name.as_str(), |table| view.say(&table.label));
        Part::Tables.frame(view, label, body)
    })
    .await
}

/// What a hit policy means, in words.
fn policy(view: &View, table: &Table) -> String {
    use formwork_catalog::table::Hit;
    let words = match table.hit {
        Hit::Unique => text!("U: at most one row hits", "U：最多一行命中"),
        Hit::Any => text!("A: rows that hit agree", "A：命中的行结果一致"),
        Hit::Priority => text!("P: the highest result counts", "P：取优先级最高的结果"),
        Hit::First => text!("F: the first row that hits counts", "F：取第一个命中的行"),
        Hit::RuleOrder => text!("R: every row that hits, in order", "R：全部命中行，按顺序"),
        Hit::OutputOrder => text!("O: every row that hits, highest first", "O：全部命中行，按优先级"),
        Hit::Collect => text!("C: every row that hits", "C：全部命中行"),
        Hit::Sum => text!("C+: the sum of the rows that hit", "C+：命中行求和"),
        Hit::Least => text!("C<: the least of the rows that hit", "C<：命中行取最小"),
        Hit::Greatest => text!("C>: the greatest of the rows that hit", "C>：命中行取最大"),
        Hit::Count => text!("C#: how many rows hit", "C#：命中行数"),
    };
    view.say(&words).to_owned()
}
