//! Entries of the outbox against the keys that find them when they are due, and by the token that waits.

use std::{collections::HashSet, ops::ControlFlow};

use formwork_model::text;
use formwork_store::{
    store::{Order, View},
    table::outbox,
};

use super::Verdict;
use crate::{rejection::Refusal, release::Release};

pub(super) fn verify(view: &dyn View, release: &Release, verdict: &mut Verdict) -> Result<(), Refusal> {
    let (start, end) = outbox::range();
    let mut read = Vec::new();
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        read.push(outbox::id_of(key).and_then(|id| outbox::decode(id, bytes, &release.symbols)));
        ControlFlow::Continue(())
    })?;
    let mut expected: HashSet<Vec<u8>> = HashSet::new();
    for entry in read {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                verdict.find(text!("an outgoing entry can't be read: {error}", "一条待发送内容无法读取：{error}"));
                continue;
            }
        };
        expected.extend(entry.due.map(|due| outbox::due_key(due, entry.id)));
        if let (Some((object, record)), Some(place)) = (entry.about, entry.place) {
            expected.insert(outbox::place_key(release.number(object)?, record, place));
        }
    }
    let mut keys = Vec::new();
    for (start, end) in [outbox::due_ever(), outbox::place_range()] {
        view.scan(&start, &end, Order::Forward, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
    }
    verdict.keys += keys.len() as u64;
    let stray = keys.iter().filter(|key| !expected.remove(*key)).count();
    if stray > 0 {
        verdict.find(text!("{stray} keys of the outbox lead to nothing", "待发送箱有 {stray} 个键没有对应内容"));
    }
    let missing = expected.len();
    if missing > 0 {
        verdict.find(text!("{missing} outgoing entries lack a key", "{missing} 条待发送内容缺少索引键"));
    }
    Ok(())
}
