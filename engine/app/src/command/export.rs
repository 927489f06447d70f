//! `formwork export`: records into a CSV or xlsx file.

use std::path::{Path, PathBuf};

use formwork_account::log::note;
use formwork_catalog::{
    filter::{Filter, parse_filter},
    object::{Object, SYSTEM_FIELDS},
};
use formwork_integration::export::{Export, to_csv, to_file};
use formwork_model::{name::Name, nearest::nearest, text, text::Text};
use formwork_runtime::{
    book::Book,
    command::Actor,
    export::Leaving,
    query::{Query, parse_sort},
    scenario::parse_actor,
};
use formwork_store::table::audit::What;
use indicatif::ProgressBar;

use crate::{
    audit_log,
    console::Console,
    credentials::{COMMAND_LINE, change},
    failure::{Exit, Failure},
    place::Which,
};

/// The arguments of `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object ‖ 对象
    #[arg(required_unless_present = "audit")]
    object: Option<String>,
    /// The audit log, as lines of JSON, in place of an object ‖ 导出审计日志（每行一个 JSON），代替对象
    #[arg(long, conflicts_with_all = ["object", "filter", "fields", "sort", "labels", "limit"])]
    audit: bool,
    #[command(flatten)]
    which: Which,
    /// For whom: a login and its roles; what they see, and as much as they may take out. By default the operator ‖ 为谁导出：登录名及角色，仅限其可见数据与导出额度；默认为运维人员
    #[arg(long = "as", value_name = "ACTOR", conflicts_with = "audit")]
    actor: Option<String>,
    /// Which records, as JSON: '{"amount": {"gte": 5000}}' ‖ 筛选条件（JSON）：'{"amount": {"gte": 5000}}'
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// The columns, by commas; by default every field ‖ 列，以逗号分隔；默认全部字段
    #[arg(long, value_delimiter = ',', value_name = "FIELDS")]
    fields: Vec<String>,
    /// The order, such as -amount,name ‖ 排序，例如 -amount,name
    #[arg(long, default_value = "", value_name = "FIELDS", allow_hyphen_values = true)]
    sort: String,
    /// The file, .csv or .xlsx; by default CSV to stdout ‖ 输出文件 .csv 或 .xlsx；默认 CSV 到 stdout
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Titles and options as people read them, in the language of messages ‖ 标题和选项用界面文字，而不是名称
    #[arg(long)]
    labels: bool,
    /// At most so many records ‖ 最多导出的记录数
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Exports a list, or the audit log. The audit log is told of it.
pub(crate) fn run(args: &Args, console: &Console) -> Result<Exit, Failure> {
    if args.audit {
        return audit_log::export(&*args.which.store()?, args.to.as_deref(), console);
    }
    let object = args.object.as_deref().unwrap_or_default();
    args.to.as_deref().map_or(Ok(()), check_file)?;
    let book = args.which.open(console)?;
    let export = read(args, object, &book, console)?;
    // The audit log is no place for what a sensitive field holds.
    let filter = args.filter.as_ref().filter(|_| !book.catalog().is_sensitive());
    let about = filter.map_or_else(|| object.to_owned(), |filter| format!("{object} {filter}"));
    let actor = match &args.actor {
        Some(actor) => {
            let actor = parse_actor(actor);
            let rows = allowed(&book, &actor, &export)?;
            leaves(&book, Leaving { login: actor.login.to_string(), about, address: String::new(), ..rows })?;
            actor
        }
        None => {
            // Before anything leaves: an export that breaks off has left all the same.
            let clock = book.clock().clone();
            change(&book, move |txn| note(txn, COMMAND_LINE, What::Export, &about, "", clock.now()))?;
            Actor::system()
        }
    };
    let Some(file) = &args.to else {
        to_csv(&book, &actor, &export, std::io::stdout().lock(), &mut |_| {})?;
        return Ok(Exit::Done);
    };
    let bar = ProgressBar::new_spinner();
    let written = to_file(&book, &actor, &export, file, &mut |written| bar.set_position(written as u64))?;
    bar.finish_and_clear();
    let shown = file.display();
    console.say(&text!("{written} records written to {shown}", "已导出 {written} 条记录到 {shown}"));
    Ok(Exit::Done)
}

