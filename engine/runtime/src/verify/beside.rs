//! What is beside the records: messages, and answers that are kept for repeated requests.

use std::ops::ControlFlow;

use formwork_model::text;
use formwork_store::{
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::{idempotency, message},
};

use super::Verdict;
use crate::{rejection::Refusal, release::Release};

pub(super) fn verify(view: &dyn View, release: &Release, verdict: &mut Verdict) -> Result<(), Refusal> {
    let (start, end) = Key::new(KeyKind::Message).into_range();
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        if let Err(error) = message::decode(bytes, &release.symbols) {
            let mut place = KeyReader::new(key, KeyKind::Message);
            let login = place.as_mut().ok().and_then(|place| place.text().ok()).unwrap_or_default();
            verdict
                .find(text!("a message to {login} can't be read: {error}", "给 {login} 的一条消息无法读取：{error}"));
        }
        ControlFlow::Continue(())
    })?;
    let (start, end) = idempotency::range();
    view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
        if let Err(error) = idempotency::decode(bytes) {
            verdict.find(text!("a kept answer can't be read: {error}", "一条保留的答复无法读取：{error}"));
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}
