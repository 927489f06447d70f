//! One request, read: where it goes, what its headers say, its body.

use std::net::IpAddr;

use axum::{
    body::{Body, Bytes},
    extract::{RawPathParams, rejection::RawPathParamsRejection},
    http::{HeaderMap, StatusCode, request::Parts},
};
use formwork_model::{code, text};

use crate::{
    app::App,
    body,
    error::Problem,
    header,
    parameter::Parameters,
    peer,
    routes::{Route, Takes},
};

/// A request whose body has arrived.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    /// Whether the route writes; that of no route does.
    pub(crate) writes: bool,
    /// From where it comes, when it came over a connection.
    pub(crate) address: Option<IpAddr>,
    path: Option<RawPathParams>,
}

/// The placeholders of the path, as axum read them.
pub(crate) type Path = Result<RawPathParams, RawPathParamsRejection>;

impl Call {
    /// Reads a request of this route.
    pub(crate) async fn read(
        app: App,
        route: Option<&Route>,
        path: Path,
        parts: Parts,
        body: Body,
    ) -> Result<Self, Problem> {
        let (takes, writes) = route.map_or((Takes::Nothing, true), |route| (route.takes, route.writes));
        let settings = app.settings();
        let address = peer::address(&parts, &settings.proxies);
        if let Some(address) = address.filter(|_| !settings.dev) {
            app.counters().address(address)?;
        }
        header::check_site(&parts.method, &parts.headers, app.settings().dev)?;
        let path = path.map_err(|_| {
            let message = text!("the address is not percent-encoded UTF-8", "地址不是百分号编码的 UTF-8");
            Problem::new(StatusCode::BAD_REQUEST, code!("bad-request"), message)
        })?;
        let limits = &app.settings().limits;
        let body = match takes {
            Takes::Nothing => Bytes::new(),
            Takes::Json | Takes::Form => body::read(body, limits.json_bytes, limits.timeout).await?,
            Takes::File => body::read(body, limits.file_bytes, limits.timeout).await?,
        };
        if takes == Takes::Json && !body.is_empty() && !header::is_json(&parts.headers) {
            let message = text!("send the body as `application/json`", "请求体应为 `application/json`");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code!("unsupported-media"), message));
        }
        if takes == Takes::Form && !body.is_empty() && !header::is_form(&parts.headers) {
            let message = text!(
                "send the body as `application/x-www-form-urlencoded`",
                "请求体应为 `application/x-www-form-urlencoded`"
            );
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code!("unsupported-media"), message));
        }
        Ok(Self { app, parts, body, writes, address, path: Some(path) })
    }

    /// Only the looks of a request, to make another page for whoever sent it.
    pub(crate) fn looking(app: App, parts: Parts) -> Self {
        Self { app, parts, body: Bytes::new(), writes: false, address: None, path: None }
    }

    /// A placeholder of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        let mut placeholders = self.path.iter().flatten();
        placeholders.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The address it comes from, as it is noted; empty when there is none.
    pub(crate) fn from(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// The headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The parameters behind the `?`.
    pub(crate) fn parameters(&self) -> Result<Parameters, Problem> {
        Parameters::read(&self.parts.uri)
    }
}
