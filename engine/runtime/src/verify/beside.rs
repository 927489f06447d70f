//! What is beside the records: messages, answers that are kept for repeated requests, and contents of files against the
//! hashes they are kept under.

use std::{collections::BTreeSet, ops::ControlFlow};

use formwork_model::text;
use formwork_store::{
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::{blob, idempotency, message},
};
use sha2::{Digest, Sha256};

use super::{Verdict, told_there};
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
    files(view, verdict)
}

/// Every content is what its hash says.
fn files(view: &dyn View, verdict: &mut Verdict) -> Result<(), Refusal> {
    let mut hashes: BTreeSet<String> = BTreeSet::new();
    let (start, end) = Key::new(KeyKind::Blob).into_range();
    view.scan(&start, &end, Order::Forward, &mut |key, _| {
        match KeyReader::new(key, KeyKind::Blob).and_then(|mut place| place.text()) {
            Ok(hash) => {
                hashes.insert(hash);
            }
            Err(error) => verdict.find(text!("a file's key can't be read: {error}", "文件的键无法读取：{error}")),
        }
        ControlFlow::Continue(())
    })?;
    for hash in hashes {
        let content = told_there(blob::get(view, &hash).map_err(Refusal::from), None)?;
        let is_it = content.is_some_and(|content| {
            let found = Sha256::digest(&content);
            found.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == hash
        });
        if !is_it {
            verdict.find(text!("the file {hash} is not what its hash says", "文件 {hash} 的内容与其哈希不符"));
        }
    }
    Ok(())
}
