//! An evaluation inside another: a host that computes a field with a script while a script reads it.

use formwork_model::{id::RecordId, name::Name, record::Fields, value::Value};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::small_world::{SmallHost, name, program, sandbox, vars};
use crate::{
    compile::Compiler,
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
    program::{Mode, Program},
    sandbox::Sandbox,
    val::Val,
};

struct Computing {
    inner: SmallHost,
    limit: Program,
}

impl Host for Computing {
    fn get(&self, handle: &Handle, field: Name) -> Result<Value, Failure> {
        if field == "limit" {
            return sandbox().eval_in_rhai(&self.limit, self, &vars()).map(Val::into_value);
        }
        self.inner.get(handle, field)
    }
    fn set(&self, handle: &Handle, field: Name, value: Value) -> Result<(), Failure> {
        self.inner.set(handle, field, value)
    }
    fn target(&self, handle: &Handle, field: Name) -> Option<Name> {
        self.inner.target(handle, field)
    }
    fn find(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<RecordId>, Failure> {
        self.inner.find(object, filter, sort, limit)
    }
    fn count(&self, object: Name, filter: &Json) -> Result<i64, Failure> {
        self.inner.count(object, filter)
    }
    fn sum(&self, object: Name, field: Name, filter: &Json) -> Result<Decimal, Failure> {
        self.inner.sum(object, field, filter)
    }
    fn table(&self, table: Name, this: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure> {
        self.inner.table(table, this, inputs)
    }
    fn balance(&self, ledger: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Failure> {
        self.inner.balance(ledger, dimensions, at)
    }
    fn setting(&self, name: Name) -> Result<Value, Failure> {
        self.inner.setting(name)
    }
    fn now(&self) -> Timestamp {
        self.inner.now()
    }
    fn today(&self) -> Date {
        self.inner.today()
    }
    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure> {
        self.inner.working_time(from, to, calendar)
    }
    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure> {
        self.inner.add_working_time(from, seconds, calendar)
    }
    fn calendar_of(&self, login: &str) -> Result<String, Failure> {
        self.inner.calendar_of(login)
    }
    fn effect(&self, effect: Effect) -> Result<Option<RecordId>, Failure> {
        self.inner.effect(effect)
    }
}

#[test]
fn an_evaluation_may_run_inside_another() {
    let host = Computing {
        inner: SmallHost::new(),
        limit: program("this.lines.map(|r| r.price).sum() + 1", Mode::Expression),
    };
    let script = program("this.title = `${this.customer.limit}`; this.customer.limit", Mode::Script);
    let val = sandbox().eval(&script, &host, &vars()).unwrap();
    assert_eq!(val.into_value(), Value::Decimal("14.60".parse().unwrap()));
    assert_eq!(*host.inner.set.borrow(), [(name("title"), Value::from("14.60"))]);
}

#[test]
fn programs_serve_every_thread() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug>() {}
    shared::<Program>();
    shared::<Sandbox>();
    shared::<Compiler>();
}
