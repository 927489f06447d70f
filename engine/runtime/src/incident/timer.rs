//! What a timer was to do fails: the timer waits until somebody has dealt with the incident.

use formwork_model::{
    incident::{How, Incident, What},
    text::Text,
    timer::{Owner, Timer},
};

use super::New;
use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// The timer of a record with this number.
    pub(super) fn timer(&self, key: Key, id: u32) -> Result<Option<Timer>, Refusal> {
        self.look(key, |record| record.and_then(|record| record.timers.iter().find(|known| known.id == id).cloned()))
    }

    /// Notes that a timer could not do what it was set for. It is not due any more.
    pub(super) fn park_timer(&self, key: Key, timer: &Timer, cause: Text) -> Result<(), Refusal> {
        let mut new = New::of(What::Timer, cause).about_record(key).part(format!("{} {}", timer.id, timer.name));
        if let Owner::Token { flow, token } = timer.owner
            && let Some(token) = self.token(key, self.flow(key, flow)?, token)?
        {
            new = new.at(key, flow, &token);
        }
        self.set_due(key, timer.id, None)?;
        self.incident(new)?;
        Ok(())
    }

    fn set_due(&self, key: Key, id: u32, due: Option<jiff::Timestamp>) -> Result<(), Refusal> {
        self.quietly(key, |record| {
            record.timers.iter_mut().filter(|timer| timer.id == id).for_each(|timer| timer.due = due);
        })
    }

    /// Fires the timer of an incident, or lets its moment pass.
    pub(super) fn deal_with_timer(&self, incident: &Incident, skip: bool) -> Result<(), Refusal> {
        let id = incident.about.part.split(' ').next().and_then(|id| id.parse().ok());
        let (Some(key), Some(id)) = (incident.about.record, id) else {
            return self.end_incident(incident.id, How::Gone, None);
        };
        self.set_due(key, id, Some(self.now))?;
        match self.timer(key, id)? {
            Some(timer) if skip => self.use_up(key, &timer),
            Some(timer) => self.fire_timer(key, &timer),
            None => self.end_incident(incident.id, How::Gone, None),
        }
    }
}
