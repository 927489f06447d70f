//! What the actor of a command, or of a question, may see.

use std::sync::Arc;

use formwork_catalog::role::{Action, Fields};
use formwork_definition::kind::role::Right;
use formwork_model::{code, id::RecordId, name::Name, text};

use super::{Access, Bound, Granted, READ, Shown, Sight};
use crate::{
    decider::{Decider, Key},
    query::{Page, matches_with},
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// What limits the actor; `None` when nothing does.
    pub(crate) fn limits(&self) -> Option<&Access> {
        match &self.granted {
            Granted::All => None,
            Granted::By(access) => Some(access),
        }
    }

    /// The grants that allow the action on the record as it is now.
    pub(super) fn covering<'s>(&self, access: &'s Access, action: Action, key: Key) -> Result<Vec<&'s Bound>, Refusal> {
        let Some(record) = self.shared(key)? else { return Ok(Vec::new()) };
        let mut through = |object: Name, id: RecordId, field: Name| self.field((object, id), field);
        access.covering(action, &record, &self.asking(), &mut through)
    }

    /// Whether a grant gives the record as it is now, whatever it allows with it.
    pub(super) fn gives(&self, bound: &Bound, key: Key) -> Result<bool, Refusal> {
        let Some(record) = self.shared(key)? else { return Ok(false) };
        let mut through = |object: Name, id: RecordId, field: Name| self.field((object, id), field);
        matches_with(&bound.rows, &record, &self.asking(), &mut through)
    }

    /// How the actor sees the record as it is now; `None` when they don't, or when there is none.
    pub(crate) fn sight(&self, key: Key) -> Result<Option<Sight>, Refusal> {
        if self.look(key, |record| record.is_none())? {
            return Ok(None);
        }
        let Some(access) = self.limits() else { return Ok(Some(Sight::Whole)) };
        let covering = self.covering(access, READ, key)?;
        let sight = sight_by(&covering);
        if sight.is_whole() {
            return Ok(Some(sight));
        }
        if self.takes_part(key)? {
            // Of the fields they see what their grants on the object show on any row; all, when they have none.
            let any: Vec<&Arc<Fields>> =
                access.allowing(key.0, READ).filter_map(|bound| Some(&bound.grant()?.fields)).collect();
            return Ok(Some(if any.is_empty() { Sight::Whole } else { Sight::by(any.into_iter()) }));
        }
        Ok((!covering.is_empty()).then_some(sight))
    }

    /// Whether a grant allows the action on the record as it is now.
    pub(crate) fn covers(&self, key: Key, action: Action) -> Result<bool, Refusal> {
        self.limits().map_or(Ok(true), |access| Ok(!self.covering(access, action, key)?.is_empty()))
    }

    /// How the actor sees the record; what they don't see is not there.
    pub(crate) fn see(&self, key: Key) -> Result<Sight, Refusal> {
        self.object(key.0)?;
        self.sight(key)?.ok_or_else(|| Rejection::no_record(key.0).into())
    }

    /// The record as the actor sees it.
    pub(crate) fn record_seen(&self, key: Key) -> Result<Option<Shown>, Refusal> {
        self.sight(key)?.map(|sight| self.show(key, &sight)).transpose()
    }

    pub(super) fn show(&self, key: Key, sight: &Sight) -> Result<Shown, Refusal> {
        let record = self.record(key, Clone::clone)?;
        let mut objects = vec![&**self.object_of(key)?];
        objects.extend(self.catalog().object(key.0).map(|object| &**object));
        objects.iter().for_each(|object| self.note_shown(object, sight, &record));
        Ok(sight.show(&objects, record))
    }

    /// A page of a list as the actor sees it. How much was read for it is nobody's but the engine's to know.
    pub(crate) fn show_page(&self, mut page: Page, action: Action) -> Result<Page, Refusal> {
        let Some(access) = self.limits() else {
            for record in &page.records {
                self.note_shown(self.object(record.object)?, &Sight::Whole, record);
            }
            return Ok(page);
        };
        page.read = page.records.len();
        let records = std::mem::take(&mut page.records);
        for record in records {
            let key = (record.object, record.id);
            self.remember(record);
            let sight =
                if action == READ { self.sight(key)? } else { Some(sight_by(&self.covering(access, action, key)?)) };
            let Some(sight) = sight else { continue };
            let shown = self.show(key, &sight)?;
            page.records.push(shown.record);
            page.absent.push(shown.absent);
        }
        Ok(page)
    }

    /// How whoever may see every record of the object sees one that is not there any more.
    pub(crate) fn sight_of_gone(&self, object: Name) -> Option<Sight> {
        let Some(access) = self.limits() else { return Some(Sight::Whole) };
        let everywhere = access.allowing(object, READ).filter(|bound| bound.is_everywhere());
        let fields: Vec<&Arc<Fields>> = everywhere.filter_map(|bound| Some(&bound.grant()?.fields)).collect();
        (!fields.is_empty()).then(|| Sight::by(fields.into_iter()))
    }

    /// Refuses whoever does not have a right that is about no record.
    pub(crate) fn require(&self, right: Right) -> Result<(), Refusal> {
        if self.limits().is_none_or(|access| access.has(right)) { Ok(()) } else { Err(not_allowed()) }
    }

    /// A record that was found for the actor by one of its fields, unless they don't see it or don't see that field.
    pub(crate) fn if_seen(&self, key: Key, by: Option<Name>) -> Result<bool, Refusal> {
        if self.limits().is_none() || !self.limited.get() {
            return Ok(true);
        }
        let sight = self.sight(key)?;
        Ok(sight.is_some_and(|sight| by.is_none_or(|field| sight.seen(field) == formwork_catalog::role::Seen::Full)))
    }
}

/// How a record is seen by whoever comes by these grants.
pub(crate) fn sight_by(covering: &[&Bound]) -> Sight {
    Sight::by(covering.iter().filter_map(|bound| Some(&bound.grant()?.fields)))
}

impl Decider<'_> {
    /// What the actor knows a record by: its title; its id when they don't see the title; nothing when they don't see
    /// the record.
    pub(crate) fn title_seen(&self, key: Key) -> Result<String, Refusal> {
        let Some(sight) = self.sight(key)? else { return Ok(String::new()) };
        let title = self.object(key.0)?.title;
        if title.is_some_and(|title| !sight.shows_path(title.as_str())) {
            return Ok(key.1.to_string());
        }
        self.note_read(key, title.into_iter());
        self.title_lent(key, |lender| self.shows_title(lender))
    }

    /// Whether the actor sees what a record is called. The name of a colleague or department goes with the login or
    /// code, which they see where it stands.
    fn shows_title(&self, (object, id): Key) -> Result<bool, Refusal> {
        if ["user", "department"].contains(&object.as_str()) {
            return Ok(true);
        }
        let title = self.object(object)?.title;
        let sight = self.sight((object, id))?;
        Ok(sight.is_some_and(|sight| title.is_none_or(|title| sight.shows_path(title.as_str()))))
    }
}

/// The actor may not, which is no secret.
pub(super) fn not_allowed() -> Refusal {
    Rejection::new(Kind::Forbidden, code!("not-allowed"), text!("you may not do this", "您无权执行此操作")).into()
}
