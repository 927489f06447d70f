//! Reports: the list of them, and one as its reader wants it: a chart and a table, each number a way to its records.

pub(crate) mod choice;
mod export;
pub(crate) mod grid;
pub(crate) mod period;
pub(crate) mod picture;

pub(crate) use export::export;

use axum::http::StatusCode;
use formwork_catalog::{catalog::MenuItem, report::Chart};
use formwork_model::{name::Name, text};
use formwork_report::chart;
use formwork_runtime::report::Sheet;
use serde_json::{Value as Json, json};

use self::choice::Choice;
use super::{list, typed::Typed, view::View};
use crate::{api::Answer, ask::Ask, error::Problem};

/// What variants of a report are kept under: no object is called so.
pub(crate) fn kept_as(report: &str) -> String {
    format!("report/{report}")
}

/// `GET /{book}/reports`
pub(crate) async fn reports(ask: Ask) -> Answer {
    ask.page("reports", StatusCode::OK, |view| {
        let item = |kind: &str, name: Name, label: &str, help: &str| {
            json!({"label": label, "help": help, "href": format!("{}/{kind}/{name}", view.root)})
        };
        let mut modules: Vec<(Name, Vec<Json>)> = Vec::new();
        for report in view.eyes().reports()? {
            let found = item("reports", report.name, view.say(&report.label), view.say(&report.help));
            match modules.iter_mut().find(|(module, _)| *module == report.module) {
                Some((_, items)) => items.push(found),
                None => modules.push((report.module, vec![found])),
            }
        }
        let dashboards = view.eyes().dashboards()?;
        let dashboards: Vec<Json> =
            dashboards.iter().map(|board| item("dashboards", board.name, view.say(&board.label), "")).collect();
        // Modules are called as the menu calls them.
        let called = |module: Name| view.catalog.book.menu.iter().find(|entry| entry.module == module);
        let modules = modules.into_iter().map(|(module, items)| {
            let label = called(module).map_or(module.as_str(), |entry| view.say(&entry.label));
            json!({"label": label, "items": items})
        });
        let modules: Vec<Json> = modules.collect();
        let body = json!({"charts": true, "dashboards": dashboards, "modules": modules});
        view.frame("reports", view.word("reports"), body)
    })
    .await
}

/// `GET /{book}/reports/{report}`
pub(crate) async fn report(ask: Ask) -> Answer {
    let name = ask.call.path("report").to_owned();
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.counted_page("report", move |view| page(view, &name, &typed)).await
}

/// `POST /{book}/reports/{report}/views`
pub(crate) async fn keep_view(ask: Ask) -> Answer {
    let name = ask.call.path("report").to_owned();
    ask.eyes().offered_of(&name)?;
    let page = format!("/{}/reports/{name}", ask.served.name);
    list::keep_view_of(ask, &kept_as(&name), &page).await
}

fn page(view: &View, name: &str, typed: &Typed) -> Result<Json, Problem> {
    let choice = Choice::read(view, name, typed)?;
    let sheet = view.eyes().report(name, &choice.asked)?;
    let report = &sheet.report;
    let above = grid::Above::of(view, &sheet, &choice.asked)?;
    let href = format!("{}/reports/{name}", view.root);
    let saved = list::saved_of(view, &kept_as(name))?;
    let panel = typed.filled("panel");
    let asked = &choice.list;
    let open = |word: &str| asked.with(&href, &[("panel", if panel == Some(word) { "" } else { word })]);
    let object = report.only_source().and_then(|source| view.catalog.object(source.object));
    let drawn = choice.chart(&sheet);
    let shade = choice.shade || drawn.as_ref().is_some_and(|chart| choice::chart_word(chart.kind) == "heat");
    let mut views = vec![json!({
        "label": view.word("default"), "href": href, "current": asked.is_untouched() && list::current(&saved, typed).is_none(),
    })];
    views.extend(list::saved_links(view, &saved, typed, &href));
    let body = json!({
        "charts": true, "report": true, "help": view.say(&report.help), "href": href, "views": views,
        "form": choice.form(view, &sheet), "said": said(view, &sheet), "open": panel == Some("choose"),
        "tokens": object.map(|object| list::tokens(view, object, asked, &href)),
        "period": sheet.offered.period.then(|| choice.period.said(view)),
        "filter": object.filter(|_| panel == Some("filter")).map(|object| list::filter_rows(view, object, asked)),
        "any": typed.filled("any"), "kept_but_filter": asked.kept_but_filter(),
        "filter_href": object.map(|_| open("filter")), "views_href": open("views"),
        "view_panel": (panel == Some("views")).then(|| list::saved_panel(&saved, asked, &[])),
        "clear": href, "exports": exports(view, &sheet, asked, &href),
        "chart": drawn.as_ref().and_then(|drawn| svg(view, &sheet, drawn, "chart")),
        "grid": grid::table(view, &sheet, &above, shade),
        "nothing": grid::is_empty(&sheet),
        "count": counted(view, &sheet),
    });
    // The entry of the report itself, where the menu has one, else that of all of them.
    let own = MenuItem::Report(report.name);
    let page = if view.catalog.book.menu.iter().any(|module| module.items.contains(&own)) {
        format!("reports/{name}")
    } else {
        "reports".to_owned()
    };
    view.frame(&page, view.say(&report.label), body)
}

/// The chart as SVG.
pub(crate) fn svg(view: &View, sheet: &Sheet, drawn: &Chart, id: &str) -> Option<String> {
    chart::draw(&picture::chart(view, sheet, drawn)?, id)
}

/// `Amount, n by stage × month`.
fn said(view: &View, sheet: &Sheet) -> String {
    let labels: Vec<String> = (sheet.measures.iter().filter_map(|chosen| chosen.measure()))
        .map(|measure| view.say(&measure.label).to_owned())
        .collect();
    picture::title(view, sheet, &labels)
}

fn counted(view: &View, sheet: &Sheet) -> String {
    let (n, at) = (sheet.rows.headings.len(), super::locale::instant(sheet.now, view.zone(), view.language));
    view.say(&text!("Rows: {n} · computed {at}", "{n} 行 · 计算于 {at}")).to_owned()
}

/// The files that the report can be had as, for those who may take out what it reads.
fn exports(view: &View, sheet: &Sheet, asked: &list::Asked, href: &str) -> Option<Json> {
    let export = |(format, label): (&str, &str)| json!({"href": asked.with(&format!("{href}/export"), &[("panel", ""), ("format", format)]), "label": label});
    export::is_allowed(view, sheet).then(|| [("xlsx", "Excel"), ("csv", "CSV")].map(export).into_iter().collect())
}
