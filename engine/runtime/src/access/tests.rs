//! Random grants, positions and records: what is decided by filters agrees with a reference that knows no filter.

use std::{collections::HashMap, sync::Arc};

use formwork_catalog::{
    filter::Filter,
    role::{Action, Fields, Grant, Mask, Role, Rows, Seen},
};
use formwork_definition::kind::role::{May, RowScope};
use formwork_model::name::Name;

use super::{Access, Bound};

const SCOPES: [RowScope; 4] = [RowScope::Own, RowScope::Department, RowScope::Territory, RowScope::All];

fn field(n: usize) -> Name {
    Name::intern(["alpha", "beta", "gamma"][n % 3])
}

fn fields(seed: usize) -> Fields {
    let mut fields = Fields::all();
    match seed % 5 {
        0 => {}
        1 => {
            fields.hidden.insert(field(seed / 5).into());
        }
        2 => {
            fields.masked.insert(field(seed / 5).into(), Mask { first: 0, last: 4 });
        }
        3 => fields.read = Some([field(seed / 5).into()].into()),
        _ => fields.write = Some([field(seed / 5).into()].into()),
    }
    fields
}

fn grant(on: Name, seed: usize) -> Grant {
    let may = if seed.is_multiple_of(2) { vec![May::Read] } else { vec![May::Read, May::Update] };
    Grant {
        name: Name::intern("some"),
        span: Default::default(),
        on,
        may: may.into_iter().collect(),
        act: Default::default(),
        rows: Rows::Scope(SCOPES[seed % 4]),
        fields: Arc::new(fields(seed)),
    }
}

fn bound(grants: Vec<Grant>, position: formwork_model::id::RecordId) -> Vec<Bound> {
    let role = Arc::new(Role {
        name: Name::intern("someone"),
        module: Name::intern("x"),
        label: Default::default(),
        help: Default::default(),
        span: Default::default(),
        gives: Default::default(),
        rights: Default::default(),
        export_rows: None,
        grants,
    });
    (0..role.grants.len())
        .map(|place| {
            // Rows that are not everything, and of every grant others.
            let rows = Filter::Or(vec![Filter::And(Vec::new()); place + 1]);
            Bound { position: Some(position), role: role.clone(), place, rows, reads: Vec::new() }
        })
        .collect()
}

/// Two grants never add up to what neither of them gives: fields are seen, and queries restricted, grant by grant.
#[test]
fn the_fields_of_one_grant_are_never_seen_by_the_rows_of_another() {
    let on = Name::intern("thing");
    let id = formwork_model::id::RecordId::from_bytes([1; 16]);
    for one in 0..60 {
        for other in 0..60 {
            let all = bound(vec![grant(on, one), grant(on, other)], id);
            let access = Access { by_object: HashMap::from([(on, all.clone())]), ..Access::default() };
            for n in 0..3 {
                let by = |place: usize| all[place].grant().unwrap().fields.seen(field(n));
                assert_eq!(super::seen(&[&all[0]], field(n)), by(0));
                assert_eq!(super::seen(&[&all[0], &all[1]], field(n)), by(0).max(by(1)));
                let shown = [0, 1].into_iter().filter(|place| by(*place) == Seen::Full).count();
                let Filter::Or(rows) = access.rows(on, super::READ, &[field(n).into()]) else {
                    panic!("not alternatives")
                };
                assert_eq!(rows.len(), shown);
            }
            let updating = access.allowing(on, Action::May(May::Update)).count();
            assert_eq!(updating, one % 2 + other % 2);
        }
    }
}

#[test]
fn nothing_is_seen_by_no_grant() {
    assert_eq!(super::seen(&[], field(0)), Seen::Absent);
    assert!(!super::can_write(&[], field(0)));
    let none = Access::default().rows(Name::intern("thing"), super::READ, &[]);
    assert_eq!(none, Filter::Or(Vec::new()));
}
