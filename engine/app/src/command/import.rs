//! `formwork import`: a data file through its mapping, every row by rules and flows.

use std::path::PathBuf;

use formwork_integration::{
    error::Error,
    import::{Options, Report, run as run_import},
    mapping::Mapping,
};
use formwork_model::text;
use formwork_runtime::{book::Book, scenario::parse_actor};
use formwork_store::backend::Kind;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    console::Console,
    definitions,
    failure::{Exit, Failure},
    place,
};

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The mapping file, NAME.import.yaml ‖ 映射文件 NAME.import.yaml
    mapping: PathBuf,
    /// The data file, in place of the one the mapping names ‖ 数据文件，代替映射文件中指定的文件
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The folder that holds definitions/ ‖ 含有 definitions/ 的文件夹
    #[arg(long, default_value = ".", value_name = "DIR")]
    definitions: PathBuf,
    /// The data folder; the book in it is made when there is none ‖ 数据文件夹；其中没有账套时会新建
    #[arg(long, default_value = "data", value_name = "DIR")]
    data: PathBuf,
    /// The store of a new book: sled or fjall ‖ 新账套的存储：sled 或 fjall
    #[arg(long, value_name = "STORE")]
    store: Option<Kind>,
    /// Decides every row and writes nothing ‖ 试运行：逐行校验，不写入
    #[arg(long)]
    dry_run: bool,
    /// Where refused rows go, with the reasons: a CSV to correct and import again ‖ 被拒绝的行及原因写入此 CSV，修正后可再导入
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// Goes on with an import that stopped half-way ‖ 继续上次中断的导入
    #[arg(long)]
    resume: bool,
    /// Who imports: a login and its roles ‖ 导入人：登录名及角色
    #[arg(long = "as", default_value = "import", value_name = "ACTOR")]
    actor: String,
}

/// Imports a file.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    let catalog = definitions::catalog(&args.definitions, console)?;
    let mapping =
        Mapping::open(&args.mapping, args.from.as_deref(), &catalog).map_err(|error| explain(error, console))?;
    let folder = place::folder_of(&args.data, &catalog);
    let book = if args.dry_run && !folder.exists() {
        in_memory(catalog)?
    } else {
        place::open_or_make(&args.data, args.store, catalog, console)?
    };
    let mut options = Options::new(parse_actor(&args.actor).unlimited());
    options.dry_run = args.dry_run;
    options.errors.clone_from(&args.errors);
    if !args.dry_run {
        options.resume = Some(state_file(args, &mapping, &folder)?);
    }
    let report = with_bar(&book, &mapping, &options, console).map_err(|error| explain(error, console))?;
    tell(&report, args, console);
    Ok(if report.refused > 0 { Exit::Found } else { Exit::Done })
}

/// A dry run into a book that does not exist leaves none behind.
fn in_memory(catalog: std::sync::Arc<formwork_catalog::catalog::Catalog>) -> Result<Book, Failure> {
    let store = std::sync::Arc::new(formwork_store::embedded::Embedded::memory()?);
    Book::open(store, catalog, std::sync::Arc::new(formwork_model::clock::SystemClock))
        .map_err(|refusal| Failure::refusal(&refusal, None))
}

/// Where it is kept how far the import came: beside the book, by the name of the mapping.
fn state_file(args: &Args, mapping: &Mapping, folder: &std::path::Path) -> Result<PathBuf, Failure> {
    let file = folder.join(format!("import-{}.json", mapping.name));
    let shown = file.display();
    match (file.exists(), args.resume) {
        (true, false) => Err(Failure::usage(text!(
            "this import stopped half-way before; go on with --resume, or delete {shown} to begin anew",
            "此导入上次中断；请用 --resume 继续，或删除 {shown} 重新开始"
        ))),
        (false, true) => Err(Failure::usage(text!(
            "there is nothing to resume: no import of this mapping stopped half-way",
            "没有可继续的导入：此映射没有中断的导入"
        ))),
        _ => Ok(file),
    }
}

/// Runs the import behind a progress bar.
fn with_bar(book: &Book, mapping: &Mapping, options: &Options, console: &Console) -> Result<Report, Error> {
    let bar = ProgressBar::new(1000);
    let words = text!("rows, {{msg}} refused", "行，拒绝 {{msg}} 行");
    let template = format!("{{bar:40}} {{percent}} % · {{prefix}} {} · {{elapsed}}", console.words(&words));
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let report = run_import(book, mapping, options, &mut |report| {
        bar.set_prefix(report.read.to_string());
        bar.set_message(report.refused.to_string());
        if let Some(part) = report.part {
            bar.set_position(part.into());
        }
    });
    bar.finish_and_clear();
    report
}

fn tell(report: &Report, args: &Args, console: &Console) {
    for refused in &report.examples {
        let (row, code, en, zh) = (refused.row, refused.code, &refused.message.en, &refused.message.zh);
        let field = refused.field.as_deref().map(|field| format!(" {field}:")).unwrap_or_default();
        console.say(&text!("row {row}: [{code}]{field} {en}", "第 {row} 行：[{code}]{field} {zh}"));
    }
    let more = report.refused - report.examples.len() as u64;
    if more > 0 {
        console.say(&text!("… and {more} more", "……另有 {more} 行"));
    }
    for (code, n) in &report.codes {
        console.say(&text!("{n} × {code}", "{n} × {code}"));
    }
    let (read, created, updated) = (report.read, report.created, report.updated);
    let (skipped, refused) = (report.skipped, report.refused);
    let (dry_en, dry_zh) =
        if args.dry_run { ("dry run, nothing written: ", "试运行，未写入：") } else { ("", "") };
    console.answer_text(&text!(
        "{dry_en}{read} rows: {created} created, {updated} updated, {skipped} skipped, {refused} refused",
        "{dry_zh}共 {read} 行：新建 {created}，更新 {updated}，跳过 {skipped}，拒绝 {refused}"
    ));
    if report.resumed > 0 {
        let resumed = report.resumed;
        console.say(&text!("{resumed} rows had been done before", "其中 {resumed} 行此前已完成"));
    }
    if let (Some(file), true) = (&args.errors, report.refused > 0) {
        let shown = file.display();
        console.say(&text!("the refused rows are in {shown}", "被拒绝的行已写入 {shown}"));
    }
}

/// What is wrong with a mapping is shown at its place.
fn explain(error: Error, console: &Console) -> Failure {
    if let Error::Mapping(problems) = &error {
        console.say_diagnostics(&problems.diagnostics, &problems.sources);
    }
    error.into()
}
