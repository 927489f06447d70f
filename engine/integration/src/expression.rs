//! Expressions of mapping files: Rhai over one row, checked before the first row is read.

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, parse_value::render_json};
use formwork_definition::yaml::script_origin;
use formwork_model::{
    code, diagnostic::Diagnostics, id::RecordId, name::Name, record::Fields, source::Sources, text, value::Value,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Input},
};
use formwork_script::{
    compile::Compiler,
    convert::val_to_json,
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
    origin::Origin,
    program::{Mode, Program, Vars},
    shape::Shape,
    world::World,
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::read_tree::Word;

/// Compiles expressions that see `row`, whose entries are the columns of the data file.
pub(crate) struct RowCompiler<'a> {
    compiler: Compiler,
    catalog: &'a Catalog,
    sources: &'a Sources,
    row: Shape,
}

impl<'a> RowCompiler<'a> {
    pub(crate) fn new(catalog: &'a Catalog, sources: &'a Sources, columns: &[Name], out: &mut Diagnostics) -> Self {
        let row = Shape::Map(columns.iter().map(|name| (*name, Shape::Text)).collect());
        let compiler = Compiler::new(catalog.sandbox.clone(), &[], &Outside(catalog), out);
        Self { compiler, catalog, sources, row }
    }

    /// Compiles one expression; a leading `=` is left out.
    pub(crate) fn compile(&self, word: &Word, out: &mut Diagnostics) -> Option<Program> {
        let text = word.value.trim();
        let text = text.strip_prefix('=').unwrap_or(text).trim();
        let origin = match self.sources.get(word.span.source) {
            Some(source) => {
                let place = script_origin(&source.text, word.span);
                Origin::scalar(word.span, source.text.clone()).skip(place.skipped)
            }
            None => Origin::inline(word.span),
        };
        let variables = [("row", self.row.clone())];
        self.compiler.compile(text, Mode::Expression, origin, &variables, &Outside(self.catalog), out)
    }
}

/// What a mapping's expressions may name: settings and tables, but no records.
struct Outside<'a>(&'a Catalog);

impl World for Outside<'_> {
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
    fn setting(&self, name: &str) -> Option<Shape> {
        let name = Name::find(name)?;
        self.0.book.settings.get(&name).map(|setting| Shape::of(&setting.kind, (name, name)))
    }
    fn settings(&self) -> Vec<&str> {
        self.0.book.settings.keys().map(|name| name.as_str()).collect()
    }
    fn table(&self, name: &str) -> Option<Shape> {
        let table = self.0.tables.get(&Name::find(name)?)?;
        let outputs = table.outputs.iter();
        let one = Shape::Map(outputs.map(|o| (o.name, Shape::of(&o.kind, (table.name, o.name)))).collect());
        Some(if table.hit.is_list() { Shape::List(Box::new(one)) } else { one })
    }
    fn table_inputs(&self, name: &str) -> Vec<&str> {
        let table = Name::find(name).and_then(|name| self.0.tables.get(&name));
        table.into_iter().flat_map(|table| &table.inputs).map(|input| input.name.as_str()).collect()
    }
    fn tables(&self) -> Vec<&str> {
        self.0.tables.keys().map(|name| name.as_str()).collect()
    }
    fn ledger(&self, _: &str) -> Option<Vec<(Name, Shape)>> {
        None
    }
    fn ledgers(&self) -> Vec<&str> {
        Vec::new()
    }
    fn calendar(&self, name: &str) -> bool {
        Name::find(name).is_some_and(|name| self.0.calendars.contains_key(&name))
    }
    fn calendars(&self) -> Vec<&str> {
        self.0.calendars.keys().map(|name| name.as_str()).collect()
    }
    fn action(&self, _: Name, _: &str) -> bool {
        false
    }
}

/// Runs expressions over rows.
pub(crate) struct RowHost<'a> {
    pub(crate) book: &'a Book,
    pub(crate) catalog: &'a Catalog,
    pub(crate) actor: &'a Actor,
}

impl RowHost<'_> {
    /// What the expression gives for this row.
    pub(crate) fn eval(&self, program: &Program, row: &Arc<Fields>) -> Result<Json, Failure> {
        let vars = Vars::new().with("row", Handle::Fixed(None, row.clone()));
        self.catalog.sandbox.eval(program, self, &vars).map(|val| val_to_json(&val))
    }

    /// Whether the condition holds for this row.
    pub(crate) fn holds(&self, program: &Program, row: &Arc<Fields>) -> Result<bool, Failure> {
        let vars = Vars::new().with("row", Handle::Fixed(None, row.clone()));
        self.catalog.sandbox.eval_bool(program, self, &vars)
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        self.catalog.book.zone.clone()
    }
}

/// Records are out of reach: a mapping is about what the file says.
fn out_of_reach<T>() -> Result<T, Failure> {
    let message = text!("a mapping file can't read records", "映射文件不能读取记录");
    Err(Failure::new(code!("script-failed"), message))
}

impl Host for RowHost<'_> {
    fn get(&self, _: &Handle, _: Name) -> Result<Value, Failure> {
        Ok(Value::Null)
    }
    fn set(&self, _: &Handle, _: Name, _: Value) -> Result<(), Failure> {
        out_of_reach()
    }
    fn target(&self, _: &Handle, _: Name) -> Option<Name> {
        None
    }
    fn find(&self, _: Name, _: &Json, _: Option<&str>, _: usize) -> Result<Vec<RecordId>, Failure> {
        out_of_reach()
    }
    fn count(&self, _: Name, _: &Json) -> Result<i64, Failure> {
        out_of_reach()
    }
    fn sum(&self, _: Name, _: Name, _: &Json) -> Result<Decimal, Failure> {
        out_of_reach()
    }
    fn table(&self, table: Name, _: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure> {
        let inputs: Input = inputs.iter().map(|(name, value)| (name.to_string(), render_json(value))).collect();
        Ok(self.book.evaluate(table, None, &inputs, self.actor)?.0)
    }
    fn balance(&self, _: Name, _: &Fields, _: Option<Date>) -> Result<Decimal, Failure> {
        out_of_reach()
    }
    fn setting(&self, name: Name) -> Result<Value, Failure> {
        match self.catalog.book.settings.get(&name) {
            Some(setting) => Ok(setting.default.clone()),
            None => Err(Failure::new(code!("unknown-setting"), text!("no setting `{name}`", "没有设置 `{name}`"))),
        }
    }
    fn now(&self) -> Timestamp {
        self.book.now()
    }
    fn today(&self) -> Date {
        self.date_of(self.now())
    }
    fn time_of(&self, instant: Timestamp) -> Time {
        instant.to_zoned(self.zone()).time()
    }
    fn date_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone()).date()
    }
    fn start_of(&self, date: Date) -> Timestamp {
        date.to_zoned(self.zone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }
    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure> {
        Ok(self.book.working_calendar(calendar)?.elapsed(from, to))
    }
    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure> {
        Ok(self.book.working_calendar(calendar)?.add(from, seconds))
    }
    fn calendar_of(&self, login: &str) -> Result<String, Failure> {
        Ok(self.book.calendar_of(login)?)
    }
    fn effect(&self, _: Effect) -> Result<Option<RecordId>, Failure> {
        out_of_reach()
    }
}
