//! Who works here: holders of roles, heads, supervisors, absences, from the records of the system module.
//!
//! A user is a login; a login without a `user` record is one of somebody who is active and has no position.
//! Everything is as it is today and as the command has left it so far; every question is a few index lookups.

mod held;
mod lookup;
mod people;
mod place;
mod proxy;

use std::{collections::HashMap, sync::OnceLock};

use formwork_model::{id::RecordId, name::Name};

pub use people::{Absence, Holder};
pub use place::Within;
pub use proxy::Proxy;

/// Whether records of the object say who somebody is and where: what they may do depends on them.
pub(crate) fn is_directory(object: Name) -> bool {
    let names = known();
    [names.user, names.position, names.department, names.territory, names.product_line, names.partner].contains(&object)
}

/// Ids that an index gave, by object, field and value: the view does not change during a command.
pub(crate) type Lookups = HashMap<(Name, Name, Vec<u8>), Vec<RecordId>>;

/// Names of the system module's objects and fields, interned once.
#[derive(Debug)]
struct Known {
    user: Name,
    login: Name,
    active: Name,
    supervisor: Name,
    department: Name,
    territory: Name,
    product_line: Name,
    partner: Name,
    code: Name,
    parent: Name,
    head: Name,
    position: Name,
    role: Name,
    with_below: Name,
    main: Name,
    absence: Name,
    substitute: Name,
    skills: Name,
    calendar: Name,
    from: Name,
    to: Name,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| Known {
        user: Name::intern("user"),
        login: Name::intern("login"),
        active: Name::intern("active"),
        supervisor: Name::intern("supervisor"),
        department: Name::intern("department"),
        territory: Name::intern("territory"),
        product_line: Name::intern("product_line"),
        partner: Name::intern("partner"),
        code: Name::intern("code"),
        parent: Name::intern("parent"),
        head: Name::intern("head"),
        position: Name::intern("position"),
        role: Name::intern("role"),
        with_below: Name::intern("with_below"),
        main: Name::intern("main"),
        absence: Name::intern("absence"),
        substitute: Name::intern("substitute"),
        skills: Name::intern("skills"),
        calendar: Name::intern("calendar"),
        from: Name::intern("from"),
        to: Name::intern("to"),
    })
}
