//! A list as a file.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::log::note;
use formwork_integration::{
    error::Error,
    export::{Export, to_csv, to_xlsx},
};
use formwork_model::{code, text};

use super::{asked, columns, query_of, saved};
use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
    page::{typed::Typed, view::View},
};

/// Records of one file at most.
const MOST: usize = 100_000;

/// `GET /{book}/{object}/export?format=csv|xlsx`, with the filter and order of the list.
pub(crate) async fn export(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let (name, format) = (ask.object()?.name, Format::read(typed.filled("format"))?);
    let view = View::of(&ask);
    // Before anything leaves: an export that breaks off has left all the same.
    let (actor, from, now) = (ask.actor.login.clone(), ask.call.from(), ask.book().now());
    ask.write_beside(move |txn| note(txn, &actor, "export", name.as_str(), &from, now)).await?;
    let content = ask
        .blocking(move |_| {
            Ok((|| {
                let object = view.object(name.as_str())?;
                let asked = asked(&view, &object, &typed)?;
                let query = query_of(&view, &object, &asked, MOST)?;
                let saved = saved::all(&view, &object)?;
                let hidden = view.eyes().unseen(object.name)?;
                let fields = columns::chosen(&view, &object, saved::columns(&saved, &typed), &hidden);
                let export = Export { query, fields, language: Some(view.language) };
                let content = match format {
                    Format::Csv => {
                        // Spreadsheets take a file for UTF-8 only when it says so.
                        let mut content = "\u{feff}".as_bytes().to_vec();
                        to_csv(&view.book, &view.actor, &export, &mut content, &mut |_| ()).map(|_| content)
                    }
                    Format::Xlsx => to_xlsx(&view.book, &view.actor, &export),
                };
                content.map_err(refused)
            })())
        })
        .await
        .and_then(|built: Result<Vec<u8>, Problem>| built)?;
    let mut response = api::with_type(StatusCode::OK, format.content_type(), content);
    let attached = format!("attachment; filename=\"{name}.{}\"", format.extension());
    if let Ok(value) = HeaderValue::try_from(attached) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn refused(error: Error) -> Problem {
    match error {
        Error::Book(refusal) => (*refusal).into(),
        other => {
            let why = other.to_string();
            tracing::warn!(why, "an export failed");
            let message = text!("this list can't be exported", "该列表无法导出");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message)
        }
    }
}

/// What the file is.
#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn read(word: Option<&str>) -> Result<Self, Problem> {
        match word {
            None | Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            Some(_) => {
                let message = text!("a list is exported as csv or xlsx", "列表可导出为 csv 或 xlsx");
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message).field("format"))
            }
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}
