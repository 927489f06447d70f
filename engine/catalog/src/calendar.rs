//! Calendars: when people work, by name.

use std::sync::Arc;

use formwork_model::{calendar::WorkingCalendar, name::Name, source::Span, text::Text};

/// When people work.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The hours, holidays and make-up working days of the definition.
    pub hours: Arc<WorkingCalendar>,
    /// The object whose records are more days.
    pub records: Option<Name>,
}
