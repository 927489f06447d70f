//! A table as CSV or xlsx, out and in: what comes in is shown beside what is there before it is taken.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_catalog::table::rows::{Change, Step, Written, csv_cell, csv_rows, steps};
use formwork_integration::{error::Error, rows::sheet};
use formwork_model::{name::Name, text};
use serde_json::{Value as Json, json};

use super::{known, write::apply, write::unfit, written};
use crate::{
    api::{self, Answer},
    ask::Ask,
    draft::{own, put, text_of},
    error::Problem,
    page::{
        admin::{Part, nothing, said},
        typed::Typed,
        view::{View, redirect},
    },
};

/// `GET /{book}/admin/tables/{table}/csv`: the rows as they are in the reader's edit. Excel knows UTF-8 by its mark.
pub(crate) async fn export(ask: Ask) -> Answer {
    let view = View::of(&ask);
    let table = known(&view, ask.call.path("table"))?;
    let text = ask
        .blocking(move |_| Ok(own(&view).and_then(|draft| written(&view, &draft, table)).map(|rows| render(&rows))))
        .await??;
    let mut answer = api::with_type(StatusCode::OK, "text/csv; charset=utf-8", text);
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{table}.csv\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

/// `GET /{book}/admin/tables/{table}/xlsx`: the same for Excel.
pub(crate) async fn export_sheet(ask: Ask) -> Answer {
    let view = View::of(&ask);
    let table = known(&view, ask.call.path("table"))?;
    let rows = ask.blocking(move |_| Ok(own(&view).and_then(|draft| written(&view, &draft, table)))).await??;
    let cells: Vec<Vec<String>> = rows.rows.into_iter().map(|row| row.cells).collect();
    let content = sheet::write(&rows.columns, &cells).map_err(unread)?;
    let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let mut answer = api::with_type(StatusCode::OK, media, content);
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{table}.xlsx\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

/// `POST /{book}/admin/tables/{table}/xlsx`: what a sheet says, as the CSV that is then shown beside the table. Nothing is
/// kept.
pub(crate) async fn read_sheet(ask: Ask) -> Answer {
    known(&View::of(&ask), ask.call.path("table"))?;
    let content = ask.call.body.clone();
    let (head, rows) = ask.blocking(move |_| Ok(sheet::read(&content))).await?.map_err(unread)?;
    let text: String = std::iter::once(&head).chain(&rows).map(|cells| line(cells) + "\r\n").collect();
    Ok(api::with_type(StatusCode::OK, "text/csv; charset=utf-8", text))
}

fn unread(error: Error) -> Problem {
    match error {
        Error::Data { code, message } => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message),
        other => Problem::fault(format!("a sheet: {other}")),
    }
}

fn line(cells: &[String]) -> String {
    cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",")
}

fn render(rows: &Written) -> String {
    let mut text = format!("\u{feff}{}\r\n", line(&rows.columns));
    for row in &rows.rows {
        text.push_str(&line(&row.cells));
        text.push_str("\r\n");
    }
    text
}

/// `POST /{book}/admin/tables/{table}/csv` with `csv`: shows what would change; with `do=take` it is taken into the edit.
pub(crate) async fn import(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    let table = known(&view, ask.call.path("table"))?;
    let text = typed.last("csv").unwrap_or_default().to_owned();
    if typed.filled("do") == Some("take") {
        let taken = ask.blocking(move |_| Ok(take(&view, table, &text))).await?;
        if taken.is_ok() {
            return redirect(&format!("/{}/admin/tables/{table}?did=saved", ask.served.name));
        }
    }
    let text = typed.last("csv").unwrap_or_default().to_owned();
    ask.page("admin_table_csv", StatusCode::OK, move |view| page(view, table, &text)).await
}

fn take(view: &View, table: Name, text: &str) -> Result<(), Problem> {
    let mut draft = own(view)?;
    let mut rows = written(view, &draft, table)?;
    let new = arranged(&rows, text)?;
    apply(view, &mut draft, table, &mut rows, &Change::Replace { rows: new })?;
    let text = text_of(view, &draft, &rows.path).ok_or_else(nothing)?;
    put(view, &mut draft, &rows.path, Some(text))
}

/// The rows of a CSV in the columns of the table, found by its first line.
fn arranged(rows: &Written, text: &str) -> Result<Vec<Vec<String>>, Problem> {
    // Cells that were copied out of a spreadsheet stand between tabs.
    let text = if text.contains('\t') && !text.contains(',') { text.replace('\t', ",") } else { text.to_owned() };
    let mut lines = csv_rows(&text).into_iter();
    let head: Vec<String> = lines.next().unwrap_or_default().iter().map(|column| column.trim().to_owned()).collect();
    if let Some(unknown) = head.iter().find(|column| !rows.columns.contains(column)) {
        let known = rows.columns.join(", ");
        return Err(unfit(text!(
            "the first line names the columns; {unknown} is none of {known}",
            "首行应为列名；{unknown} 不在 {known} 之中"
        )));
    }
    if head.is_empty() {
        return Err(unfit(text!("there is nothing in it", "内容为空")));
    }
    let cell = |line: &Vec<String>, column: &String| {
        let at = head.iter().position(|known| known == column);
        at.and_then(|at| line.get(at)).map(|cell| cell.trim().to_owned()).unwrap_or_default()
    };
    Ok(lines.map(|line| rows.columns.iter().map(|column| cell(&line, column)).collect()).collect())
}

fn page(view: &View, table: Name, text: &str) -> Result<Json, Problem> {
    let draft = own(view)?;
    let rows = written(view, &draft, table)?;
    let here = format!("{}/{table}", Part::Tables.href(view));
    let mut body = json!({
        "crumb": {"href": here, "label": view.catalog.tables.get(&table).map(|table| view.say(&table.label))},
        "href": format!("{here}/csv"), "csv": text, "columns": rows.columns, "back": here,
    });
    match arranged(&rows, text) {
        Err(problem) => body["refused"] = json!(said(view, &problem)),
        Ok(new) => {
            let now: Vec<&Vec<String>> = rows.rows.iter().map(|row| &row.cells).collect();
            let steps = steps(&now, &new.iter().collect::<Vec<_>>());
            let same = steps.iter().filter(|step| matches!(step, Step::Keep(..))).count();
            let shown: Vec<Json> = steps
                .into_iter()
                .filter_map(|step| match step {
                    Step::Keep(..) => None,
                    Step::Gone(at) => Some(json!({"class": "gone", "sign": "−", "at": at + 1, "cells": now.get(at)})),
                    Step::New(at) => Some(json!({"class": "new", "sign": "+", "at": at + 1, "cells": new.get(at)})),
                })
                .collect();
            body["same"] = json!(same);
            body["steps"] = json!(shown);
        }
    }
    Part::Tables.frame(view, view.word("adm_csv_in"), body)
}
