//! What scripts can do: read through the host, and ask it for effects that join the commit.

use formwork_model::{id::RecordId, name::Name, record::Fields, text::Text, value::Value};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{failure::Failure, handle::Handle};

/// The runtime as a running script sees it. One command decides at a time on a thread, so `&self` with
/// interior mutability is enough.
pub trait Host {
    /// The value of a field, also of system fields (`id`, `number`, `state`, `rev`, `created_at`,
    /// `created_by`, `updated_at`, `updated_by`).
    ///
    /// # Errors
    /// When the record is gone or the store fails.
    fn get(&self, handle: &Handle, field: Name) -> Result<Value, Failure>;
    /// Sets a field of a record or line of this commit.
    ///
    /// # Errors
    /// When effects are not allowed here, or the value does not fit.
    fn set(&self, handle: &Handle, field: Name, value: Value) -> Result<(), Failure>;
    /// The object a reference field leads to; `None` when the field is no reference.
    fn target(&self, handle: &Handle, field: Name) -> Option<Name>;
    /// The records of `object` that match `filter` (the filter language as JSON), in `sort` order.
    ///
    /// # Errors
    /// When the filter is wrong or the store fails.
    fn find(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<RecordId>, Failure>;
    /// How many records of `object` match.
    ///
    /// # Errors
    /// As [`Host::find`].
    fn count(&self, object: Name, filter: &Json) -> Result<i64, Failure>;
    /// The sum of a number field over the matching records.
    ///
    /// # Errors
    /// As [`Host::find`].
    fn sum(&self, object: Name, field: Name, filter: &Json) -> Result<Decimal, Failure>;
    /// Evaluates a decision table. Inputs that are not given are computed by the table's own expressions
    /// over `this`. The result is the outputs by name; a list of them for hit policies R, O and C.
    ///
    /// # Errors
    /// When no row hits and the table does not allow that, or a hit policy is broken.
    fn table(&self, table: Name, this: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure>;
    /// The balance of a ledger over the given dimensions (all the rest summed up).
    ///
    /// # Errors
    /// When a dimension is unknown or the store fails.
    fn balance(&self, ledger: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Failure>;
    /// A setting of the book.
    ///
    /// # Errors
    /// When there is no such setting.
    fn setting(&self, name: Name) -> Result<Value, Failure>;
    /// Whether a script may run out of time, not only of steps. Where time is not real, what happens must not depend
    /// on how fast the machine is.
    fn is_timed(&self) -> bool {
        true
    }
    /// The instant of the command. The same for the whole commit.
    fn now(&self) -> Timestamp;
    /// The day of the command in the book's time zone.
    fn today(&self) -> Date;
    /// The day of an instant in the book's time zone. Books without one live in UTC.
    fn date_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
    /// The time of day of an instant in the book's time zone.
    fn time_of(&self, instant: Timestamp) -> Time {
        instant.to_zoned(jiff::tz::TimeZone::UTC).time()
    }
    /// The instant at which a day begins in the book's time zone.
    fn start_of(&self, date: Date) -> Timestamp {
        date.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }
    /// Working seconds between two instants, in the calendar of that name or the book's.
    ///
    /// # Errors
    /// When there is no such calendar.
    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure>;
    /// The instant at which `seconds` of working time have passed since `from`.
    ///
    /// # Errors
    /// When there is no such calendar.
    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure>;
    /// The name of the calendar that somebody works by; empty when it is the book's. Books without people have no
    /// other.
    ///
    /// # Errors
    /// When the store fails.
    fn calendar_of(&self, login: &str) -> Result<String, Failure> {
        let _everybody = login;
        Ok(String::new())
    }
    /// An effect that joins the commit.
    ///
    /// # Errors
    /// When effects are not allowed here, or the effect is refused.
    fn effect(&self, effect: Effect) -> Result<Option<RecordId>, Failure>;
}

/// What a table answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Outputs {
    /// One row's outputs, or an aggregate.
    One(Fields),
    /// Several rows' outputs.
    Many(Vec<Fields>),
}

/// What a script can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Creates a record; answers its id.
    Create(Name, Fields),
    /// Deletes a record.
    Delete(Name, RecordId),
    /// Takes a flow action of another record.
    Act(Name, RecordId, Name, Fields),
    /// Posts to a ledger.
    Post {
        /// The ledger.
        ledger: Name,
        /// Every dimension.
        dimensions: Fields,
        /// The signed amount.
        amount: Decimal,
        /// A remark.
        note: Option<String>,
    },
    /// Sends an in-app message.
    Notify {
        /// Logins.
        to: Vec<String>,
        /// What it says.
        say: Text,
    },
    /// Refuses the whole command with a message at a field.
    Refuse {
        /// The message.
        say: Text,
        /// The field it is about.
        field: Option<Name>,
    },
}
