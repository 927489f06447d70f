//! Contents of files against the hashes they are kept under, and files of records and remarks against the contents.

use std::{collections::BTreeSet, ops::ControlFlow};

use formwork_model::{record::Record, text, value::FileRef};
use formwork_store::{
    error::Error,
    key::{Key as StoreKey, KeyKind, KeyReader},
    store::{Order, View},
    table::blob,
};
use sha2::{Digest, Sha256};

use super::{Verdict, told_there};
use crate::{decider::Key, rejection::Refusal};

/// Whether there is a content for every file that a record, or a remark at one of its approvals, refers to.
pub(super) fn verify_record(view: &dyn View, record: &Record, verdict: &mut Verdict) -> Result<(), Error> {
    let mut files: Vec<&FileRef> = record.fields.iter().flat_map(|(_, value)| value.files()).collect();
    let comments = record.flows.iter().flat_map(|instance| &instance.approvals).flat_map(|known| &known.comments);
    files.extend(comments.flat_map(|comment| &comment.files).map(|file| &**file));
    files.into_iter().try_for_each(|file| verify_one(view, (record.object, record.id), file, verdict))
}

/// Whether there is a content for a file that a record refers to, or that came with a comment about it.
pub(super) fn verify_one(view: &dyn View, (name, id): Key, file: &FileRef, verdict: &mut Verdict) -> Result<(), Error> {
    // What is damaged is told where it lies.
    let there = match view.get(&blob::key(&file.sha256, 0)) {
        Err(Error::Damaged(_)) => true,
        read => read?.is_some(),
    };
    if !there {
        let hash = &file.sha256;
        verdict.find(text!(
            "{name} {id} refers to the file {hash}, whose content is gone",
            "{name} {id} 引用的文件 {hash} 内容已丢失"
        ));
    }
    Ok(())
}

/// Every content is what its hash says.
pub(super) fn verify(view: &dyn View, verdict: &mut Verdict) -> Result<(), Refusal> {
    let mut hashes: BTreeSet<String> = BTreeSet::new();
    let (start, end) = StoreKey::new(KeyKind::Blob).into_range();
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
