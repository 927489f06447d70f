//! Refusals as RFC 9457 problem details. The one place that knows which refusal has which status.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use formwork_catalog::{catalog::Catalog, filter::BadFilter};
use formwork_model::{
    code,
    code::{Code, page},
    source::{Sources, Span},
    text,
    text::{Language, Text},
};
use formwork_runtime::{
    json,
    rejection::{Kind, Problem as Found, Refusal, Rejection},
};
use formwork_store::error::Error as StoreError;
use serde_json::{Map, Value as Json, json};

/// A request that is not answered with what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// Everything that is wrong, the first one first.
    found: Vec<Found>,
    /// Turns places into file, line and column.
    catalog: Option<Arc<Catalog>>,
    /// For the log only.
    internal: Option<String>,
    /// Seconds after which it may be tried again.
    retry_after: Option<u64>,
}

impl Problem {
    /// One thing that is wrong.
    pub(crate) fn new(status: StatusCode, code: Code, message: Text) -> Self {
        Self::of(status, vec![Found::new(code, message)])
    }

    /// Several things that are wrong.
    pub(crate) fn of(status: StatusCode, found: Vec<Found>) -> Self {
        Self { status, found, catalog: None, internal: None, retry_after: None }
    }

    /// It may be tried again after so many seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// At this field or parameter.
    pub(crate) fn field(mut self, field: &str) -> Self {
        if let Some(first) = self.found.first_mut() {
            first.field = Some(field.to_owned());
        }
        self
    }

    /// Everything in it lies below this member.
    pub(crate) fn below(mut self, path: &str) -> Self {
        for found in &mut self.found {
            found.field = Some(found.field.take().map_or_else(|| path.to_owned(), |field| format!("{path}.{field}")));
        }
        self
    }

