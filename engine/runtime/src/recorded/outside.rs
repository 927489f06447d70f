//! Reports and messages of other systems, as a history entry keeps them.

use formwork_model::{
    name::Name,
    outbox::{Answer, Report},
    text::Text,
};
use serde_json::{Value as Json, json};

use crate::command::{Message, Request};

pub(super) fn report(report: &Report) -> Json {
    match report {
        Report::Done(answer) => json!({"done": [answer.status, answer.body]}),
        Report::Refused(answer) => json!({"refused": [answer.status, answer.body]}),
        Report::Failed(cause) => json!({"failed": cause}),
    }
}

pub(super) fn read_report(json: &Json) -> Option<Report> {
    let answer = |key: &str| {
        let pair = json.get(key)?.as_array()?;
        let status = u16::try_from(pair.first()?.as_u64()?).ok()?;
        Some(Answer { status, body: pair.get(1)?.as_str()?.to_owned() })
    };
    let failed = || Some(Report::Failed(serde_json::from_value::<Text>(json.get("failed")?.clone()).ok()?));
    answer("done").map(Report::Done).or_else(|| answer("refused").map(Report::Refused)).or_else(failed)
}

/// A message; with a cause, one of which no record could be made.
pub(super) fn message(message: &Message, cause: Option<&Text>) -> Json {
    json!({
        "connector": message.connector.as_str(), "hook": message.hook.as_str(), "id": &*message.id,
        "body": message.body, "cause": cause,
    })
}

pub(super) fn read_message(json: &Json) -> Option<Request> {
    let text = |key: &str| json.get(key).and_then(Json::as_str);
    let message = Message {
        connector: Name::intern(text("connector")?),
        hook: Name::intern(text("hook")?),
        id: text("id")?.into(),
        body: json.get("body").cloned().unwrap_or(Json::Null),
    };
    Some(match json.get("cause").filter(|cause| !cause.is_null()) {
        Some(cause) => Request::Unreadable { message, cause: serde_json::from_value(cause.clone()).ok()? },
        None => Request::Receive(message),
    })
}
