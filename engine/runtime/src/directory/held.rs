//! The positions of somebody today, with their places and everything below them: what grants are filled in with.

use std::sync::Arc;

use formwork_model::{id::RecordId, name::Name, value::Value};

use super::{known, lookup::text};
use crate::{
    access::{Held, Place},
    decider::Decider,
    rejection::Refusal,
};

impl Decider<'_> {
    /// The positions that somebody holds today; none when they don't work here.
    pub(crate) fn held(&self, login: &str) -> Result<Vec<Held>, Refusal> {
        let names = known();
        let mut all = Vec::new();
        for position in self.positions(login)? {
            let role = self.look((names.position, position), |record| text(record?, names.role))?;
            let Some(role) = role.and_then(|role| Name::find(&role)) else { continue };
            all.push(Held {
                position: Some(position),
                login: Arc::from(login),
                role,
                department: self.held_place(position, names.department, false)?,
                department_below: self.held_place(position, names.department, true)?,
                department_above: self.departments_above(position)?,
                territory: self.held_place(position, names.territory, true)?,
                product_line: self.held_place(position, names.product_line, true)?,
                partner: self.held_place(position, names.partner, true)?,
            });
        }
        Ok(all)
    }

    /// The department that a position names, and those above it.
    fn departments_above(&self, position: RecordId) -> Result<Vec<Place>, Refusal> {
        let tree = known().department;
        let named = |record: &formwork_model::record::Record| record.fields.get(tree).as_ref_id();
        match self.look((known().position, position), |record| record.and_then(named))? {
            Some(department) => self.places_of(tree, self.upwards(tree, department)?),
            None => Ok(Vec::new()),
        }
    }

    /// The place that a position names in a tree, and those below it.
    fn held_place(&self, position: RecordId, tree: Name, below: bool) -> Result<Vec<Place>, Refusal> {
        let named = |record: &formwork_model::record::Record| record.fields.get(tree).as_ref_id();
        let Some(top) = self.look((known().position, position), |record| record.and_then(named))? else {
            return Ok(Vec::new());
        };
        let mut ids = vec![top];
        let mut next = 0;
        while let Some(at) = ids.get(next).copied().filter(|_| below) {
            for id in self.having(tree, known().parent, &Value::Ref(at))? {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            next += 1;
        }
        self.places_of(tree, ids)
    }

    /// Records of a tree with their codes.
    fn places_of(&self, tree: Name, ids: Vec<RecordId>) -> Result<Vec<Place>, Refusal> {
        ids.into_iter()
            .map(|id| {
                let code = self.look((tree, id), |record| text(record?, known().code))?;
                Ok(Place { id, code: code.map(Arc::from) })
            })
            .collect()
    }
}
