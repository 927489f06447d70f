//! `formwork eval`: one expression over a record, or one decision table.

mod world;

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, parse_value::render_json, source::Program};
use formwork_model::{
    diagnostic::Diagnostics,
    id::RecordId,
    name::Name,
    nearest::nearest,
    record::Fields,
    source::{Sources, Span},
    text,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Input},
    scenario::parse_actor,
};
use formwork_script::{
    compile::Compiler, convert::val_to_json, host::Outputs, origin::Origin, program::Mode, shape::Shape,
};
use serde_json::{Value as Json, json};

use crate::{
    console::Console,
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `eval`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["expression", "table"]))]
pub(crate) struct Args {
    /// The expression, such as 'this.amount * 2' ‖ 表达式，例如 'this.amount * 2'
    expression: Option<String>,
    #[command(flatten)]
    which: Which,
    /// The record that `this` is: OBJECT/ID, the id may be a number or a unique value ‖ `this` 所指的记录：对象/ID（也可用编号或唯一值）
    #[arg(long, value_name = "OBJECT/ID")]
    record: Option<String>,
    /// Evaluates this decision table ‖ 计算此决策表
    #[arg(long, value_name = "NAME", conflicts_with = "expression")]
    table: Option<String>,
    /// The inputs of the table, as JSON ‖ 决策表的输入（JSON）
    #[arg(long, value_name = "JSON", requires = "table")]
    inputs: Option<String>,
    /// Who asks: a login and its roles ‖ 以谁的身份：登录名及角色
    #[arg(long = "as", default_value = "system", value_name = "ACTOR")]
    actor: String,
}

/// Evaluates and prints JSON.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let book = args.which.open(console)?;
    let actor = parse_actor(&args.actor).unlimited();
    let this = args.record.as_deref().map(|place| find(&book, place)).transpose()?;
    let answer = match (&args.table, &args.expression, this) {
        (Some(table), _, this) => evaluate_table(&book, table, args.inputs.as_deref(), this, &actor)?,
        (None, Some(expression), Some(this)) => evaluate(&book, expression, this, &actor, console)?,
        _ => {
            return Err(Failure::usage(text!(
                "an expression is evaluated over a record: add --record OBJECT/ID",
                "表达式需要针对一条记录计算：请加 --record 对象/ID"
            )));
        }
    };
    console.answer(serde_json::to_string_pretty(&answer).unwrap_or_default());
    Ok(Exit::Done)
}

/// Reads `OBJECT/ID`.
pub(crate) fn find(book: &Book, place: &str) -> Result<(Name, RecordId), Failure> {
    let Some((object, id)) = place.split_once('/') else {
        return Err(Failure::usage(text!(
            "--record is OBJECT/ID, not `{place}`",
            "--record 应为 对象/ID，而不是 `{place}`"
        )));
    };
    let catalog = book.catalog();
    let Some(object) = catalog.find_object(object).map(|object| object.name) else {
        let near = nearest(object, catalog.objects.keys().map(|name| name.as_str()));
        let near = near.map(|near| format!(" ({near}?)")).unwrap_or_default();
        return Err(Failure::usage(text!("there is no object `{object}`{near}", "没有对象 `{object}`{near}")));
    };
    let found = match id.parse() {
        Ok(id) => Some(id),
        Err(_) => book.resolve(object, &json!(id)).map_err(|refusal| Failure::refusal(&refusal, Some(&catalog)))?,
    };
    let found = found.ok_or_else(|| Failure::usage(text!("there is no {object} `{id}`", "没有 {object} `{id}`")))?;
    Ok((object, found))
}

fn evaluate(
    book: &Book,
    text: &str,
    this: (Name, RecordId),
    actor: &Actor,
    console: &Console,
) -> Result<Json, Failure> {
    let catalog = book.catalog();
    let program = compile(&catalog, text, this.0, console)?;
    let value = book.evaluate_expression(&program, this, actor).map_err(|refusal| Failure::refusal(&refusal, None))?;
    Ok(val_to_json(&value))
}

/// Compiles an expression over records of `object`, with the functions of the folder's scripts.
fn compile(catalog: &Catalog, text: &str, object: Name, console: &Console) -> Result<Program, Failure> {
    let mut out = Diagnostics::default();
    let world = world::Known(catalog);
    let scripts = catalog.sources.iter().enumerate().filter(|(_, source)| source.path.ends_with(".rhai"));
    let library: Vec<_> = scripts
        .map(|(i, source)| (source.text.clone(), Origin::file(i as u32).with_text(source.text.clone())))
        .collect();
    let compiler = Compiler::new(catalog.sandbox.clone(), &library, &world, &mut Diagnostics::default());
    let mut sources = Sources::default();
    let written: Arc<str> = text.into();
    let source = sources.add("expression", written.clone());
    let origin = Origin::scalar(Span { source, start: 0, end: text.len() as u32 }, written);
    let variables = [("this", Shape::Record(object)), ("old", Shape::Record(object)), ("user", world::user())];
    match compiler.compile(text, Mode::Expression, origin, &variables, &world, &mut out) {
        Some(program) => Ok(Arc::new(program)),
        None => {
            console.say_diagnostics(&out, &sources);
            Err(Failure::found(text!("the expression has errors", "表达式有错误")))
        }
    }
}

fn evaluate_table(
    book: &Book,
    table: &str,
    inputs: Option<&str>,
    this: Option<(Name, RecordId)>,
    actor: &Actor,
) -> Result<Json, Failure> {
    let catalog = book.catalog();
    let Some(name) = Name::find(table).filter(|name| catalog.tables.contains_key(name)) else {
        let near = nearest(table, catalog.tables.keys().map(|name| name.as_str()));
        let near = near.map(|near| format!(" ({near}?)")).unwrap_or_default();
        return Err(Failure::usage(text!("there is no table `{table}`{near}", "没有决策表 `{table}`{near}")));
    };
    let inputs: Input = match inputs {
        None => Input::new(),
        Some(written) => serde_json::from_str(written).map_err(|error| {
            Failure::usage(text!("--inputs is no JSON object: {error}", "--inputs 不是 JSON 对象：{error}"))
        })?,
    };
    let (outputs, fired) =
        book.evaluate(name, this, &inputs, actor).map_err(|refusal| Failure::refusal(&refusal, Some(&catalog)))?;
    Ok(json!({"outputs": render(&outputs), "fired": fired}))
}

fn render(outputs: &Outputs) -> Json {
    let one = |fields: &Fields| {
        let fields = fields.iter().map(|(name, value)| (name.to_string(), render_json(value)));
        Json::Object(fields.collect())
    };
    match outputs {
        Outputs::One(fields) => one(fields),
        Outputs::Many(rows) => rows.iter().map(one).collect(),
    }
}
