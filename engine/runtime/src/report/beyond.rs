//! Records behind references, as their reader sees them; each is read once, as long as it is remembered.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use formwork_model::{id::RecordId, name::Name, record::Record, value::Value};
use formwork_store::store::View;

use crate::{
    access::{self, Granted, Sight},
    decider::{Key, field_of},
    query::{self, Asking},
    rejection::Refusal,
    release::Release,
};

/// How many records are remembered.
const REMEMBERED: usize = 20_000;

/// A record, and how it is seen once somebody asked.
#[derive(Debug)]
pub(super) struct Known {
    record: Record,
    sight: RefCell<Option<Sight>>,
}

/// What is remembered.
pub(super) type Kept = HashMap<Key, Option<Rc<Known>>>;

/// Records behind references.
pub(super) struct Beyond<'a> {
    view: &'a dyn View,
    release: &'a Release,
    asking: &'a Asking,
    kept: RefCell<Kept>,
}

impl<'a> Beyond<'a> {
    pub(super) fn new(view: &'a dyn View, release: &'a Release, asking: &'a Asking, kept: Kept) -> Self {
        Self { view, release, asking, kept: RefCell::new(kept) }
    }

    pub(super) fn into_kept(self) -> Kept {
        self.kept.into_inner()
    }

    fn known(&self, key: Key) -> Result<Option<Rc<Known>>, Refusal> {
        if let Some(known) = self.kept.borrow().get(&key) {
            return Ok(known.clone());
        }
        let record = query::load(self.view, self.release, key.0, key.1)?;
        let known = record.map(|record| Rc::new(Known { record, sight: RefCell::new(None) }));
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= REMEMBERED {
            kept.clear();
        }
        kept.insert(key, known.clone());
        Ok(known)
    }

    /// A field as it is.
    pub(super) fn raw(&self, object: Name, id: RecordId, field: Name) -> Result<Value, Refusal> {
        Ok(self.known((object, id))?.map_or(Value::Null, |known| field_of(&known.record, field)))
    }

    /// A field as its reader sees it: nothing, unless they see it in full.
    pub(super) fn seen(&self, object: Name, id: RecordId, field: Name) -> Result<Value, Refusal> {
        let Some(known) = self.known((object, id))? else { return Ok(Value::Null) };
        let value = field_of(&known.record, field);
        let Granted::By(access) = &self.asking.granted else { return Ok(value) };
        if known.sight.borrow().is_none() {
            let mut raw = |object: Name, id: RecordId, field: Name| self.raw(object, id, field);
            let covering = access.covering(access::READ, &known.record, self.asking, &mut raw)?;
            *known.sight.borrow_mut() = Some(access::sight_by(&covering));
        }
        Ok(known.sight.borrow().as_ref().map_or(Value::Null, |sight| sight.in_full(field, value)))
    }
}
