//! Keys of work by queue and owner, and what the history says about owners: both follow from the record before
//! and after a command.

use formwork_model::{name::Name, record::Record, work::Work};
use formwork_store::{
    error::Error,
    table::queue::{self, Place},
};

use crate::{decider::Decider, release::Release};

/// The keys of a record's work.
///
/// # Errors
/// When a name has no number.
pub(crate) fn keys(release: &Release, record: Option<&Record>) -> Result<Vec<Vec<u8>>, Error> {
    let mut keys = Vec::new();
    for (record, flow, work) in works(record) {
        let place = Place {
            queue: release.number(work.queue)?,
            due: super::clock::due(record, flow, work),
            since: work.since,
            table: release.number(record.object)?,
            id: record.id,
            flow: release.number(flow)?,
            token: work.token,
        };
        keys.push(queue::key(&place, work.assignee.as_deref()));
    }
    Ok(keys)
}

fn works(record: Option<&Record>) -> impl Iterator<Item = (&Record, Name, &Work)> {
    record.into_iter().flat_map(|record| {
        let instances = record.flows.iter();
        instances.flat_map(move |instance| instance.works.iter().map(move |work| (record, instance.flow, work)))
    })
}

impl Decider<'_> {
    /// Notes in the history who owns what from now on: see [`super::responsible`].
    pub(crate) fn note_owners(&self, before: Option<&Record>, now: Option<&Record>) {
        let old: Vec<_> = works(before).collect();
        let new: Vec<_> = works(now).collect();
        for (_, flow, work) in &old {
            if !new.iter().any(|(_, known, other)| known == flow && other.token == work.token) {
                self.fire(super::responsible::what(*flow, work.token), "");
            }
        }
        for (_, flow, work) in &new {
            let same = old.iter().any(|(_, known, other)| {
                known == flow && (other.token, other.queue, &other.assignee) == (work.token, work.queue, &work.assignee)
            });
            if !same {
                let values = serde_json::json!({"queue": work.queue.as_str(), "assignee": work.assignee});
                self.fire(super::responsible::what(*flow, work.token), values.to_string());
            }
        }
    }
}
