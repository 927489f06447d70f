//! What has been kept as long as it may be is erased.

use formwork_catalog::object::{Object, Retention};
use formwork_model::id::RecordId;

use crate::{
    book::Book,
    command::{Actor, Command, Request},
    query::Query,
    rejection::Refusal,
};

/// Records that are looked at in one read.
const PAGE: usize = 500;

impl Book {
    /// Erases what sensitive fields of records hold whose time is up, and says of how many records. What can't be erased now,
    /// because a message about it waits to be sent, is left for the next time.
    ///
    /// # Errors
    /// When the store fails.
    pub fn retain(&self) -> Result<usize, Refusal> {
        let catalog = self.catalog();
        let mut erased = 0;
        for object in catalog.objects.values() {
            let Some(retention) = &object.retention else { continue };
            for id in self.kept_too_long(object, retention)? {
                let mut command = Command::new(Actor::system(), Request::Erase { object: object.name, id });
                let (days, after) = (retention.days, retention.after);
                command.reason = Some(format!("retain: {days} days after {after}").into());
                match self.run(command) {
                    Ok(_) => erased += 1,
                    Err(Refusal::Rejected(_)) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
        }
        Ok(erased)
    }

    /// The records whose time is up and that still hold something sensitive.
    fn kept_too_long(&self, object: &Object, retention: &Retention) -> Result<Vec<RecordId>, Refusal> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let filter = retention.filter.clone();
            let query = Query { object: object.name, filter, sort: Vec::new(), limit: PAGE, after };
            let page = self.list(&query, &Actor::system())?;
            let holds = |record: &&formwork_model::record::Record| object.holds_sensitive(record);
            all.extend(page.records.iter().filter(holds).map(|record| record.id));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}
