//! `receive`: what another system has sent becomes a record, or changes one.

use formwork_catalog::{connector::Hook, object::Object, parse_value::render_json};
use formwork_model::{code, id::RecordId, incident::What, name::Name, text, text::Text, value::Value};
use formwork_script::{convert::json_to_val, program::Vars};
use formwork_store::table::{
    idempotency::{self, Answer},
    incident,
};
use serde_json::{Value as Json, json};

use crate::{
    command::{Actor, Input, Message},
    decide::Done,
    decider::{Decider, Key},
    incident::New,
    rejection::{Fault, Kind, Problem, Refusal, Rejection},
};

pub(crate) fn decide(decider: &Decider<'_>, message: &Message) -> Result<Done, Refusal> {
    let target = decider.receive(message)?;
    Ok(done(decider, message, target, "receive"))
}

/// Keeps a message that no record could be made of, until somebody has dealt with it.
pub(crate) fn decide_unreadable(decider: &Decider<'_>, message: &Message, cause: &Text) -> Result<Done, Refusal> {
    let (connector, hook, id) = (message.connector, message.hook, &message.id);
    let known = decider.catalog().connectors.get(&connector);
    let owner = known.and_then(|known| known.owner.clone());
    let part = format!("{connector}.{hook} {id}");
    let incident = decider.incident(New::of(What::Hook, cause.clone()).part(part).owned_by(owner))?;
    let kept = json!({"connector": connector.as_str(), "hook": hook.as_str(), "id": &**id, "body": message.body});
    decider.put_fact(incident::message_key(incident), Some(kept.to_string().into_bytes()));
    Ok(done(decider, message, None, "receive"))
}

fn done(decider: &Decider<'_>, message: &Message, target: Option<Key>, kind: &str) -> Done {
    let (connector, hook, id) = (message.connector, message.hook, &message.id);
    decider.fire(format!("hook {connector}.{hook} {id}"), "");
    Done { target, kind: kind.into(), input: message.body.to_string(), import: None, on_behalf_of: None }
}

impl Decider<'_> {
    /// Takes a message in; gives the record it was about, if it was about one.
    fn receive(&self, message: &Message) -> Result<Option<Key>, Refusal> {
        let connector = self.catalog().connectors.get(&message.connector);
        let Some(hook) = connector.and_then(|connector| connector.hooks.get(&message.hook)) else {
            let (connector, hook) = (message.connector, message.hook);
            let unknown = text!("there is no hook `{connector}.{hook}`", "没有入口 `{connector}.{hook}`");
            return Err(Rejection::new(Kind::NotFound, code!("unknown-hook"), unknown).into());
        };
        let vars = Vars::new().with("body", json_to_val(&message.body));
        if !self.holds_or_none(hook.when.as_ref(), &vars)? {
            return Ok(None);
        }
        let object = self.object(hook.object)?;
        let values = self.mapped(hook, object, &vars)?;
        let key = match self.known_record(hook, object, &values)? {
            Some(id) => {
                self.update_from((hook.object, id), &values)?;
                (hook.object, id)
            }
            None => self.create_from(hook.object, &values)?,
        };
        for action in &hook.act {
            self.settle()?;
            self.take_action(key, *action, None, &Input::new(), None)?;
        }
        if let Some(event) = hook.event {
            self.settle()?;
            let data = message.body.as_object().cloned().unwrap_or_default();
            self.deliver(key, event, &data)?;
        }
        Ok(Some(key))
    }

    /// The fields a message sets, as a request would send them.
    fn mapped(&self, hook: &Hook, object: &Object, vars: &Vars) -> Result<Input, Refusal> {
        let mut values = Input::new();
        for (name, source) in &hook.set {
            let Some(field) = object.field(*name) else { continue };
            let value = self.value(source, &field.kind, vars)?;
            values.insert(name.to_string(), if value == Value::Null { Json::Null } else { render_json(&value) });
        }
        Ok(values)
    }

    /// The record the other system means; none when it is to be created.
    fn known_record(&self, hook: &Hook, object: &Object, values: &Input) -> Result<Option<RecordId>, Refusal> {
        let Some(key) = hook.key else { return Ok(None) };
        let value = values.get(key.as_str()).filter(|value| !value.is_null());
        let Some(value) = value else {
            let empty = text!("the message gives no `{key}`", "消息没有给出 `{key}`");
            return Err(Problem::new(code!("required"), empty).field(key.as_str()).reject(Kind::Invalid).into());
        };
        let found = self.by_field(object, key, value)?;
        if found.is_none() && !hook.create {
            let name = object.name;
            let none = text!("no {name} has this key", "没有 {name} 具有该键");
            return Err(Problem::new(code!("no-such-record"), none).field(key.as_str()).reject(Kind::NotFound).into());
        }
        Ok(found)
    }

    /// Takes in once more the message of an incident. Sent again by the other system, it counts as taken in.
    pub(crate) fn receive_again(&self, incident: RecordId) -> Result<(), Refusal> {
        let bytes = self.view.get(&incident::message_key(incident))?;
        let kept: Json = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Json::Null);
        let text = |key: &str| kept.get(key).and_then(Json::as_str);
        let (Some(connector), Some(hook), Some(id)) = (text("connector"), text("hook"), text("id")) else {
            return Err(Fault::new("the message of an incident was lost").into());
        };
        let body = kept.get("body").cloned().unwrap_or(Json::Null);
        let message = Message { connector: Name::intern(connector), hook: Name::intern(hook), id: id.into(), body };
        let target = self.receive(&message)?;
        let response = target.map(|(object, id)| format!("{object} {id}")).unwrap_or_default();
        let answer = Answer { request: message.fingerprint(), response: response.into_bytes(), at: self.now };
        let key = idempotency::key(&Actor::connector(message.connector).login, &message.key());
        self.put_fact(key, Some(idempotency::encode(&answer)));
        self.forget_message(incident);
        Ok(())
    }

    /// The message of an incident is no longer needed.
    pub(crate) fn forget_message(&self, incident: RecordId) {
        self.put_fact(incident::message_key(incident), None);
    }
}

impl Message {
    /// What a second message with the same id is known by.
    pub fn key(&self) -> std::sync::Arc<str> {
        format!("{} {}", self.hook, self.id).into()
    }

    /// What must be the same in a second message with the same id.
    pub fn fingerprint(&self) -> [u8; 32] {
        use sha2::{Digest as _, Sha256};
        Sha256::digest(self.body.to_string()).into()
    }
}
