//! Steps about other systems and about what failed.

use formwork_definition::{
    kind::scenario::{Then, When},
    literal::Data,
};
use formwork_model::{
    id::RecordId,
    incident::What,
    name::Name,
    outbox::{Answer, Report as Told},
    source::Span,
    text,
    text::Text,
};
use serde_json::Value as Json;

use super::{
    World,
    expect::{Seen, differing},
};
use crate::{
    command::{Actor, IncidentStep, Message, Request},
    incident::Wanted,
};

impl World<'_> {
    /// What the step asks of the book, and who asks; `None` when there is nothing it could be about.
    pub(super) fn outside(&self, when: &When, target: Option<(Name, RecordId)>) -> Option<(Request, Option<Actor>)> {
        let body = when.body.as_ref().map_or(Json::Null, |body| plain(body));
        if let Some(hook) = &when.receive {
            let (connector, hook) = hook.value.split_once('.')?;
            let (connector, hook) = (Name::find(connector)?, Name::find(hook)?);
            let id = when.id.as_ref().map_or_else(|| hook_id(when).to_string(), |id| id.value.clone());
            let message = Message { connector, hook, id: id.into(), body };
            return Some((Request::Receive(message), Some(Actor::connector(connector))));
        }
        let about = target?;
        if let Some(status) = &when.answer {
            let waiting = self.book.outbox(usize::MAX).ok()?;
            let entry = waiting.iter().find(|entry| entry.about == Some(about) && entry.place.is_some())?.id;
            let said = match &body {
                Json::Null => String::new(),
                body => body.to_string(),
            };
            let answer = Answer { status: status.value, body: said };
            let report = match status.value {
                200..=299 => Told::Done(answer),
                0 | 408 | 425 | 429 | 500.. => Told::Failed(text!("no answer", "没有应答")),
                _ => Told::Refused(answer),
            };
            return Some((Request::Report { entry, report }, Some(Actor::system())));
        }
        let (kind, step) = match (&when.retry, &when.skip) {
            (Some(kind), _) => (kind, IncidentStep::Retry),
            (None, Some(kind)) => (kind, IncidentStep::Skip),
            (None, None) => return None,
        };
        let what = What::parse(&kind.value)?;
        let id = self.open_incidents(about).into_iter().find(|(known, _)| *known == what)?.1;
        Some((Request::Incident { id, step }, None))
    }

    fn open_incidents(&self, about: (Name, RecordId)) -> Vec<(What, RecordId)> {
        let wanted = Wanted { record: Some(about), limit: usize::MAX, ..Wanted::default() };
        let found = self.book.incidents(&wanted).unwrap_or_default();
        found.iter().map(|incident| (incident.what, incident.id)).collect()
    }

    /// What was sent, and which incidents are open.
    pub(super) fn expect_outside(
        &self,
        then: &Then,
        target: Option<(Name, RecordId)>,
        seen: &Seen,
        fail: &mut dyn FnMut(Span, Text),
    ) {
        if let Some(expected) = &then.sent
            && let Some((want, got)) = differing(expected, &seen.sent)
        {
            fail(expected.span, text!("expected [{want}] to be sent, got [{got}]", "期望发送 [{want}]，实际 [{got}]"));
        }
        if let Some(expected) = &then.incidents {
            let want: Vec<String> = expected.value.iter().map(|word| word.value.clone()).collect();
            let got: Vec<String> = target.map_or_else(Vec::new, |about| {
                self.open_incidents(about).iter().map(|(what, _)| what.word().to_owned()).collect()
            });
            if want != got {
                let (want, got) = (want.join(", "), got.join(", "));
                fail(
                    expected.span,
                    text!("expected the incidents [{want}], open are [{got}]", "期望异常 [{want}]，未处理的为 [{got}]"),
                );
            }
        }
    }
}

/// A message of a scenario without an id is one of its own: its place in the file.
fn hook_id(when: &When) -> String {
    when.receive.as_ref().map_or_else(String::new, |hook| format!("{}:{}", hook.span.source, hook.span.start))
}

/// Data as another system would send it: a plain number or truth value is one, everything else is text.
fn plain(data: &Data) -> Json {
    match data {
        Data::Null => Json::Null,
        Data::Scalar(text) => match serde_json::from_str::<Json>(text) {
            Ok(json @ (Json::Number(_) | Json::Bool(_))) => json,
            _ => Json::String(text.to_string()),
        },
        Data::List(items) => Json::Array(items.iter().map(|item| plain(item)).collect()),
        Data::Map(pairs) => Json::Object(pairs.iter().map(|(key, value)| (key.to_string(), plain(value))).collect()),
    }
}
