//! What a schedule was to do fails: it goes on without, and an incident keeps for which record it was.

use formwork_model::{
    incident::{Incident, What},
    name::Name,
    text::Text,
};

use super::New;
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Goes on without the record, or the run, that failed; says which record it was.
    pub(super) fn pass_over(&self, schedule: Name, cause: Text) -> Result<Option<Key>, Refusal> {
        let Some(known) = self.catalog().schedules.get(&schedule) else { return Ok(None) };
        let target = self.advance(known, true)?.flatten();
        let mut new = New::of(What::Schedule, cause).part(schedule.as_str());
        if let Some(key) = target {
            new = new.about_record(key);
        }
        self.incident(new)?;
        Ok(target)
    }

    /// Does once more what a schedule was to do. One that the release no longer has has nothing to do.
    pub(super) fn run_schedule_again(&self, incident: &Incident) -> Result<(), Refusal> {
        let known = Name::find(&incident.about.part).and_then(|name| self.catalog().schedules.get(&name));
        known.map_or(Ok(()), |schedule| self.run_schedule(schedule, incident.about.record))
    }
}
