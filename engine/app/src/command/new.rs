//! `formwork new`: files to begin with, which pass `formwork check`.

mod template;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use formwork_definition::kind::{Definitions, book::Access};
use formwork_model::{name::Name, render::summary, text, text::Text};

use crate::{
    console::Console,
    definitions,
    failure::{Exit, Failure},
};

/// The arguments of `new`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to begin: an object, a flow over an object, or a module with object, flow, form and scenario ‖ 新建什么：对象、流程，或包含对象、流程、表单和场景的模块
    what: What,
    /// Its name, in snake_case; a flow is called like its object ‖ 名称（snake_case）；流程与其对象同名
    name: String,
    /// The folder that holds definitions/ ‖ 含有 definitions/ 的文件夹
    #[arg(long = "in", default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// The module; by default the one of the object, or one called like the new thing ‖ 所属模块；默认为对象所在模块，或与名称相同
    #[arg(long, value_name = "MODULE")]
    module: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Object,
    Flow,
    Module,
}

/// Writes the files and checks the folder they are in.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let name = name(&args.name)?;
    let module = args.module.as_deref().map(self::name).transpose()?;
    fs::create_dir_all(&args.dir).map_err(|error| Failure::path(&args.dir, &error))?;
    let (_, known, _) = formwork_definition::load::load(&args.dir).map_err(|error| Failure::path(&args.dir, &error))?;
    let files = plan(args.what, name, module, &known)?;
    for (path, text) in &files {
        write(&args.dir.join(path), text, console)?;
    }
    let checked = definitions::check(&args.dir)?;
    if checked.diagnostics.is_empty() {
        let shown = args.dir.display();
        console.say(&text!(
            "the folder passes `formwork check`; try `formwork test {shown}` and `formwork serve --definitions {shown} --dev`",
            "该文件夹已通过 `formwork check`；可试用 `formwork test {shown}` 和 `formwork serve --definitions {shown} --dev`"
        ));
        return Ok(Exit::Done);
    }
    console.answer_diagnostics(&checked.diagnostics, &checked.sources);
    console.say(&Text::same(summary(&checked.diagnostics, console.language)));
    Ok(if checked.diagnostics.has_errors() { Exit::Found } else { Exit::Done })
}

fn name(text: &str) -> Result<Name, Failure> {
    Name::new(text).map_err(|invalid| {
        Failure::usage(text!(
            "`{text}` is no name: {invalid}",
            "`{text}` 不是有效名称：名称由小写字母、数字和 `_` 组成，以字母开头，最多 64 个字符"
        ))
    })
}

/// The files, relative to the folder.
fn plan(what: What, name: Name, module: Option<Name>, known: &Definitions) -> Result<Vec<(String, String)>, Failure> {
    let home = known.objects.iter().find(|object| object.body.object.value.0 == name).map(|object| &object.module);
    let mut files = Vec::new();
    let guarded = is_guarded(known);
    if known.books.is_empty() {
        files.push(("definitions/book.book.yaml".to_owned(), template::book()));
    }
    match (what, home) {
        (What::Object, _) => {
            let module = module.unwrap_or(name);
            files.push((format!("definitions/{module}/{name}.object.yaml"), template::object(name)));
            files.extend(guarded.then(|| role(name, module)));
        }
        (What::Flow, Some(home)) => {
            let module = module.map_or_else(|| home.to_string(), |module| module.to_string());
            files.push((format!("definitions/{module}/{name}.flow.yaml"), template::flow(name)));
        }
        (What::Flow, None) => {
            return Err(Failure::usage(text!(
                "a flow is over an object, and there is no object `{name}`; `formwork new object {name}` writes one",
                "流程建立在对象之上，但没有对象 `{name}`；可先用 `formwork new object {name}` 生成"
            )));
        }
        (What::Module, _) => {
            let module = module.unwrap_or(name);
            files.push((format!("definitions/{module}/{name}.object.yaml"), template::object(name)));
            files.push((format!("definitions/{module}/{name}.flow.yaml"), template::flow(name)));
            files.push((format!("forms/{module}/{name}_edit.form.yaml"), template::form(name)));
            files.extend(guarded.then(|| role(name, module)));
            let scenario = template::scenario(name, guarded);
            files.push((format!("tests/scenarios/{module}/{name}.scenario.yaml"), scenario));
        }
    }
    Ok(files)
}

/// Whether roles say who may do what, so that nobody can do anything with an object without one.
fn is_guarded(known: &Definitions) -> bool {
    known.books.iter().any(|book| book.body.access.as_ref().is_none_or(|access| access.value != Access::Open))
}

fn role(name: Name, module: Name) -> (String, String) {
    (format!("definitions/{module}/{name}_staff.role.yaml"), template::role(name))
}

/// Writes a file that does not exist yet.
fn write(path: &Path, text: &str, console: &Console) -> Result<(), Failure> {
    let shown = path.display();
    if path.exists() {
        return Err(Failure::usage(text!(
            "{shown} exists already; nothing was changed in it",
            "{shown} 已存在，未做改动"
        )));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::path(folder, &error))?;
    }
    fs::write(path, text).map_err(|error| Failure::path(path, &error))?;
    console.answer(shown.to_string());
    Ok(())
}
