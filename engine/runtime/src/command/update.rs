//! `update`: other values for a record.

use std::sync::Arc;

use formwork_model::{code, id::RecordId, name::Name, record::Fields, text, text::Text, value::Value};
use formwork_store::table::history::{Change, Entry};

use crate::{
    access::Sent,
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    history,
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// How many commands back a conflict looks for who changed what.
const MEANWHILE: usize = 50;

pub(crate) fn decide(
    decider: &Decider<'_>,
    object: Name,
    id: RecordId,
    rev: Option<u64>,
    values: &Input,
) -> Result<Done, Refusal> {
    let key = (object, id);
    decider.see(key)?;
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
            Some(seen) if seen != current => Err(self.stale(key, seen, current)?.into()),
            _ => Ok(()),
        }
    }

    /// Somebody changed the record meanwhile: who, and every field with what it held and holds.
    fn stale(&self, key: Key, seen: u64, current: u64) -> Result<Rejection, Refusal> {
        let stale = Problem::new(
            code!("stale-rev"),
            text!(
                "somebody changed the record meanwhile: it is at revision {current}, you have seen {seen}",
                "记录已被他人修改：当前版本 {current}，您看到的是 {seen}"
            ),
        );
        let mut problems = vec![stale.field("rev")];
        for (actor, change) in self.changed_since(key, seen)? {
            if problems.iter().any(|known| known.field.as_deref() == Some(&*change.path)) {
                continue;
            }
            let (path, old, new) = (&change.path, shown(&change.old), shown(&change.new));
            let (en, zh) = (format!("from {} to {}", old.en, new.en), format!("由{}改为{}", old.zh, new.zh));
            let message = text!("{actor} changed `{path}` {en}", "{actor} 已将 `{path}` {zh}");
            problems.push(Problem::new(code!("stale-rev"), message).field(&**path));
        }
        Ok(Rejection { kind: Kind::Conflict, problems })
    }

    /// Who changed what of a record since it was at revision `rev`, as far as the actor sees it, the newest first.
    pub(crate) fn changed_since(&self, key: Key, rev: u64) -> Result<Vec<(Arc<str>, Change)>, Refusal> {
        let sight = self.see(key)?;
        let entries = history::since_rev(self.view, self.release, key.0, key.1, rev, MEANWHILE)?;
        let changes = entries.into_iter().flat_map(|entry| {
            let Entry { actor, changes, .. } = entry;
            changes.into_iter().rev().map(move |change| (actor.clone(), change))
        });
        let own = changes.filter(|(_, change)| (change.object, change.id) == key);
        Ok(own.filter_map(|(actor, change)| Some((actor, sight.told(change)?))).collect())
    }

    /// Changes a record by what a user sent.
    pub(crate) fn update_from(&self, key: Key, values: &Input) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        let current = self.record(key, |record| record.fields.clone())?;
        let pairs = self.read_input(object, values, Some(&current))?;
        let sent = Sent::of_request(object, values, &pairs, Some(&current));
        let assigned = self.check_before_update(key, &sent)?;
        for (field, value) in &pairs {
            self.set(key, *field, value.clone())?;
        }
        self.fill_line_defaults(key, object).map_err(|refusal| self.blame_missing(key, refusal))?;
        let checked = self.check_after_update(key, &sent, assigned).and_then(|()| self.settle());
        checked.map_err(|refusal| self.blame_missing(key, refusal))?;
        if let Some(form) = object.edit_form {
            self.check_form(form, key, &pairs, &Fields::new(), &self.vars(key))?;
        }
        Ok(())
    }
}

/// A value as a message shows it.
fn shown(value: &Value) -> Text {
    match value {
        Value::Null => text!("nothing", "空"),
        value => text!("`{value}`", "`{value}`"),
    }
}
