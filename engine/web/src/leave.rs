//! Files that leave: what they are, and that the audit log is told before they do.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use formwork_integration::{
    error::Error,
    export::{Export, to_csv, to_xlsx},
};
use formwork_model::{code, text};
use formwork_report::sheet::{self, Sheet};
use formwork_runtime::{book::Book, command::Actor, export::Leaving};

use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
};

/// Records of one file at most.
pub(crate) const MOST: usize = 100_000;

/// What a file is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Csv,
    Xlsx,
}

impl Format {
    pub(crate) fn read(word: Option<&str>) -> Result<Self, Problem> {
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

/// A file before it leaves.
pub(crate) struct Built {
    content: Vec<u8>,
    rows: usize,
    most: Option<u64>,
}

/// Builds the file of a report, of which its reader may take out `most` rows on a day.
pub(crate) fn build_report(sheet: &Sheet, most: Option<u64>, format: Format) -> Result<Built, Problem> {
    let content = match format {
        Format::Csv => sheet::to_csv(sheet),
        Format::Xlsx => sheet::to_xlsx(sheet),
    };
    let content = content.map_err(|error| Problem::fault(format!("{}: {error}", sheet.title)))?;
    Ok(Built { content, rows: sheet.rows.len(), most })
}

/// Builds the file. Of more rows than the reader may take out on a day only one too many is read.
pub(crate) fn build(book: &Book, actor: &Actor, mut export: Export, format: Format) -> Result<Built, Problem> {
    let most = book.eyes(actor).export_rows(export.query.object)?;
    let allowed = most.and_then(|most| usize::try_from(most).ok()).map_or(MOST, |most| most.saturating_add(1));
    export.query.limit = export.query.limit.min(allowed);
    let built = match format {
        Format::Csv => {
            let mut content = Vec::new();
            if export.language.is_some() {
                // Spreadsheets take a file for UTF-8 only when it says so.
                content.extend_from_slice("\u{feff}".as_bytes());
            }
            to_csv(book, actor, &export, &mut content, &mut |_| ()).map(|rows| (content, rows))
        }
        Format::Xlsx => to_xlsx(book, actor, &export),
    };
    let (content, rows) = built.map_err(refused)?;
    Ok(Built { content, rows, most })
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

/// Answers with the file once the audit log knows of it; with the refusal when it would be more than may leave.
/// `what` is what the audit log calls it, `file` what the file is called.
pub(crate) async fn answer(ask: &Ask, what: &str, file: &str, format: Format, built: Built) -> Answer {
    let asked = ask.call.parts.uri.query().unwrap_or_default();
    // The audit log is no place for what a sensitive field holds.
    let unsaid = asked.is_empty() || ask.catalog.is_sensitive();
    let about = if unsaid { what.to_owned() } else { format!("{what} {asked}") };
    note(ask, about, u64::try_from(built.rows).unwrap_or(u64::MAX), built.most).await?;
    let mut response = api::with_type(StatusCode::OK, format.content_type(), built.content);
    let attached = format!("attachment; filename=\"{file}.{}\"", format.extension());
    if let Ok(value) = HeaderValue::try_from(attached) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Writes into the audit log what is about to leave.
///
/// # Errors
/// `export-limit`, or when the store fails.
pub(crate) async fn note(ask: &Ask, about: String, rows: u64, most: Option<u64>) -> Result<(), Problem> {
    let leaving = Leaving { login: ask.actor.login.to_string(), about, address: ask.call.from(), rows, most };
    let clock = ask.book().clock().clone();
    let zone = ask.catalog.book.zone.clone();
    let noted = ask
        .write_beside(move |txn| {
            let now = clock.now();
            leaving.note(txn, now, now.to_zoned(zone.clone()).date())
        })
        .await?;
    noted.map_err(|refused| formwork_runtime::rejection::Refusal::from(refused).into())
}

/// A page that is printed leaves too, as no row of a list.
pub(crate) async fn note_print(ask: &Ask, about: String) -> Result<(), Problem> {
    note(ask, about, 0, None).await
}

/// Keeps the answer out of shared caches.
pub(crate) fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
