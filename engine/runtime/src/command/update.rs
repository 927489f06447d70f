//! `update`: other values for a record.

use formwork_model::{code, id::RecordId, name::Name, record::Fields, text};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
};

pub(crate) fn decide(
    decider: &Decider<'_>,
    object: Name,
    id: RecordId,
    rev: Option<u64>,
    values: &Input,
) -> Result<Done, Refusal> {
    let key = (object, id);
    decider.check_rev(key, rev)?;
    decider.update_from(key, values)?;
    Ok(Done::about("update", object, id, values))
}

impl Decider<'_> {
    /// Refuses when the record is gone, or is not the one the caller has seen.
    pub(crate) fn check_rev(&self, key: Key, rev: Option<u64>) -> Result<(), Refusal> {
        self.object(key.0)?;
        let current = self.record(key, |record| record.rev)?;
        match rev {
            Some(seen) if seen != current => Err(Problem::new(
                code!("stale-rev"),
                text!(
                    "somebody changed the record meanwhile: it is at revision {current}, you have seen {seen}",
                    "记录已被他人修改：当前版本 {current}，您看到的是 {seen}"
                ),
            )
            .field("rev")
            .reject(Kind::Conflict)
            .into()),
            _ => Ok(()),
        }
    }

    /// Changes a record by what a user sent.
    pub(crate) fn update_from(&self, key: Key, values: &Input) -> Result<(), Refusal> {
        let object = self.object(key.0)?;
        let current = self.record(key, |record| record.fields.clone())?;
        let pairs = self.read_input(object, values, Some(&current))?;
        for (field, value) in &pairs {
            self.set(key, *field, value.clone())?;
        }
        self.fill_line_defaults(key, object).map_err(|refusal| self.blame_missing(key, refusal))?;
        self.settle().map_err(|refusal| self.blame_missing(key, refusal))?;
        if let Some(form) = object.edit_form {
            self.check_form(form, key, &pairs, &Fields::new(), &self.vars(key))?;
        }
        Ok(())
    }
}
