//! Changes of a table's rows: cells as they were typed, rows that come, go or move.

use axum::http::StatusCode;
use formwork_catalog::table::rows::{Change, Written};
use formwork_model::{code, name::Name, text, text::Text};

use super::{grid::mark, known, show, written};
use crate::{
    api::Answer,
    ask::Ask,
    draft::{own, put},
    error::Problem,
    page::{
        admin::nothing,
        typed::Typed,
        view::{View, redirect},
    },
};

/// `POST /{book}/admin/tables/{table}`: `c{row}.{column}` are cells; `do` is `save`, `add` (with `new.{column}` and
/// `before`), or `up`, `down`, `delete` and a row.
pub(crate) async fn change(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let view = View::of(&ask);
    let table = known(&view, ask.call.path("table"))?;
    let view_too = View::of(&ask);
    let asked = typed.clone();
    let done = ask.blocking(move |_| Ok(write(&view_too, table, &asked))).await?;
    match done {
        Ok(()) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for name in ["q", "from"] {
                if let Some(text) = typed.filled(name).filter(|text| *text != "0") {
                    query.append_pair(name, text);
                }
            }
            query.append_pair("did", "saved");
            redirect(&format!("/{}/admin/tables/{table}?{}", ask.served.name, query.finish()))
        }
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => show(&ask, problem.status(), typed, Some(problem)).await,
    }
}

fn write(view: &View, table: Name, typed: &Typed) -> Result<(), Problem> {
    let mut draft = own(view)?;
    let mut rows = written(view, &draft, table)?;
    if typed.filled("mark").is_some_and(|seen| seen != mark(&rows)) {
        return Err(unfit(text!(
            "the rows were changed in another window; look at them again",
            "行已在其他窗口中修改，请重新查看"
        )));
    }
    for change in cells(&rows, typed) {
        apply(view, &mut draft, table, &mut rows, &change)?;
    }
    if let Some(change) = asked(&rows, typed)? {
        apply(view, &mut draft, table, &mut rows, &change)?;
    }
    let text = text_of(view, &draft, &rows)?;
    put(view, &mut draft, &rows.path, Some(text))
}

/// The text that the edit has by now of the file with the rows.
fn text_of(view: &View, draft: &formwork_runtime::book::Draft, rows: &Written) -> Result<String, Problem> {
    crate::draft::text_of(view, draft, &rows.path).ok_or_else(nothing)
}

/// Carries out a change in the edit, and reads the rows again: everything behind it stands elsewhere now.
pub(super) fn apply(
    view: &View,
    draft: &mut formwork_runtime::book::Draft,
    table: Name,
    rows: &mut Written,
    change: &Change,
) -> Result<(), Problem> {
    let text = rows.apply(change).map_err(unfit)?;
    draft.files.insert(rows.path.clone(), Some(text));
    *rows = written(view, draft, table)?;
    Ok(())
}

/// The cells that were typed and are other ones now.
fn cells(rows: &Written, typed: &Typed) -> Vec<Change> {
    let cell = |(name, text): (&str, &str)| {
        let (row, column) = name.strip_prefix('c')?.split_once('.')?;
        let (row, column) = (row.parse::<usize>().ok()?, column.parse::<usize>().ok()?);
        let before = rows.rows.get(row)?.cells.get(column)?;
        let given = if before == "-" && text.trim().is_empty() { "-" } else { text.trim() };
        (before.trim() != given).then(|| Change::Cell { row, column, text: text.trim().to_owned() })
    };
    typed.pairs().filter_map(cell).collect()
}

/// What a button asks for.
fn asked(rows: &Written, typed: &Typed) -> Result<Option<Change>, Problem> {
    let last = rows.rows.len();
    let (word, row) = typed.filled("do").map_or(("save", None), |asked| match asked.split_once(' ') {
        Some((word, row)) => (word, row.parse::<usize>().ok()),
        None => (asked, None),
    });
    Ok(match (word, row) {
        ("save", _) => None,
        ("up", Some(row)) => Some(Change::Move { row, to: row.saturating_sub(1) }),
        ("down", Some(row)) => Some(Change::Move { row, to: row + 1 }),
        ("delete", Some(row)) => Some(Change::Delete { row }),
        ("add", _) => {
            let cells: Vec<String> = (0..rows.columns.len())
                .map(|at| typed.last(&format!("new.{at}")).unwrap_or_default().trim().to_owned())
                .collect();
            if cells.iter().all(String::is_empty) {
                return Err(unfit(text!("the new row is empty", "新行为空")));
            }
            let before = typed.filled("before").and_then(|before| before.parse::<usize>().ok());
            Some(Change::Add { before: before.map_or(last, |before| before.saturating_sub(1)), cells })
        }
        _ => return Err(nothing()),
    })
}

pub(super) fn unfit(message: Text) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message)
}
