//! `erase`: what a record holds in sensitive fields goes, everywhere and for good.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{code, text};
use serde_json::json;

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    erasure::Erasure,
    rejection::{Kind, Problem, Refusal, Rejection},
};

pub(crate) fn decide(decider: &Decider<'_>, key: Key) -> Result<Done, Refusal> {
    let is_there = decider.look(key, |record| record.is_some())?;
    if is_there {
        decider.check_covered(key, Action::May(May::Erase))?;
    } else if decider.limits().is_some() || decider.history_of(key, None, 1)?.is_empty() {
        // What is left of a record that is gone is for whoever holds the data to erase.
        decider.object(key.0)?;
        return Err(Rejection::no_record(key.0).into());
    }
    if decider.command.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        let message = text!("say why it is erased", "请说明删除原因");
        return Err(Problem::new(code!("required"), message).field("reason").reject(Kind::Invalid).into());
    }
    let erasure = Erasure::of(decider, key)?;
    let fields = erasure.fields();
    if fields.is_empty() {
        let label = &decider.object(key.0)?.label;
        let (en, zh) = (&label.en, &label.zh);
        let message = text!("a {en} has no sensitive fields", "{zh}没有敏感字段");
        return Err(Rejection::new(Kind::Conflict, code!("not-possible"), message).into());
    }
    decider.check_nothing_leaves(key)?;
    if is_there {
        decider.quietly(key, |record| erasure.erase_record(record))?;
        // A value that can't be computed without what is erased stays empty or as it is; the erasure does not wait for it.
        if decider.recompute(key).is_err() {
            decider.quietly(key, |record| erasure.erase_record(record))?;
        }
        // No business rule is about an erasure.
        if let Some(slot) = decider.slots.borrow_mut().get_mut(&key) {
            slot.dirty = false;
        }
        let object = decider.object(key.0)?.clone();
        let sensitive: Vec<_> = object.sensitive().map(|field| field.name).collect();
        decider.feed_roll_ups(key, &object)?;
        decider.mark_dependents(key, &object, &sensitive)?;
    }
    let mut said = Input::new();
    said.insert("fields".into(), json!(fields));
    decider.erasing.replace(Some(erasure));
    Ok(Done::about("erase", key.0, key.1, &said))
}

impl Decider<'_> {
    /// Refuses while something about the record waits to be sent: it would leave without what it is to say.
    fn check_nothing_leaves(&self, key: Key) -> Result<(), Refusal> {
        let waiting = self.waiting_about(key)?;
        if waiting == 0 {
            return Ok(());
        }
        let message = text!(
            "{waiting} messages about it still wait to be sent; erase when they have left",
            "仍有 {waiting} 条相关消息待发送；请在发送后再删除"
        );
        Err(Rejection::new(Kind::Conflict, code!("not-possible"), message).into())
    }
}
