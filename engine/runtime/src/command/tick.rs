//! `tick`: the passing of time. Forgets answers to idempotency keys that nobody will ask for again.

use formwork_store::{store::Order, table::idempotency};

use crate::{decide::Done, decider::Decider, rejection::Refusal};

/// How long an answer is kept, in seconds.
const KEEP: i64 = 7 * 24 * 3600;
/// How many are forgotten at once.
const BATCH: usize = 1000;

pub(crate) fn decide(decider: &Decider<'_>) -> Result<Done, Refusal> {
    let (start, end) = idempotency::range();
    let mut old = Vec::new();
    decider.view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        if let Ok(answer) = idempotency::decode(bytes)
            && decider.now.as_second() - answer.at.as_second() > KEEP
        {
            old.push(key.to_vec());
        }
        if old.len() >= BATCH { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    })?;
    old.into_iter().for_each(|key| decider.put_fact(key, None));
    Ok(Done { target: None, kind: "tick".into(), input: String::new(), on_behalf_of: None, import: None })
}
