//! A table as CSV or xlsx, out and in: what comes in is shown beside what is there before it is taken.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_catalog::table::rows::{Change, Step, Written, csv_cell, csv_rows, steps};
use formwork_integration::{error::Error, rows::sheet};
use formwork_model::{name::Name, text};
use serde_json::{Value as Json, json};

use super::{
    grid::{Marks, columns},
    known,
    write::{apply, unfit},
    written,
};
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
    let mut refused = None;
    if typed.filled("do") == Some("take") {
        let sent = text.clone();
        match ask.blocking(move |_| Ok(take(&view, table, &sent))).await? {
            Ok(()) => return redirect(&format!("/{}/admin/tables/{table}?did=saved", ask.served.name)),
            Err(problem) if problem.is_ours() => return Err(problem),
            Err(problem) => refused = Some(problem),
        }
    }
    let status = refused.as_ref().map_or(StatusCode::OK, Problem::status);
    ask.page("admin_table_csv", status, move |view| page(view, table, &text, refused)).await
}

fn take(view: &View, table: Name, text: &str) -> Result<(), Problem> {
    let mut draft = own(view)?;
    let mut rows = written(view, &draft, table)?;
    let new = arranged(&rows, text)?;
    apply(view, &mut draft, table, &mut rows, &Change::Replace { rows: new })?;
    let text = text_of(view, &draft, &rows.path).ok_or_else(nothing)?;
    put(view, &mut draft, &rows.path, Some(text))
}

/// The lines of what was sent. Cells that were copied out of a spreadsheet stand between tabs.
fn sent(text: &str) -> Vec<Vec<String>> {
    let tabs = text.lines().next().is_some_and(|head| head.contains('\t'));
    if !tabs {
        return csv_rows(text);
    }
    let cell = |cell: &str| if cell.starts_with('"') { cell.to_owned() } else { csv_cell(cell) };
    let lines = text.lines().map(|line| line.split('\t').map(cell).collect::<Vec<_>>().join(","));
    csv_rows(&lines.collect::<Vec<_>>().join("\n"))
}

/// The rows of a CSV in the columns of the table, found by its first line.
fn arranged(rows: &Written, text: &str) -> Result<Vec<Vec<String>>, Problem> {
    let filled = |line: Vec<String>| {
        let mut line: Vec<String> = line.iter().map(|cell| cell.trim().to_owned()).collect();
        let length = line.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        line.truncate(length);
        line
    };
    let mut lines = sent(text).into_iter().map(filled);
    let head = lines.next().unwrap_or_default();
    if head.is_empty() {
        return Err(unfit(text!("there is nothing in it", "内容为空")));
    }
    let all = rows.columns.join(", ");
    if let Some(unknown) = head.iter().find(|column| !rows.columns.contains(column)) {
        return Err(unfit(text!(
            "the first line names the columns; {unknown} is none of {all}",
            "首行应为列名；{unknown} 不在 {all} 之中"
        )));
    }
    if let Some(twice) = head.iter().enumerate().find(|(at, column)| head.iter().take(*at).any(|one| one == *column)) {
        let twice = twice.1;
        return Err(unfit(text!("the column {twice} is there twice", "列 {twice} 重复出现")));
    }
    let missing: Vec<&str> = rows.columns.iter().filter(|column| !head.contains(column)).map(String::as_str).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(unfit(text!(
            "columns are missing: {missing}; a column that says nothing stays, with empty cells",
            "缺少列：{missing}；无内容的列也须保留，单元格留空即可"
        )));
    }
    let mut new = Vec::new();
    for (at, line) in lines.enumerate() {
        if line.len() > head.len() {
            let row = at + 1;
            return Err(unfit(text!(
                "row {row} has more cells than there are columns; a comma inside a cell needs quotes around it",
                "第 {row} 行的单元格多于列数；单元格内含逗号时须加引号"
            )));
        }
        let cell = |column: &String| {
            let at = head.iter().position(|known| known == column);
            at.and_then(|at| line.get(at)).cloned().unwrap_or_default()
        };
        new.push(rows.columns.iter().map(cell).collect());
    }
    Ok(new)
}

fn page(view: &View, table: Name, text: &str, refused: Option<Problem>) -> Result<Json, Problem> {
    let draft = own(view)?;
    let rows = written(view, &draft, table)?;
    let here = format!("{}/{table}", Part::Tables.href(view));
    let shape = view.catalog.tables.get(&table);
    let mut body = json!({
        "crumb": {"href": here, "label": shape.map(|table| view.say(&table.label))},
        "href": format!("{here}/csv"), "csv": text, "columns": columns(view, &rows, shape.map(AsRef::as_ref)), "back": here,
    });
    let looked = arranged(&rows, text).and_then(|new| {
        let (mut would, mut after) = (draft.clone(), rows.clone());
        apply(view, &mut would, table, &mut after, &Change::Replace { rows: new.clone() })?;
        Ok((new, Marks::of_edit(view, &would, table, &after)?))
    });
    match looked {
        Err(problem) => body["refused"] = json!(said(view, refused.as_ref().unwrap_or(&problem))),
        Ok((new, marks)) => {
            let now: Vec<&Vec<String>> = rows.rows.iter().map(|row| &row.cells).collect();
            let steps = steps(&now, &new.iter().collect::<Vec<_>>());
            body["same"] = json!(steps.iter().filter(|step| matches!(step, Step::Keep(..))).count());
            body["steps"] = json!(compared(steps, &now, &new, &marks));
            body["errors"] = json!(marks.errors());
            body["problems"] = json!(marks.others);
            body["refused"] = json!(refused.as_ref().map(|problem| said(view, problem)));
        }
    }
    Part::Tables.frame(view, view.word("adm_csv_in"), body)
}

/// The rows that differ: what is gone beside what comes in its place, with what is wrong with that.
fn compared(steps: Vec<Step>, now: &[&Vec<String>], new: &[Vec<String>], marks: &Marks) -> Vec<Json> {
    let (mut lines, mut gone, mut come) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps.into_iter().map(Some).chain([None]) {
        match step {
            Some(Step::Gone(at)) => gone.push(at),
            Some(Step::New(at)) => come.push(at),
            Some(Step::Keep(..)) | None => {
                for place in 0..gone.len().max(come.len()) {
                    let old = gone.get(place).and_then(|at| Some((*at, *now.get(*at)?)));
                    let other = come.get(place).and_then(|at| Some((*at, new.get(*at)?)));
                    let beside = |row: Option<(usize, &Vec<String>)>, column: usize| {
                        row.map(|(_, cells)| cells.get(column).cloned().unwrap_or_default())
                    };
                    let cell = |row: usize, is_new: bool, column: usize, text: &String| {
                        let differs = old.is_some() && other.is_some() && beside(old, column) != beside(other, column);
                        json!({"text": text, "differs": differs, "error": is_new.then(|| marks.cell(row, column)).flatten()})
                    };
                    let line = |(row, cells): (usize, &Vec<String>), is_new: bool| {
                        let cells: Vec<Json> =
                            cells.iter().enumerate().map(|(column, text)| cell(row, is_new, column, text)).collect();
                        json!({
                            "class": if is_new { "new" } else { "gone" }, "sign": if is_new { "+" } else { "−" },
                            "at": row + 1, "cells": cells, "marks": is_new.then(|| marks.row(row)),
                        })
                    };
                    lines.extend(old.map(|row| line(row, false)));
                    lines.extend(other.map(|row| line(row, true)));
                }
                gone.clear();
                come.clear();
            }
        }
    }
    lines
}
