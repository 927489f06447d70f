//! `calendar`: when people work.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    label::Label,
    list::Many,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// When people work. `definitions/MODULE/NAME.calendar.yaml`. Timers, working lengths of time and
/// `working_time()` name it; the book names the one that counts where nothing else is said.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The name of the calendar.
    pub calendar: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// IANA time zone in which its days begin and end. Default: the book's.
    #[serde(default)]
    pub time_zone: Option<Sp<String>>,
    /// Every hour of every day (24X7); then it has no `week` and no days.
    #[serde(default)]
    pub always: Option<Sp<bool>>,
    /// Spans such as `08:30-12:00` for each weekday `mon` … `sun`; what lies between them is a break, and a day
    /// that is not named is free.
    #[serde(default)]
    pub week: Map<Many<Sp<String>>>,
    /// Days or spans of days on which nobody works: `2026-02-15` or `2026-02-15..2026-02-23`.
    #[serde(default)]
    pub holidays: Vec<Sp<String>>,
    /// Days off that are worked like a Monday all the same (make-up working days).
    #[serde(default)]
    pub working_days: Vec<Sp<String>>,
    /// CSV files beside this one with more of both, one line a day or span of days: `day`, `works` (yes or no),
    /// and a `note`. One file a year keeps them easy to compare with the official notice.
    #[serde(default)]
    pub days: Many<Sp<String>>,
    /// An object whose records are more of both, so that an administrator adds a year without a release: a date
    /// field `day`, a boolean field `works`, and, where it has one, a text field `calendar` with the name of the
    /// calendar the day is of (empty: of every one). A change of these records moves the timers that are open.
    #[serde(default)]
    pub records: Option<Sp<WrittenName>>,
}
