//! What a browser is shown instead of a page: what happened, in plain words, and where to go on.

use axum::{
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use formwork_model::code;
use serde_json::json;

use super::view::{BareFrame, bare, html, redirect, theme};
use crate::{app::App, error::Problem, header};

/// The request a problem belongs to, as far as a page needs it.
#[derive(Debug)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Asked {
    /// Keeps what a page of a problem needs, when the caller wants a page at all.
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let api = uri.path().split('/').nth(2) == Some("api");
        (header::wants_page(headers) && !api).then(|| Self {
            method: method.clone(),
            uri: uri.clone(),
            headers: headers.clone(),
        })
    }

    /// The page of a problem; `None` when it can't be made.
    pub(crate) fn page(&self, app: &App, problem: &Problem, request_id: &str) -> Option<Response> {
        let book = self
            .uri
            .path()
            .split('/')
            .nth(1)
            .and_then(|name| app.book(name))
            .or_else(|| app.books().first().cloned())?;
        let root = format!("/{}", book.name);
        if problem.code() == code!("not-signed-in") && self.method == Method::GET {
            let here = self.uri.path_and_query().map_or(root.as_str(), |path| path.as_str());
            let back: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
            return redirect(&format!("{root}/sign-in?back={back}")).ok();
        }
        if problem.code() == code!("password-must-change") {
            return redirect(&format!("{root}/password")).ok();
        }
        let language = header::language(&self.headers);
        let catalog = book.book.catalog();
        let frame = BareFrame {
            language,
            theme: theme(&self.headers),
            root: &root,
            label: catalog.book.label.get(language),
            here: self.uri.path(),
            dev: app.settings().dev,
        };
        let title = match problem.status() {
            StatusCode::NOT_FOUND => formwork_model::text!("There is nothing here", "这里没有内容"),
            StatusCode::GONE => formwork_model::text!("This book was put away", "此账套已归档"),
            StatusCode::FORBIDDEN => formwork_model::text!("You may not do this", "您无权执行此操作"),
            _ => formwork_model::text!("This did not work", "操作未能完成"),
        };
        let mut values = bare(&frame, "error", title.get(language));
        let said = problem.found().iter().map(|found| found.message.get(language).replace('`', ""));
        // What the heading says already is not said again.
        let said: Vec<String> =
            said.filter(|said| !said.eq_ignore_ascii_case(title.get(language))).map(|said| capital(&said)).collect();
        if let serde_json::Value::Object(more) = json!({
            "said": said, "code": problem.code().as_str(), "request_id": request_id, "back": root,
        }) {
            values.extend(more);
        }
        html("error", problem.status(), language, values.into()).ok()
    }
}

/// A message as a sentence of its own.
fn capital(said: &str) -> String {
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
