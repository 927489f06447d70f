//! A report as a file: who may take it out, and how much of it.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;

use super::Sheet;
use crate::{access::Eyes, rejection::Refusal};

impl Eyes<'_> {
    /// The most rows that the actor takes out on one day of what a report is made of; `None` is any number.
    ///
    /// # Errors
    /// When the actor may take out nothing of an object whose records are counted, or the store fails.
    pub fn export_rows_of(&self, sheet: &Sheet) -> Result<Option<u64>, Refusal> {
        let mut most: Option<u64> = None;
        for object in &sheet.offered.objects {
            self.require_some(*object, Action::May(May::Export))?;
            let own = self.export_rows(*object)?;
            most = most.into_iter().chain(own).min();
        }
        Ok(most)
    }
}
