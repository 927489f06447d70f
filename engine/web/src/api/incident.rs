//! Incidents: what failed with nobody waiting for an answer, and dealing with it.

use axum::http::StatusCode;
use formwork_model::{code, id::RecordId, incident::Incident, name::Name, text};
use formwork_runtime::{
    command::{IncidentStep, Request},
    incident::Wanted,
    json,
};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
    parameter::bad_parameter,
};

/// Incidents of a page when none is said, and at most.
const PAGE: (usize, usize) = (50, 500);

/// `GET /{book}/api/incidents?ended=&mine=&object=&record=&after=&limit=`
pub(crate) async fn list(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let limit = parameters.take_limit("limit", PAGE.0, PAGE.1)?;
    let ended = parameters.take_flag("ended")?;
    let owner = parameters.take_flag("mine")?.then(|| ask.actor.clone());
    let after =
        parameters.take("after").map(|after| after.parse::<RecordId>()).transpose().map_err(|_| {
            bad_parameter("after", text!("`after` is the `id` of an incident", "`after` 应为异常的 `id`"))
        })?;
    let record = match (parameters.take("object"), parameters.take("record")) {
        (None, None) => None,
        (Some(object), Some(id)) => {
            let object = ask.catalog.find_object(&object).ok_or_else(|| not_found("object", &object))?.name;
            let id = id.parse().map_err(|_| {
                bad_parameter("record", text!("`record` is the `id` of a record", "`record` 应为记录的 `id`"))
            })?;
            Some((object, id))
        }
        (Some(_), None) => return Err(bad_parameter("record", text!("say which `record`", "请指定 `record`"))),
        (None, Some(_)) => return Err(bad_parameter("object", text!("say of which `object`", "请指定 `object`"))),
    };
    parameters.finish()?;
    let wanted = Wanted { ended, record, owner, after, limit: limit + 1 };
    let actor = ask.actor.clone();
    let mut found = ask.blocking(move |book| book.eyes(&actor).incidents(wanted)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(|incident| incident.id.to_string()) } else { None };
    let data: Vec<Json> = found.iter().map(json::incident).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data, "next": next})))
}

/// `GET /{book}/api/incidents/{incident}`
pub(crate) async fn read(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    let found = ask.eyes().incident(named(&ask)?)?;
    Ok(shown(&ask, &found))
}

/// `POST /{book}/api/incidents/{incident}/retry`
pub(crate) async fn retry(ask: Ask) -> Answer {
    deal(ask, IncidentStep::Retry).await
}

/// `POST /{book}/api/incidents/{incident}/skip` with `{"reason"}`
pub(crate) async fn skip(ask: Ask) -> Answer {
    deal(ask, IncidentStep::Skip).await
}

async fn deal(ask: Ask, step: IncidentStep) -> Answer {
    let mut members = Members::read(&ask.call.body)?;
    let reason = if step == IncidentStep::Skip { members.take_text("reason") } else { None };
    members.finish()?;
    let id = named(&ask)?;
    ask.write(Request::Incident { id, step }, reason).await?;
    let found = ask.eyes().incident(id)?;
    Ok(shown(&ask, &found))
}

fn named(ask: &Ask) -> Result<RecordId, Problem> {
    ask.call.path("incident").parse().map_err(|_| {
        let message = text!("there is no such incident", "没有这个异常");
        Problem::new(StatusCode::NOT_FOUND, code!("no-such-incident"), message)
    })
}

/// One incident, with what the record and the node are called.
fn shown(ask: &Ask, incident: &Incident) -> axum::response::Response {
    let mut body = json::incident(incident);
    let label = |name: Option<Name>, json: Option<&formwork_model::text::Text>| {
        json.map_or_else(|| json!(name.map(|name| name.as_str())), |text| json!(text))
    };
    if let Some((object, id)) = incident.about.record {
        body["record"]["title"] = json!(ask.eyes().title(object, id).unwrap_or_default());
        body["record"]["label"] = label(Some(object), ask.catalog.object(object).map(|known| &known.label));
    }
    if let Some(place) = incident.about.place {
        let node = ask.catalog.flows.get(&place.flow).and_then(|flow| flow.node(place.node));
        body["place"]["label"] = label(Some(place.node), node.map(|node| &node.label));
    }
    api::json(StatusCode::OK, &body)
}