/// Whether the name of a file says what it is to hold.
pub(super) fn check_file(file: &Path) -> Result<(), Failure> {
    let ends = |end: &str| file.extension().is_some_and(|known| known.eq_ignore_ascii_case(end));
    if ends("csv") || ends("xlsx") {
        return Ok(());
    }
    let shown = file.display();
    Err(Failure::usage(text!("{shown}: the file ends in .csv or .xlsx", "{shown}：文件名应以 .csv 或 .xlsx 结尾")))
}

/// How many rows would leave, and how many may: counted by writing them nowhere.
fn allowed(book: &Book, actor: &Actor, export: &Export) -> Result<Leaving, Failure> {
    let refused = |refusal| Failure::refusal(&refusal, Some(&book.catalog()));
    let most = book.eyes(actor).export_rows(export.query.object).map_err(refused)?;
    let mut counted = export.clone();
    if let Some(most) = most {
        let one_more = usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1);
        counted.query.limit = counted.query.limit.min(one_more);
    }
    let rows = to_csv(book, actor, &counted, std::io::sink(), &mut |_| {})?;
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    Ok(Leaving { login: String::new(), about: String::new(), address: String::new(), rows, most })
}

/// Writes into the audit log that rows leave, or that they may not.
pub(super) fn leaves(book: &Book, leaving: Leaving) -> Result<(), Failure> {
    let (clock, zone) = (book.clock().clone(), book.catalog().book.zone.clone());
    let noted = change(book, move |txn| {
        let now = clock.now();
        leaving.note(txn, now, now.to_zoned(zone.clone()).date())
    })?;
    noted.map_err(|refused| Failure::refusal(&refused.into(), Some(&book.catalog())))
}

fn read(args: &Args, object: &str, book: &Book, console: &Console) -> Result<Export, Failure> {
    let catalog = book.catalog();
    let wrong = object;
    let Some(object) = catalog.find_object(object) else {
        return Err(unknown(
            text!("there is no object `{wrong}`", "没有对象 `{wrong}`"),
            nearest(wrong, catalog.objects.keys().map(|name| name.as_str())),
        ));
    };
    let filter = match &args.filter {
        None => Filter::And(Vec::new()),
        Some(written) => {
            let json = serde_json::from_str(written).map_err(|error| {
                Failure::usage(text!("--filter is no JSON: {error}", "--filter 不是 JSON：{error}"))
            })?;
            parse_filter(&*catalog, object.name, &json, &catalog.book.zone)
                .map_err(|bad| Failure::usage(bad.message))?
        }
    };
    let sort = parse_sort(object, &args.sort)
        .map_err(|refusal| Failure { exit: Exit::Usage, ..Failure::refusal(&refusal, Some(&catalog)) })?;
    let fields = args.fields.iter().map(|word| field(object, word.trim())).collect::<Result<_, _>>()?;
    let limit = args.limit.unwrap_or(usize::MAX);
    Ok(Export {
        query: Query { object: object.name, filter, sort, limit, after: None },
        fields,
        language: args.labels.then_some(console.language),
    })
}

fn field(object: &Object, word: &str) -> Result<Name, Failure> {
    let known = Name::find(word).filter(|name| object.kind_of(*name).is_some());
    known.ok_or_else(|| {
        let names =
            object.fields.iter().map(|field| field.name.as_str()).chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name));
        let object = object.name;
        unknown(text!("`{object}` has no field `{word}`", "`{object}` 没有字段 `{word}`"), nearest(word, names))
    })
}

fn unknown(message: Text, near: Option<&str>) -> Failure {
    let Some(near) = near else { return Failure::usage(message) };
    let (en, zh) = (message.en, message.zh);
    Failure::usage(text!("{en}; did you mean `{near}`?", "{zh}；是不是 `{near}`？"))
}
