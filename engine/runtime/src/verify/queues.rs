//! Work in queues: every piece has its entry, and there are no others.

use formwork_model::{record::Record, text};
use formwork_store::{error::Error, store::View, table::queue};

use super::Verdict;
use crate::{queue::index, release::Release};

pub(super) fn verify_record(
    view: &dyn View,
    release: &Release,
    record: &Record,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    for key in index::keys(release, Some(record))? {
        verdict.works += 1;
        if view.get(&key)?.is_none() {
            let (name, id) = (record.object, record.id);
            verdict.find(text!("{name} {id} is missing in its queue", "{name} {id} 未列入其队列"));
        }
    }
    Ok(())
}

/// After every record was looked at.
pub(super) fn verify(view: &dyn View, verdict: &mut Verdict) -> Result<(), Error> {
    let found = queue::places(view, &queue::all(), usize::MAX)?.len() as u64;
    if found != verdict.works {
        let wanted = verdict.works;
        verdict.find(text!(
            "queues have {found} entries, the records make {wanted}",
            "队列有 {found} 项，按记录应为 {wanted} 项"
        ));
    }
    Ok(())
}
