//! What a position says about where: the places that fill in the rows of its grants.

use std::sync::Arc;

use formwork_catalog::filter::Places;
use formwork_model::{id::RecordId, name::Name};

/// A department, territory, product line or partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The record, which references hold.
    pub id: RecordId,
    /// Its code, which texts and `department` fields hold.
    pub code: Option<Arc<str>>,
}

/// A position that is held today. A place that it does not name fills in no row: what limits nothing for finding
/// people would open everything here.
#[derive(Debug, Clone)]
pub struct Held {
    /// The position; `None` of a role that was given without one.
    pub position: Option<RecordId>,
    /// Who holds it.
    pub login: Arc<str>,
    /// Its role.
    pub role: Name,
    /// Its department.
    pub department: Vec<Place>,
    /// Its department and those below.
    pub department_below: Vec<Place>,
    /// Its department and those above: what is shared with one of them is shared with whoever works in it.
    pub department_above: Vec<Place>,
    /// Its territory and those below.
    pub territory: Vec<Place>,
    /// Its product line and those below.
    pub product_line: Vec<Place>,
    /// Its partner and those below.
    pub partner: Vec<Place>,
}

impl Held {
    /// The places that a filter names.
    pub(crate) fn places(&self, places: Places) -> &[Place] {
        match places {
            Places::Departments => &self.department_above,
            Places::DepartmentsBelow => &self.department_below,
            Places::Territories => &self.territory,
            Places::ProductLines => &self.product_line,
            Places::Partners => &self.partner,
        }
    }

    /// A role that is held without a position: it is bound to no place.
    pub fn anywhere(login: &Arc<str>, role: Name) -> Self {
        Self {
            position: None,
            login: login.clone(),
            role,
            department: Vec::new(),
            department_below: Vec::new(),
            department_above: Vec::new(),
            territory: Vec::new(),
            product_line: Vec::new(),
            partner: Vec::new(),
        }
    }
}
