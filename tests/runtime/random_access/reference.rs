//! The reference: positions and grants one by one.

use super::{
    LINES, OF_LINES,
    site::{Grant, Position, Rows, Seen, Site, Thing},
};

impl Site {
    pub(super) fn covers(&self, rows: &Rows, position: &Position, thing: &Thing) -> bool {
        match rows {
            Rows::Own => thing.owner == Some(position.user),
            Rows::Unit => position.unit.is_some() && thing.unit == position.unit,
            Rows::UnitBelow => {
                position.unit.is_some_and(|top| thing.unit.is_some_and(|at| self.units.is_below(at, top)))
            }
            Rows::Area => position.area.is_some_and(|top| thing.area.is_some_and(|at| self.areas.is_below(at, top))),
            Rows::Range => {
                position.range.is_some_and(|top| thing.range.is_some_and(|at| self.ranges.is_below(at, top)))
            }
            Rows::Firm => position.firm.is_some_and(|top| thing.firm.is_some_and(|at| self.firms.is_below(at, top))),
            Rows::All => true,
            Rows::AlphaBelow(n) => thing.values[0] < *n,
            Rows::SomePriceBelow(n) => thing.parts.iter().any(|[price, _]| price < n),
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
            if grant.hides(field) {
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
        let all: Vec<&Grant> = grants.by_ref().collect();
        all.is_empty() || fields.iter().all(|field| all.iter().any(|grant| grant.shows(*field)))
    }

    /// Whether one grant covers the row and shows all of these fields.
    pub(super) fn shows(&self, user: usize, thing: &Thing, fields: &[usize]) -> bool {
        let covering = self.covering(user, "read", thing);
        covering.iter().any(|grant| fields.iter().all(|field| grant.shows(*field)))
    }

    pub(super) fn can_update(&self, user: usize, thing: &Thing, field: usize, value: i64) -> bool {
        let writes = |thing: &Thing| self.covering(user, "update", thing).iter().any(|grant| grant.sets(field));
        let mut after = thing.clone();
        after.values[field] = value;
        self.sees(user, thing) && writes(thing) && writes(&after)
    }

    /// Whether the user may change one field of the first line.
    pub(super) fn can_update_line(&self, user: usize, thing: &Thing, field: usize, value: i64) -> bool {
        let (column, mut after) = (field - OF_LINES[0], thing.clone());
        let same = thing.parts[0][column] == value;
        after.parts[0][column] = value;
        let may = |thing: &Thing| {
            let covering = self.covering(user, "update", thing);
            let sets = covering.iter().any(|grant| grant.sets(field));
            let sends_back = same && covering.iter().any(|grant| grant.shows(field));
            covering.iter().any(|grant| grant.sets(LINES)) && (sets || sends_back)
        };
        self.sees(user, thing) && may(thing) && may(&after)
    }

    /// Whether the user may add a line that has one field.
    pub(super) fn can_add_line(&self, user: usize, thing: &Thing, field: usize, value: i64) -> bool {
        let mut after = thing.clone();
        // A field without a value is less than nothing: comparisons never hold for it.
        let mut line = [i64::MAX; 2];
        line[field - OF_LINES[0]] = value;
        after.parts.push(line);
        let may = |thing: &Thing| {
            let covering = self.covering(user, "update", thing);
            covering.iter().any(|grant| grant.adds_lines()) && covering.iter().any(|grant| grant.sets(field))
        };
        self.sees(user, thing) && may(thing) && may(&after)
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
        let writes = |field: &usize| covering.iter().any(|grant| grant.sets(*field));
        !covering.is_empty() && fields.iter().all(writes)
    }
}
