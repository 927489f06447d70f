//! A list as a file.

use axum::http::{HeaderValue, StatusCode, header};
use formwork_integration::export::{Export, to_csv};
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

/// `GET /{book}/{object}/export?format=csv`, with the filter and order of the list.
pub(crate) async fn export(ask: Ask) -> Answer {
    let typed = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let name = ask.object()?.name;
    let view = View::of(&ask);
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
                // Spreadsheets take a file for UTF-8 only when it says so.
                let mut content = "\u{feff}".as_bytes().to_vec();
                to_csv(&view.book, &view.actor, &export, &mut content, &mut |_| ()).map_err(|error| {
                    let why = error.to_string();
                    tracing::warn!(why, "an export failed");
                    let message = text!("this list can't be exported", "该列表无法导出");
                    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message)
                })?;
                Ok(content)
            })())
        })
        .await
        .and_then(|built: Result<Vec<u8>, Problem>| built)?;
    let mut response = api::with_type(StatusCode::OK, "text/csv; charset=utf-8", content);
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
