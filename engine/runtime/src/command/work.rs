//! `claim`, `release`, `assign`, `escalate`: work in a queue.

use serde_json::Value as Json;

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    queue::Operation,
    rejection::Refusal,
};

pub(crate) fn decide(
    decider: &Decider<'_>,
    key: Key,
    rev: Option<u64>,
    token: Option<u32>,
    operation: &Operation,
) -> Result<Done, Refusal> {
    decider.see(key)?;
    decider.check_rev(key, rev)?;
    decider.operate(key, token, operation)?;
    let mut input = Input::new();
    if let Operation::Assign { to } = operation {
        input.insert("to".into(), Json::String(to.clone()));
    }
    Ok(Done::about(format!("work {}", operation.word()), key.0, key.1, &input))
}
