//! One record: created, read, changed, deleted.

use axum::{
    http::{HeaderValue, StatusCode, header as names},
    response::Response,
};
use formwork_catalog::object::Object;
use formwork_model::{field_path::FieldPath, name::Name, record::Record};
use formwork_runtime::{
    access::Shown,
    command::{Outcome, Request},
    json,
};

use crate::{
    api::{self, Answer, list::take_fields},
    ask::Ask,
    body::{self, Members},
    error::Problem,
    header,
};

/// `POST /{book}/api/{object}`
pub(crate) async fn create(ask: Ask) -> Answer {
    let object = ask.object()?;
    let values = body::object(&ask.call.body)?;
    let outcome = ask.write(Request::Create { object: object.name, values }, None).await?;
    let mut response = written(&ask, &object, &outcome, StatusCode::CREATED)?;
    if let Some(record) = &outcome.record {
        let place = format!("/{}/api/{}/{}", ask.served.name, object.name, record.id);
        if let Ok(place) = HeaderValue::try_from(place) {
            response.headers_mut().insert(names::LOCATION, place);
        }
    }
    Ok(response)
}

/// `GET /{book}/api/{object}/{id}`
pub(crate) async fn read(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut parameters = ask.call.parameters()?;
    let fields = take_fields(&object, &mut parameters)?;
    parameters.finish()?;
    let seen = ask.eyes().get(object.name, ask.record(object.name)?)?;
    if header::has_rev(ask.call.headers(), seen.record.rev) {
        return Ok(tagged(api::empty(StatusCode::NOT_MODIFIED), seen.record.rev));
    }
    shown(&ask, &object, (&seen.record, &seen.absent), fields.as_deref(), StatusCode::OK)
}

/// `PATCH /{book}/api/{object}/{id}`
pub(crate) async fn update(ask: Ask) -> Answer {
    let object = ask.object()?;
    let mut values = body::object(&ask.call.body)?;
    // No field can be called `rev`: it is the revision the caller has seen.
    let mut seen = Members::of(values.shift_remove("rev").map(|rev| ("rev".to_owned(), rev)).into_iter().collect());
    let rev = seen.take_whole("rev");
    seen.finish()?;
    let id = ask.record(object.name)?;
    let rev = ask.expected_rev(object.name, id, rev)?;
    let outcome = ask.write(Request::Update { object: object.name, id, rev, values }, None).await?;
    written(&ask, &object, &outcome, StatusCode::OK)
}

/// `DELETE /{book}/api/{object}/{id}`
pub(crate) async fn delete(ask: Ask) -> Answer {
    let object = ask.object()?;
    let id = ask.record(object.name)?;
    let rev = ask.expected_rev(object.name, id, None)?;
    let outcome = ask.write(Request::Delete { object: object.name, id, rev }, None).await?;
    Ok(replayed(api::empty(StatusCode::NO_CONTENT), &outcome))
}

/// The record a command left behind; nothing when it is gone, or is none that the actor sees.
pub(crate) fn written(ask: &Ask, object: &Object, outcome: &Outcome, status: StatusCode) -> Answer {
    let response = match &outcome.record {
        Some(record) => shown(ask, object, (record, &outcome.absent), None, status)?,
        None => api::empty(StatusCode::NO_CONTENT),
    };
    Ok(replayed(response, outcome))
}

/// Says when an earlier command with the same key is answered again.
pub(crate) fn replayed(mut response: Response, outcome: &Outcome) -> Response {
    if outcome.replayed {
        response.headers_mut().insert(header::IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// A record as the release that decides it describes it.
fn shown(
    ask: &Ask,
    object: &Object,
    (record, absent): (&Record, &[FieldPath]),
    fields: Option<&[Name]>,
    status: StatusCode,
) -> Answer {
    let catalog = ask.book().catalog_of(record)?;
    let body = match catalog.object(object.name).filter(|_| catalog.release != ask.catalog.release) {
        Some(pinned) => json::pinned_record(pinned, Some((object, &catalog.release)), (record, absent), fields),
        None => json::pinned_record(object, None, (record, absent), fields),
    };
    Ok(tagged(api::json(status, &body), record.rev))
}

fn tagged(mut response: Response, rev: u64) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{rev}\"")) {
        response.headers_mut().insert(names::ETAG, tag);
    }
    response
}

impl Ask {
    /// The record of `{id}`, or why there is none; for handlers that only look.
    pub(crate) fn known_record(&self, object: Name) -> Result<Shown, Problem> {
        Ok(self.eyes().get(object, self.record(object)?)?)
    }
}
