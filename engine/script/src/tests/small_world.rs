//! A customer, an order with lines, a table, a setting and a ledger.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use formwork_model::{
    diagnostic::Diagnostics,
    id::{CommandId, RecordId},
    name::Name,
    record::{Fields, Row},
    source::Span,
    text,
    value::Value,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{
    compile::Compiler,
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
    origin::Origin,
    program::{Mode, Program, Vars},
    sandbox::Sandbox,
    shape::Shape,
    val::Val,
    world::World,
};

pub(super) fn name(text: &str) -> Name {
    Name::intern(text)
}

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn id(n: u32) -> RecordId {
    RecordId::derive(CommandId::from_bytes([n as u8; 16]), Timestamp::UNIX_EPOCH, n)
}

pub(super) fn order() -> Handle {
    Handle::Record(name("order"), id(1))
}

/// What the scripts run against; remembers what they do.
#[derive(Debug, Default)]
pub(super) struct SmallHost {
    pub(super) records: HashMap<RecordId, Fields>,
    pub(super) done: RefCell<Vec<Effect>>,
    pub(super) set: RefCell<Vec<(Name, Value)>>,
    pub(super) asked: RefCell<Vec<String>>,
}

fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(key, value)| (name(key), value)).collect()
}

impl SmallHost {
    pub(super) fn new() -> Self {
        let line = |key, quantity: i64, price: &str| Row {
            key,
            fields: fields([
                ("quantity", Value::Int(quantity)),
                ("price", Value::Decimal(dec(price))),
                ("total", Value::Decimal(dec(price) * Decimal::from(quantity))),
            ]),
        };
        let order = fields([
            ("amount", Value::Decimal(dec("60000.00"))),
            ("discount", Value::Decimal(dec("8.5"))),
            ("stage", Value::from("open")),
            ("count", Value::Int(7)),
            ("title", Value::from("大单")),
            ("customer", Value::Ref(id(2))),
            ("due", Value::Date("2026-03-31".parse().unwrap())),
            ("sent_at", Value::Instant("2026-03-01T08:00:00Z".parse().unwrap())),
            ("open", Value::Bool(true)),
            ("lines", Value::Rows(vec![line(1, 2, "10.50"), line(2, 1, "0.10"), line(5, 4, "3")])),
        ]);
        let customer = fields([("level", Value::from("gold")), ("limit", Value::Decimal(dec("100")))]);
        let records = HashMap::from([(id(1), order), (id(2), customer)]);
        Self { records, ..Self::default() }
    }
}

