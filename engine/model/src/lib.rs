//! Names, ids, values, diagnostics and the clock: the words every floor shares.
//!
//! Nothing here knows YAML, Rhai, a store or HTTP. Reading order is the order of the modules below.

pub mod approval;
pub mod calendar;
pub mod clock;
pub mod code;
pub mod diagnostic;
pub mod event;
pub mod field_path;
pub mod field_type;
pub mod id;
pub mod incident;
pub mod instance;
pub mod length;
pub mod locale;
pub mod name;
pub mod nearest;
pub mod outbox;
pub mod record;
pub mod render;
pub mod source;
pub mod spreadsheet;
pub mod text;
pub mod timer;
pub mod value;
pub mod work;
