//! Measures a guard against bare Rhai: `cargo run --release -p formwork-script --example guard`.

use std::{hint::black_box, time::Instant};

use formwork_model::{
    diagnostic::Diagnostics,
    id::{CommandId, RecordId},
    name::Name,
    record::Fields,
    source::Span,
    value::Value,
};
use formwork_script::{
    compile::Compiler,
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
    origin::Origin,
    program::{Mode, Vars},
    sandbox::Sandbox,
    shape::Shape,
    world::World,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value as Json;

const GUARD: &str = "this.amount > 50000 && this.discount <= 10 && this.stage == \"open\"";
const BARE: &str = "amount > 50000 && discount <= 10 && stage == \"open\"";
const ROUNDS: u32 = 400_000;

struct OneRecord(Fields);

fn refused() -> Failure {
    Failure::new(formwork_model::code!("script-failed"), formwork_model::text!("not here", "此处不可用"))
}

impl Host for OneRecord {
    fn get(&self, _: &Handle, field: Name) -> Result<Value, Failure> {
        Ok(self.0.get(field).clone())
    }
    fn set(&self, _: &Handle, _: Name, _: Value) -> Result<(), Failure> {
        Err(refused())
    }
    fn target(&self, _: &Handle, _: Name) -> Option<Name> {
        None
    }
    fn find(&self, _: Name, _: &Json, _: Option<&str>, _: usize) -> Result<Vec<RecordId>, Failure> {
        Err(refused())
    }
    fn count(&self, _: Name, _: &Json) -> Result<i64, Failure> {
        Err(refused())
    }
    fn sum(&self, _: Name, _: Name, _: &Json) -> Result<Decimal, Failure> {
        Err(refused())
    }
    fn table(&self, _: Name, _: Option<&Handle>, _: &Fields) -> Result<Outputs, Failure> {
        Err(refused())
    }
    fn balance(&self, _: Name, _: &Fields, _: Option<Date>) -> Result<Decimal, Failure> {
        Err(refused())
    }
    fn setting(&self, _: Name) -> Result<Value, Failure> {
        Err(refused())
    }
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn today(&self) -> Date {
        Date::ZERO
    }
    fn working_time(&self, _: Timestamp, _: Timestamp, _: Option<&str>) -> Result<i64, Failure> {
        Ok(0)
    }
    fn add_working_time(&self, from: Timestamp, _: i64, _: Option<&str>) -> Result<Timestamp, Failure> {
        Ok(from)
    }
    fn effect(&self, _: Effect) -> Result<Option<RecordId>, Failure> {
        Err(refused())
    }
}

/// Knows nothing, so that everything is allowed.
struct NoWorld;

impl World for NoWorld {
    fn field(&self, _: Name, _: &str) -> Option<Shape> {
        None
    }
    fn fields(&self, _: Name) -> Vec<&str> {
        Vec::new()
    }
    fn row_field(&self, _: Name, _: Name, _: &str) -> Option<Shape> {
        None
    }
    fn row_fields(&self, _: Name, _: Name) -> Vec<&str> {
        Vec::new()
    }
    fn object(&self, _: &str) -> Option<Name> {
        None
    }
    fn objects(&self) -> Vec<&str> {
        Vec::new()
    }
    fn setting(&self, _: &str) -> Option<Shape> {
        None
    }
    fn settings(&self) -> Vec<&str> {
        Vec::new()
    }
    fn table(&self, _: &str) -> Option<Shape> {
        None
    }
    fn table_inputs(&self, _: &str) -> Vec<&str> {
        Vec::new()
    }
    fn tables(&self) -> Vec<&str> {
        Vec::new()
    }
    fn ledger(&self, _: &str) -> Option<Vec<(Name, Shape)>> {
        None
    }
    fn ledgers(&self) -> Vec<&str> {
        Vec::new()
    }
    fn calendar(&self, _: &str) -> bool {
        false
    }
    fn calendars(&self) -> Vec<&str> {
        Vec::new()
    }
    fn action(&self, _: Name, _: &str) -> bool {
        false
    }
}

fn nanoseconds(mut once: impl FnMut() -> bool) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            assert!(black_box(once()));
        }
        best = best.min(started.elapsed().as_nanos() as f64 / f64::from(ROUNDS));
    }
    best
}

fn main() {
    let amount = Decimal::from(60_000);
    let discount = Decimal::new(85, 1);
    let engine = rhai::Engine::new();
    let mut scope = rhai::Scope::new();
    scope.push("amount", amount).push("discount", discount).push("stage", "open");
    let ast = match engine.compile_expression_with_scope(&scope, BARE) {
        Ok(ast) => ast,
        Err(error) => return eprintln!("{error}"),
    };
    let bare = nanoseconds(|| engine.eval_ast_with_scope::<bool>(&mut scope, &ast).unwrap_or(false));

    let name = Name::intern;
    let fields = [
        (name("amount"), Value::Decimal(amount)),
        (name("discount"), Value::Decimal(discount)),
        (name("stage"), Value::text("open")),
    ];
    let sandbox = Sandbox::new(fields.iter().map(|(name, _)| *name));
    let host = OneRecord(fields.into_iter().collect());
    let mut out = Diagnostics::default();
    let compiler = Compiler::new(sandbox.clone(), &[], &NoWorld, &mut out);
    let origin = Origin::inline(Span::default());
    let Some(program) = compiler.compile(GUARD, Mode::Expression, origin, &[("this", Shape::Any)], &NoWorld, &mut out)
    else {
        return eprintln!("{out:?}");
    };
    let id = RecordId::derive(CommandId::from_bytes([1; 16]), Timestamp::UNIX_EPOCH, 0);
    let vars = Vars::this(Handle::Record(name("order"), id));
    let ours = nanoseconds(|| sandbox.eval_bool(&program, &host, &vars).unwrap_or(false));
    let in_rhai =
        nanoseconds(|| sandbox.eval_in_rhai(&program, &host, &vars).is_ok_and(|val| val.as_bool() == Some(true)));
    println!("bare Rhai with plain variables  {bare:8.0} ns");
    println!("guard, native path              {ours:8.0} ns  ratio {:.2}", ours / bare);
    println!("guard, through Rhai             {in_rhai:8.0} ns  ratio {:.2}", in_rhai / bare);
}
