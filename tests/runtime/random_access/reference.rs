//! The reference: positions and grants one by one.

use super::site::{Grant, Position, Rows, Seen, Site, Thing};

impl Site {
    pub(super) fn covers(&self, rows: &Rows, position: &Position, thing: &Thing) -> bool {
        match rows {
            Rows::Own => thing.owner == Some(position.user),
            Rows::Unit => position.unit.is_some() && thing.unit == position.unit,
            Rows::UnitBelow => {
                position.unit.is_some_and(|top| thing.unit.is_some_and(|at| self.units.is_below(at, top)))
            }
            Rows::Area => position.area.is_some_and(|top| thing.area.is_some_and(|at| self.areas.is_below(at, top))),
            Rows::All => true,
            Rows::AlphaBelow(n) => thing.values[0] < *n,
            Rows::Mine => thing.up.is_some_and(|up| self.things[up].owner == Some(position.user)),
            Rows::Any(parts) => parts.iter().any(|part| self.covers(part, position, thing)),
            Rows::Every(parts) => parts.iter().all(|part| self.covers(part, position, thing)),
        }
    }

    pub(super) fn covering(&self, user: usize, may: &str, thing: &Thing) -> Vec<&Grant> {
        let held = self.positions.iter().filter(|position| position.user == user && position.held);
        held.flat_map(|position| self.roles[position.role].iter().map(move |grant| (position, grant)))
            .filter(|(position, grant)| grant.may.contains(may) && self.covers(&grant.rows, position, thing))
            .map(|(_, grant)| grant)
            .collect()
    }

    pub(super) fn sees(&self, user: usize, thing: &Thing) -> bool {
        !self.covering(user, "read", thing).is_empty()
    }

    pub(super) fn seen(&self, user: usize, thing: &Thing, field: usize) -> Seen {
        let by = |grant: &&Grant| {
            if grant.hidden.contains(&field) {
                Seen::Absent
            } else if grant.masked.contains(&field) {
                Seen::Masked
            } else {
                Seen::Full
            }
        };
        self.covering(user, "read", thing).iter().map(by).max().unwrap_or(Seen::Absent)
    }

    /// Whether the user reads any record by a grant that shows all of these fields.
    pub(super) fn knows(&self, user: usize, fields: &[usize]) -> bool {
        let held = self.positions.iter().filter(|position| position.user == user && position.held);
        let mut grants =
            held.flat_map(|position| &self.roles[position.role]).filter(|grant| grant.may.contains("read"));
        let shows = |grant: &Grant, field| !grant.hidden.contains(&field) && !grant.masked.contains(&field);
        let all: Vec<&Grant> = grants.by_ref().collect();
        all.is_empty() || fields.iter().all(|field| all.iter().any(|grant| shows(grant, *field)))
    }

    /// Whether one grant covers the row and shows all of these fields.
    pub(super) fn shows(&self, user: usize, thing: &Thing, fields: &[usize]) -> bool {
        let shows =
            |grant: &&&Grant| fields.iter().all(|field| !grant.hidden.contains(field) && !grant.masked.contains(field));
        self.covering(user, "read", thing).iter().any(|grant| shows(&grant))
    }

    pub(super) fn can_update(&self, user: usize, thing: &Thing, field: usize, value: i64) -> bool {
        let writes = |thing: &Thing| {
            let can = |grant: &&Grant| {
                let full = !grant.hidden.contains(&field) && !grant.masked.contains(&field);
                full && grant.write.as_ref().is_none_or(|write| write.contains(&field))
            };
            self.covering(user, "update", thing).iter().any(can)
        };
        let mut after = thing.clone();
        after.values[field] = value;
        self.sees(user, thing) && writes(thing) && writes(&after)
    }

    pub(super) fn can_give(&self, user: usize, thing: &Thing, owner: usize) -> bool {
        let moves = thing.owner != Some(owner);
        let after = Thing { owner: Some(owner), ..thing.clone() };
        let may = |may, thing: &Thing| !self.covering(user, may, thing).is_empty();
        self.sees(user, thing)
            && may("update", thing)
            && if moves { may("assign", thing) } else { may("update", &after) }
    }

    pub(super) fn can_create(&self, user: usize, thing: &Thing, fields: &[usize]) -> bool {
        let covering = self.covering(user, "create", thing);
        let writes = |field: &usize| {
            covering.iter().any(|grant| {
                let full = !grant.hidden.contains(field) && !grant.masked.contains(field);
                full && grant.write.as_ref().is_none_or(|write| write.contains(field))
            })
        };
        !covering.is_empty() && fields.iter().all(writes)
    }
}
