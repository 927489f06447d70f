//! What a script can do: every effect joins the commit, or none does.

use formwork_model::{code, name::Name, text, text::Text, value::Value};
use rhai::{Array, Dynamic, Engine, Map};
use rust_decimal::Decimal;

use super::reads::{fields, known};
use crate::{
    convert::dynamic_to_val,
    failure::Failure,
    frame::{self, Raised},
    handle::Handle,
    host::Effect,
    val::Val,
};

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("create", create)
        .register_fn("delete", |record: Handle| {
            effect(|| {
                let (object, id) = stored(&record)?;
                Ok(Effect::Delete(object, id))
            })
        })
        .register_fn("act", |record: Handle, action: &str| act(&record, action, Map::new()))
        .register_fn("act", |record: Handle, action: &str, input: Map| act(&record, action, input))
        .register_fn("notify", notify)
        .register_fn("refuse", |say: Dynamic| effect(|| Ok(Effect::Refuse { say: wording(&say)?, field: None })))
        .register_fn("refuse", |say: Dynamic, field: &str| {
            effect(|| Ok(Effect::Refuse { say: wording(&say)?, field: Some(known(field, code!("unknown-field"))?) }))
        });
    posting(engine);
}

fn posting(engine: &mut Engine) {
    engine
        .register_fn("post", |ledger: &str, dimensions: Map, amount: i64| post(ledger, dimensions, amount.into(), None))
        .register_fn("post", |ledger: &str, dimensions: Map, amount: Decimal| post(ledger, dimensions, amount, None))
        .register_fn("post", |ledger: &str, dimensions: Map, amount: i64, note: &str| {
            post(ledger, dimensions, amount.into(), Some(note))
        })
        .register_fn("post", |ledger: &str, dimensions: Map, amount: Decimal, note: &str| {
            post(ledger, dimensions, amount, Some(note))
        });
}

fn effect(make: impl FnOnce() -> Result<Effect, Failure>) -> Result<(), Raised> {
    frame::with_effects(|frame| frame.host.effect(make()?).map(|_| ()))
}

fn create(object: &str, values: Map) -> Result<Dynamic, Raised> {
    frame::with_effects(|frame| {
        let object = known(object, code!("unknown-object"))?;
        let id = frame.host.effect(Effect::Create(object, fields(values)?))?;
        Ok(id.map_or(Dynamic::UNIT, |id| Dynamic::from(Handle::Record(object, id))))
    })
}

fn act(record: &Handle, action: &str, input: Map) -> Result<(), Raised> {
    effect(|| {
        let (object, id) = stored(record)?;
        let action = Name::find(action).ok_or_else(|| {
            Failure::new(code!("script-failed"), text!("there is no action `{action}`", "没有动作 `{action}`"))
        })?;
        Ok(Effect::Act(object, id, action, fields(input)?))
    })
}

fn post(ledger: &str, dimensions: Map, amount: Decimal, note: Option<&str>) -> Result<(), Raised> {
    effect(|| {
        Ok(Effect::Post {
            ledger: known(ledger, code!("unknown-ledger"))?,
            dimensions: fields(dimensions)?,
            amount,
            note: note.map(str::to_owned),
        })
    })
}

fn notify(to: Dynamic, say: Dynamic) -> Result<(), Raised> {
    effect(|| {
        let say = wording(&say)?;
        let mut logins = Vec::new();
        match to.read_lock::<Array>() {
            Some(many) => many.iter().for_each(|one| logins.extend(login(one))),
            None => logins.extend(login(&to)),
        }
        Ok(Effect::Notify { to: logins, say })
    })
}

/// A login: a text, or named values with a `login`.
fn login(one: &Dynamic) -> Option<String> {
    match dynamic_to_val(one.clone()) {
        Val::Text(login) => Some(login.to_string()),
        Val::Handle(Handle::Fixed(_, fields)) => match fields.get(Name::intern("login")) {
            Value::Text(login) => Some(login.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// A wording: `#{zh: …, en: …}` or one text for both.
fn wording(say: &Dynamic) -> Result<Text, Failure> {
    if let Some(map) = say.read_lock::<Map>() {
        let part = |language: &str| map.get(language).map(Dynamic::to_string).unwrap_or_default();
        return Ok(Text { en: part("en"), zh: part("zh") });
    }
    if say.is_string() {
        return Ok(Text::same(say.to_string()));
    }
    Err(Failure::new(
        code!("type-mismatch"),
        text!("a message is a text or `#{{zh: …, en: …}}`", "消息应为文本或 `#{{zh: …, en: …}}`"),
    ))
}

fn stored(record: &Handle) -> Result<(Name, formwork_model::id::RecordId), Failure> {
    match record {
        Handle::Record(object, id) => Ok((*object, *id)),
        _ => Err(Failure::new(code!("type-mismatch"), text!("this is no stored record", "这不是已保存的记录"))),
    }
}
