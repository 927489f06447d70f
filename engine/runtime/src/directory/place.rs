//! Places in the organisation: departments, territories, product lines, partners, each in its tree.

use formwork_model::{field_type::FieldType, id::RecordId, name::Name, record::Record, value::Value};

use super::{known, lookup::text};
use crate::{
    decider::{Decider, Key, field_of},
    rejection::Refusal,
};

/// Where a position has to reach. What is not given is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Within {
    /// The department.
    pub department: Option<RecordId>,
    /// The territory.
    pub territory: Option<RecordId>,
    /// The product line.
    pub product_line: Option<RecordId>,
    /// The partner.
    pub partner: Option<RecordId>,
}

/// [`Within`] with everything that lies above each place; the place itself comes first.
pub(super) struct Reach {
    department: Vec<RecordId>,
    territory: Vec<RecordId>,
    product_line: Vec<RecordId>,
    partner: Vec<RecordId>,
}

impl Decider<'_> {
    /// The place that a field of the record names: a `department` field or text holds a code, a reference the
    /// record itself. `None` when it is empty, names nothing that is there, or is no place.
    pub(crate) fn within(&self, key: Key, field: Name) -> Result<Option<Within>, Refusal> {
        let names = known();
        let object = self.object_of(key)?;
        let tree = match object.kind_of(field) {
            Some(FieldType::Department) => names.department,
            Some(FieldType::Ref(to)) => *to,
            _ if object.territory == Some(field) => names.territory,
            _ if object.product_line == Some(field) => names.product_line,
            _ if object.partner == Some(field) => names.partner,
            _ => return Ok(None),
        };
        let value = self.look(key, |record| record.map(|record| field_of(record, field)).unwrap_or_default())?;
        let Some(place) = self.place(tree, &value)? else { return Ok(None) };
        let mut within = Within::default();
        Ok(within.put(tree, place).then_some(within))
    }

    /// The record of a tree that a code or a reference names.
    pub(crate) fn place(&self, tree: Name, value: &Value) -> Result<Option<RecordId>, Refusal> {
        match value {
            Value::Ref(id) => Ok(self.look((tree, *id), |record| record.is_some())?.then_some(*id)),
            Value::Text(_) => Ok(self.having(tree, known().code, value)?.first().copied()),
            _ => Ok(None),
        }
    }

    /// Who heads the department; `None` when nobody does.
    pub(crate) fn department_head(&self, department: RecordId) -> Result<Option<String>, Refusal> {
        let head = self.look((known().department, department), |record| text(record?, known().head))?;
        Ok(head.filter(|head| !head.is_empty()))
    }

    /// A place and those above it, nearest first.
    pub(super) fn upwards(&self, tree: Name, place: RecordId) -> Result<Vec<RecordId>, Refusal> {
        let mut chain = vec![place];
        let mut at = place;
        while let Some(above) =
            self.look((tree, at), |record| record.and_then(|r| r.fields.get(known().parent).as_ref_id()))?
        {
            if chain.contains(&above) {
                break;
            }
            chain.push(above);
            at = above;
        }
        Ok(chain)
    }

    pub(super) fn reach(&self, within: &Within) -> Result<Reach, Refusal> {
        let names = known();
        let chain = |tree: Name, place: Option<RecordId>| match place {
            Some(place) => self.upwards(tree, place),
            None => Ok(Vec::new()),
        };
        Ok(Reach {
            department: chain(names.department, within.department)?,
            territory: chain(names.territory, within.territory)?,
            product_line: chain(names.product_line, within.product_line)?,
            partner: chain(names.partner, within.partner)?,
        })
    }
}

impl Within {
    /// Asks for a place of this tree; says whether the tree is one of places.
    pub(crate) fn put(&mut self, tree: Name, place: RecordId) -> bool {
        let names = known();
        let part = match tree {
            tree if tree == names.department => &mut self.department,
            tree if tree == names.territory => &mut self.territory,
            tree if tree == names.product_line => &mut self.product_line,
            tree if tree == names.partner => &mut self.partner,
            _ => return false,
        };
        *part = Some(place);
        true
    }
}

impl Reach {
    /// Whether a position covers every place that is asked for. Holding a territory, product line or partner is
    /// holding its parts; a department's parts only when the position says so.
    pub(super) fn is_covered_by(&self, position: &Record) -> bool {
        let names = known();
        let covers = |asked: &[RecordId], field: Name, below: bool| {
            let (Some(place), Some(held)) = (asked.first(), position.fields.get(field).as_ref_id()) else {
                return true;
            };
            *place == held || (below && asked.contains(&held))
        };
        let with_below = matches!(position.fields.get(names.with_below), Value::Bool(true));
        covers(&self.department, names.department, with_below)
            && covers(&self.territory, names.territory, true)
            && covers(&self.product_line, names.product_line, true)
            && covers(&self.partner, names.partner, true)
    }
}