    /// Ours: a fixed sentence for the caller, `internal` for the log.
    pub(crate) fn fault(internal: impl Into<String>) -> Self {
        let message = text!(
            "something went wrong on our side; tell the administrator the request id",
            "系统内部出错；请将请求编号告知管理员"
        );
        Self {
            internal: Some(internal.into()),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, code!("internal"), message)
        }
    }

    /// A filter that can't be read.
    pub(crate) fn filter(bad: BadFilter) -> Self {
        let field = if bad.key.is_empty() { "filter".to_owned() } else { format!("filter.{}", bad.key) };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code, bad.message).field(&field)
    }

    /// With the catalog its places are in.
    pub(crate) fn within(mut self, catalog: &Arc<Catalog>) -> Self {
        self.catalog.get_or_insert_with(|| catalog.clone());
        self
    }

    /// The same, when the caller stated the revision in `If-Match`: that is a precondition.
    pub(crate) fn precondition(mut self) -> Self {
        if self.code() == code!("stale-rev") {
            self.status = StatusCode::PRECONDITION_FAILED;
        }
        self
    }

    pub(crate) fn code(&self) -> Code {
        self.found.first().map_or(code!("internal"), |first| first.code)
    }

    /// Everything that is wrong, the first one first.
    pub(crate) fn found(&self) -> &[Found] {
        &self.found
    }

    /// What is wrong at a place of the definitions, with the sources that the place is in.
    pub(crate) fn at_places(&self) -> impl Iterator<Item = (&Found, Span, &Sources)> {
        let sources = self.catalog.as_ref().map(|catalog| &*catalog.sources);
        self.found.iter().filter_map(move |found| Some((found, found.at?, sources?)))
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.status.is_server_error()
    }

    /// Writes what is ours into the log.
    pub(crate) fn log(&self, request_id: &str) {
        if self.is_ours() {
            let internal = self.internal.as_deref().unwrap_or_default();
            tracing::error!(request_id, code = self.code().as_str(), internal, "request failed");
        }
    }

    /// The answer. `tell` is the caller's language; ours go to the log with what happened.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        self.log(request_id);
        let body = self.to_json(language, request_id).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let unavailable = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(5);
        if let Some(seconds) = self.retry_after.or(unavailable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"formwork\""));
        }
        response
    }

    /// The problem as it is answered.
    pub(crate) fn to_json(&self, language: Language, request_id: &str) -> Json {
        let code = self.code();
        let mut out = Map::new();
        out.insert("type".into(), json!(format!("/codes/{code}")));
        out.insert("title".into(), json!(title(code)));
        out.insert("status".into(), json!(self.status.as_u16()));
        let errors: Vec<Json> = self.found.iter().map(|found| self.one(found, language)).collect();
        if let Some(Json::Object(first)) = errors.first() {
            out.extend(first.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        out.insert("errors".into(), Json::Array(errors));
        out.insert("request_id".into(), json!(request_id));
        Json::Object(out)
    }

    fn one(&self, found: &Found, language: Language) -> Json {
        let mut one = json::problem(found, self.catalog.as_deref());
        if let Json::Object(members) = &mut one {
            members.insert("detail".into(), json!(found.message.get(language)));
        }
        one
    }
}

/// The meaning of a code in one line, from its page.
fn title(code: Code) -> &'static str {
    let first = page(code.as_str()).and_then(|page| page.lines().next()).unwrap_or_default();
    first.split_once(": ").map_or(code.as_str(), |(_, meaning)| meaning)
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let status = match rejection.kind {
            Kind::Invalid | Kind::Limit => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Forbidden => StatusCode::FORBIDDEN,
        };
        Self::of(status, rejection.problems)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => (*rejection).into(),
            Refusal::Fault(fault) => Self::fault(fault.internal()),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// A release with the first sensitive field is to go live where nobody gave a key.
fn key_missing() -> Problem {
    let message = text!(
        "these definitions have sensitive fields, so the book has to be encrypted: start the server with its key (--data-key or FORMWORK_DATA_KEY)",
        "定义含敏感字段，账套须加密：请带密钥启动服务（--data-key 或 FORMWORK_DATA_KEY）"
    );
    Problem::new(StatusCode::CONFLICT, code!("key-missing"), message)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let full = match &error {
            StoreError::Disk(error) => {
                matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            StoreError::Damaged(_) | StoreError::Fault(_) => return Self::fault(error.to_string()),
            StoreError::Closed
            | StoreError::InUse(_)
            | StoreError::Newer { .. }
            | StoreError::OtherStore { .. }
            | StoreError::NotEmpty(_) => false,
            StoreError::KeyMissing | StoreError::KeyWrong => return key_missing(),
        };
        let message = if full {
            text!(
                "the disk is full: nothing can be written until there is room and the program was restarted; look before you repeat a change that was not confirmed",
                "磁盘已满：腾出空间并重启程序之前无法写入；未确认的修改请先查看再重试"
            )
        } else {
            text!(
                "the store takes no changes at present; look before you repeat a change that was not confirmed",
                "存储暂时无法写入；未确认的修改请先查看再重试"
            )
        };
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code!("store-failed"), message);
        Self { internal: Some(error.to_string()), ..problem }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_full_disk_is_said_and_an_internal_text_is_not() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let problem = Problem::from(StoreError::Disk(Arc::new(full)));
        assert_eq!((problem.status, problem.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store-failed"));
        assert!(problem.found[0].message.en.contains("disk is full"));
        let problem = Problem::from(StoreError::KeyMissing);
        assert_eq!((problem.status, problem.code().as_str()), (StatusCode::CONFLICT, "key-missing"));
        for secret in [StoreError::Fault("secret".into()), StoreError::Damaged("secret".into())] {
            let problem = Problem::from(secret);
            assert_eq!((problem.status, problem.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
            assert!(!problem.to_json(Language::En, "id").to_string().contains("secret"));
        }
    }

    #[test]
    fn every_kind_of_rejection_has_its_status() {
        let status = |kind| Problem::from(Rejection::new(kind, code!("refused"), text!("no", "否"))).status.as_u16();
        let kinds = [Kind::Invalid, Kind::NotFound, Kind::Conflict, Kind::Forbidden, Kind::Limit];
        assert_eq!(kinds.map(status), [422, 404, 409, 403, 422]);
    }
}
