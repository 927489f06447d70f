//! Why somebody may do something with a record, and who may.

use axum::http::StatusCode;
use formwork_catalog::role::Action;
use formwork_definition::kind::role::{May, Right};
use formwork_model::{field_path::FieldPath, id::RecordId, name::Name, text};
use formwork_runtime::access::{Difference, Why};
use serde_json::json;

use crate::{
    api::{self, Answer, release::Other},
    ask::{Ask, not_found},
    body::Members,
    error::Problem,
    parameter::{Parameters, bad_parameter},
};

/// What is asked about.
struct Asked {
    record: (Name, RecordId),
    action: Action,
    field: Option<FieldPath>,
}

/// `object`, `id`, `action` and `field`.
fn take(ask: &Ask, parameters: &mut Parameters) -> Result<Asked, Problem> {
    let (object, id) = (parameters.take("object").unwrap_or_default(), parameters.take("id").unwrap_or_default());
    let known = ask.catalog.find_object(&object).cloned().ok_or_else(|| not_found("object", &object))?;
    let field = parameters.take("field").map(|field| {
        FieldPath::find(&field)
            .filter(|path| known.at(*path).is_some())
            .ok_or_else(|| bad_parameter("field", text!("there is no such field", "没有这个字段")))
    });
    let word = parameters.take("action").unwrap_or_else(|| "read".to_owned());
    let action = May::of_record(&word).map(Action::May).or_else(|| Name::find(&word).map(Action::Act));
    let action = action.ok_or_else(|| bad_parameter("action", text!("there is no such action", "没有这个操作")))?;
    Ok(Asked { record: (known.name, ask.find(known.name, &id)?), action, field: field.transpose()? })
}

/// `GET /{book}/api/access/why?user=&object=&id=&action=&field=`: every grant that they hold, and what it says.
pub(crate) async fn why(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let Some(user) = parameters.take("user") else {
        return Err(bad_parameter("user", text!("say which user", "请指定用户")));
    };
    let Asked { record, action, field } = take(&ask, &mut parameters)?;
    parameters.finish()?;
    let actor = ask.actor.clone();
    let why = ask.blocking(move |book| book.eyes(&actor).why(&user, record, action, field)).await?;
    Ok(api::json(StatusCode::OK, &why.to_json()))
}

/// `GET /{book}/api/access/who?object=&id=&action=&field=`: everybody with a position who may.
pub(crate) async fn who(ask: Ask) -> Answer {
    let mut parameters = ask.call.parameters()?;
    let Asked { record, action, field } = take(&ask, &mut parameters)?;
    parameters.finish()?;
    let actor = ask.actor.clone();
    let who = ask.blocking(move |book| book.eyes(&actor).who(record, action, field)).await?;
    Ok(api::json(StatusCode::OK, &json!({"data": who.iter().map(Why::to_json).collect::<Vec<_>>()})))
}

/// `POST /{book}/api/access/difference` with `{"to"}` or `{"files"}`, and `from`, a kept release in the place of the live
/// one: who gains and who loses what.
pub(crate) async fn difference(ask: Ask) -> Answer {
    ask.call.parameters()?.finish()?;
    ask.eyes().require(Right::Releases)?;
    let mut members = Members::read(&ask.call.body)?;
    let (to, from) = (Other::take(&mut members), members.take_text("from"));
    members.finish()?;
    let to = to.catalog(&ask)?;
    let from = from.map_or_else(|| Ok(ask.catalog.clone()), |from| ask.book().kept(&from))?;
    let actor = ask.actor.clone();
    let found = ask.patiently(move |book| book.eyes(&actor).access_difference(&from, &to)).await?;
    Ok(api::json(StatusCode::OK, &json!({"data": found.iter().map(Difference::to_json).collect::<Vec<_>>()})))
}
