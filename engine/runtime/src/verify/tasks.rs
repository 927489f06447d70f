//! The lists of the task centre: every line is of an approval in a record, and every approval has its lines.

use std::ops::ControlFlow;

use formwork_model::{record::Record, text};
use formwork_store::{
    error::Error,
    store::View,
    table::task::{self, Entry},
};

use super::{Verdict, told_there};
use crate::{approval, query, rejection::Refusal, release::Release};

/// Whether every task of the record is in its list.
pub(super) fn verify_record(
    view: &dyn View,
    release: &Release,
    table: u16,
    record: &Record,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let (name, id) = (record.object, record.id);
    for key in approval::index::keys(release, table, record)? {
        if view.get(&key)?.is_none() {
            verdict
                .find(text!("{name} {id} has a task that no list shows", "{name} {id} 有一个任务未出现在任务列表中"));
        }
    }
    Ok(())
}

/// Whether every line of a list is of a record that has it.
pub(super) fn verify(view: &dyn View, release: &Release, verdict: &mut Verdict) -> Result<(), Refusal> {
    let mut all = Vec::new();
    task::scan_all(view, |entry| {
        all.push(entry);
        ControlFlow::Continue(())
    })?;
    for entry in all {
        verdict.keys += 1;
        if !told_there(is_known(view, release, &entry), true)? {
            let Entry { login, id, number, .. } = entry;
            verdict.find(text!(
                "task {number} of {id} is in a list of {login} but not in the record",
                "{login} 的任务列表中有记录 {id} 的任务 {number}，但记录里没有"
            ));
        }
    }
    Ok(())
}

/// Whether the record has the line. One of an object that this release does not have can't be looked at.
fn is_known(view: &dyn View, release: &Release, entry: &Entry) -> Result<bool, Refusal> {
    let Some(object) = release.object_of(entry.table) else { return Ok(true) };
    let Some(record) = query::load(view, release, object, entry.id)? else { return Ok(false) };
    Ok(approval::index::keys(release, entry.table, &record)?.contains(&task::key(entry)))
}