impl Host for SmallHost {
    fn get(&self, handle: &Handle, field: Name) -> Result<Value, Failure> {
        Ok(match handle {
            Handle::Record(_, id) => self.records.get(id).map_or(Value::Null, |fields| fields.get(field).clone()),
            Handle::Row(_, id, lines, key) => self.records[id]
                .get(*lines)
                .rows()
                .iter()
                .find(|row| row.key == *key)
                .map_or(Value::Null, |row| row.fields.get(field).clone()),
            Handle::Fixed(_, fields) => fields.get(field).clone(),
        })
    }
    fn set(&self, _: &Handle, field: Name, value: Value) -> Result<(), Failure> {
        self.set.borrow_mut().push((field, value));
        Ok(())
    }
    fn target(&self, _: &Handle, field: Name) -> Option<Name> {
        matches!(field.as_str(), "customer" | "backup").then(|| name("customer"))
    }
    fn find(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<RecordId>, Failure> {
        self.asked.borrow_mut().push(format!("{object} {filter} {sort:?} {limit}"));
        Ok(vec![id(2)])
    }
    fn count(&self, object: Name, filter: &Json) -> Result<i64, Failure> {
        self.asked.borrow_mut().push(format!("{object} {filter}"));
        Ok(3)
    }
    fn sum(&self, _: Name, _: Name, _: &Json) -> Result<Decimal, Failure> {
        Ok(dec("12.5"))
    }
    fn table(&self, _: Name, this: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure> {
        let level = if this.is_some() { 2 } else { 0 } + inputs.len() as i64;
        Ok(Outputs::One(fields([("level", Value::Int(level))])))
    }
    fn balance(&self, _: Name, dimensions: &Fields, _: Option<Date>) -> Result<Decimal, Failure> {
        Ok(Decimal::from(dimensions.len()))
    }
    fn setting(&self, _: Name) -> Result<Value, Failure> {
        Ok(Value::Int(50_000))
    }
    fn now(&self) -> Timestamp {
        "2026-03-15T04:00:00Z".parse().unwrap()
    }
    fn today(&self) -> Date {
        "2026-03-15".parse().unwrap()
    }
    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure> {
        Ok((to.as_second() - from.as_second()) / if calendar.is_some() { 2 } else { 3 })
    }
    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure> {
        Ok(from + jiff::SignedDuration::from_secs(seconds * if calendar.is_some() { 2 } else { 3 }))
    }
    fn calendar_of(&self, login: &str) -> Result<String, Failure> {
        Ok(if login == "li" { "service".into() } else { String::new() })
    }
    fn effect(&self, effect: Effect) -> Result<Option<RecordId>, Failure> {
        if let Effect::Refuse { say, field } = &effect {
            let mut failure = Failure::new(formwork_model::code!("unknown-choice"), say.clone());
            failure.field = *field;
            return Err(failure);
        }
        let made = matches!(effect, Effect::Create(..)).then(|| id(9));
        self.done.borrow_mut().push(effect);
        Ok(made)
    }
}

/// What the checks know.
#[derive(Debug)]
pub(super) struct SmallWorld;

fn order_field(field: &str) -> Option<Shape> {
    Some(match field {
        "amount" | "discount" => Shape::Decimal,
        "stage" => Shape::Choice(vec![name("open"), name("won"), name("lost")]),
        "count" => Shape::Int,
        "title" | "note" | "id" => Shape::Text,
        "customer" | "backup" => Shape::Record(name("customer")),
        "due" => Shape::Date,
        "sent_at" => Shape::Instant,
        "open" => Shape::Bool,
        "place" => Shape::Geo,
        "lines" => Shape::List(Box::new(Shape::Row(name("order"), name("lines")))),
        _ => return None,
    })
}

impl World for SmallWorld {
    fn field(&self, object: Name, field: &str) -> Option<Shape> {
        match (object.as_str(), field) {
            ("order", field) => order_field(field),
            (_, "level") => Some(Shape::Text),
            (_, "limit") => Some(Shape::Decimal),
            (_, "parent") => Some(Shape::Record(name("customer"))),
            _ => None,
        }
    }
    fn fields(&self, _: Name) -> Vec<&str> {
        vec!["amount", "discount", "stage", "customer", "lines", "level", "limit"]
    }
    fn row_field(&self, _: Name, _: Name, field: &str) -> Option<Shape> {
        matches!(field, "quantity" | "price" | "total").then_some(Shape::Decimal)
    }
    fn row_fields(&self, _: Name, _: Name) -> Vec<&str> {
        vec!["quantity", "price", "total"]
    }
    fn object(&self, object: &str) -> Option<Name> {
        matches!(object, "order" | "customer").then(|| name(object))
    }
    fn objects(&self) -> Vec<&str> {
        vec!["order", "customer"]
    }
    fn setting(&self, setting: &str) -> Option<Shape> {
        (setting == "big_deal").then_some(Shape::Int)
    }
    fn settings(&self) -> Vec<&str> {
        vec!["big_deal"]
    }
    fn table(&self, table: &str) -> Option<Shape> {
        (table == "discount_level").then(|| Shape::Map(vec![(name("level"), Shape::Int)]))
    }
    fn table_inputs(&self, _: &str) -> Vec<&str> {
        vec!["discount"]
    }
    fn tables(&self) -> Vec<&str> {
        vec!["discount_level"]
    }
    fn ledger(&self, ledger: &str) -> Option<Vec<(Name, Shape)>> {
        (ledger == "credit").then(|| vec![(name("customer"), Shape::Record(name("customer")))])
    }
    fn ledgers(&self) -> Vec<&str> {
        vec!["credit"]
    }
    fn calendar(&self, name: &str) -> bool {
        name == "service"
    }
    fn calendars(&self) -> Vec<&str> {
        vec!["service"]
    }
    fn action(&self, _: Name, action: &str) -> bool {
        action == "submit"
    }
}

/// One for all tests: making it costs milliseconds in a debug build.
pub(super) fn sandbox() -> Sandbox {
    static SANDBOX: std::sync::OnceLock<Sandbox> = std::sync::OnceLock::new();
    SANDBOX.get_or_init(make_sandbox).clone()
}

fn make_sandbox() -> Sandbox {
    let names = ["amount", "discount", "stage", "count", "title", "customer", "level", "lines", "price", "quantity"];
    // Names the world knows although no getter is registered for them go through the indexer.
    for other in ["due", "sent_at", "total", "limit", "parent", "big_deal", "discount_level", "credit", "submit"] {
        name(other);
    }
    Sandbox::new(names.map(name))
}

pub(super) fn variables() -> Vec<(&'static str, Shape)> {
    vec![
        ("this", Shape::Record(name("order"))),
        ("old", Shape::Record(name("order"))),
        ("user", Shape::Map(vec![(name("login"), Shape::Text)])),
    ]
}

/// Compiles; gives the program and every finding as `code` and the text under it.
pub(super) fn check(text: &str, mode: Mode, library: &str) -> (Option<Program>, Vec<(String, String)>) {
    let source: Arc<str> = text.into();
    let library_source: Arc<str> = library.into();
    let mut out = Diagnostics::default();
    let origin = Origin::block(Span { source: 0, start: 0, end: text.len() as u32 }, 0).with_text(source.clone());
    let files = [(library_source.clone(), Origin::file(1).with_text(library_source.clone()))];
    let files = if library.is_empty() { &files[..0] } else { &files[..] };
    let compiler = Compiler::new(sandbox(), files, &SmallWorld, &mut out);
    let program = compiler.compile(text, mode, origin, &variables(), &SmallWorld, &mut out);
    let found = out
        .iter()
        .map(|finding| {
            let text = if finding.at.source == 0 { &source } else { &library_source };
            let under = text.get(finding.at.start as usize..finding.at.end as usize).unwrap_or("?");
            (finding.code.to_string(), under.to_owned())
        })
        .collect();
    (program, found)
}

#[track_caller]
pub(super) fn program(text: &str, mode: Mode) -> Program {
    let (program, found) = check(text, mode, "");
    program.unwrap_or_else(|| panic!("{text}: {found:?}"))
}

pub(super) fn vars() -> Vars {
    let user = Fields::from_iter([(name("login"), Value::from("wang"))]);
    Vars::this(order()).with("old", order()).with("user", Handle::Fixed(None, Arc::new(user)))
}

/// The value of an expression, which must be the same with and without Rhai.
#[track_caller]
pub(super) fn eval(text: &str) -> Val {
    let program = program(text, Mode::Expression);
    let host = SmallHost::new();
    let fast = sandbox().eval(&program, &host, &vars()).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
    let slow = sandbox().eval_in_rhai(&program, &host, &vars()).unwrap();
    assert_eq!(format!("{fast:?}"), format!("{slow:?}"), "{text}");
    fast
}

#[track_caller]
pub(super) fn fails(text: &str) -> Failure {
    let program = program(text, Mode::Expression);
    sandbox().eval(&program, &SmallHost::new(), &vars()).expect_err(text)
}

/// Runs a script and gives what it did.
#[track_caller]
pub(super) fn run(text: &str) -> (Result<Val, Failure>, SmallHost) {
    let host = SmallHost::new();
    let result = sandbox().eval(&program(text, Mode::Script), &host, &vars());
    (result, host)
}

pub(super) fn message(en: &str, zh: &str) -> formwork_model::text::Text {
    let (en, zh) = (en.to_owned(), zh.to_owned());
    text!("{en}", "{zh}")
}
