//! The demo: a year of data generated from a seed, in a book that is made whole or not at all.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use formwork_account::login::is_usable;
use formwork_catalog::{catalog::Catalog, filter::Filter};
use formwork_integration::{
    demo::{self, Options, Plan},
    error::Error,
};
use formwork_model::{
    clock::{Clock, SettableClock, SystemClock},
    name::Name,
    record::Record,
    text,
};
use formwork_runtime::{book::Book, command::Actor, query::Query};
use formwork_store::{
    backend::Kind,
    dump::{backup, restore},
    embedded::Embedded,
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{console::Console, credentials, failure::Failure, place};

/// The most users that are let in.
const USERS: usize = 1000;

/// The same seed gives the same data.
const SEED: u64 = 20_260_101;

/// Makes the demo book, unless there is one already.
pub(super) fn make(
    definitions: &Path,
    data: &Path,
    store: Option<Kind>,
    catalog: &Arc<Catalog>,
    console: &Console,
) -> Result<(), Failure> {
    let folder = place::folder_of(data, catalog);
    let shown = folder.display();
    if place::is_book(&folder) {
        console.say(&text!("the demo book in {shown} is used again", "沿用 {shown} 中已有的示范账套"));
        return Ok(());
    }
    let plans = plans(&definitions.join("demo"))?;
    if plans.is_empty() {
        console.say(&text!("there is no demo/*.demo.yaml, so the book is empty", "没有 demo/*.demo.yaml，账套为空"));
        return Ok(());
    }
    let started = Instant::now();
    let now = SystemClock.now();
    // In memory there is no disk to wait for; what is restored from there counts only once it is whole.
    let clock = Arc::new(SettableClock::at(now));
    let book = Book::open(Arc::new(Embedded::memory()?), catalog.clone(), clock.clone())
        .map_err(|refusal| Failure::refusal(&refusal, Some(catalog)))?;
    let options = Options { seed: SEED, until: now.to_zoned(catalog.book.zone.clone()).date() };
    for file in plans {
        play(&book, &clock, &file, &options, console)?;
    }
    let mut bytes = Vec::new();
    backup(&**book.store(), now, &mut bytes)?;
    restore(&mut bytes.as_slice(), &folder, store.unwrap_or_default())?;
    let seconds = started.elapsed().as_secs();
    console.say(&text!("made in {seconds} s, in {shown}", "用时 {seconds} 秒，位于 {shown}"));
    Ok(())
}

/// The demo's users, and the password that all of them have until the server is started again.
pub(super) struct Passwords {
    pub(super) logins: Vec<String>,
    pub(super) password: String,
}

/// Lets every user of the demo in with one password, made anew at each start: one that stayed the same would be known
/// to everybody when the folder is served elsewhere later. `None` when there are no users.
pub(super) fn let_in(book: &Book) -> Result<Option<Passwords>, Failure> {
    let user = Name::intern("user");
    let query = Query { object: user, filter: Filter::And(Vec::new()), sort: Vec::new(), limit: USERS, after: None };
    let users = book.list(&query, &Actor::system()).map_err(|refusal| Failure::refusal(&refusal, None))?;
    let login = |record: &Record| record.fields.get(Name::intern("login")).as_text().map(str::to_owned);
    let mut logins: Vec<String> = users.records.iter().filter_map(login).filter(|login| is_usable(login)).collect();
    if logins.is_empty() {
        return Ok(None);
    }
    let password = credentials::new_password()?;
    credentials::set(book, logins.clone(), &password, false)?;
    // Only the first are named: whoever looks at a demo wants to see its administration as well.
    let is_admin = |login: &str| book.is_admin(&Actor::new(login, [])).unwrap_or(false);
    logins.sort_by_cached_key(|login| !is_admin(login));
    Ok(Some(Passwords { logins, password }))
}

/// The plans, by name.
fn plans(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::path(folder, &error)),
    };
    let mut plans: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".demo.yaml")))
        .collect();
    plans.sort();
    Ok(plans)
}

fn play(book: &Book, clock: &SettableClock, file: &Path, options: &Options, console: &Console) -> Result<(), Failure> {
    let explain = |error: Error| {
        if let Error::Mapping(problems) = &error {
            console.say_diagnostics(&problems.diagnostics, &problems.sources);
        }
        Failure::from(error)
    };
    let plan = Plan::open(file, &book.catalog()).map_err(explain)?;
    let (name, days, seed) = (&plan.name, plan.days, options.seed);
    console.say(&text!(
        "making {days} days of demo data: {name}, seed {seed}",
        "正在生成 {days} 天的示范数据：{name}，种子 {seed}"
    ));
    let bar = ProgressBar::new(u64::from(days));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} · {elapsed}") {
        bar.set_style(style);
    }
    let report = demo::run(book, Some(clock), &plan, options, &mut |report| bar.set_position(u64::from(report.day.0)))
        .map_err(explain)?;
    bar.finish_and_clear();
    let created: Vec<String> = report.created.iter().map(|(object, n)| format!("{n} {object}")).collect();
    let (created, acted, happened) = (created.join(", "), report.acted, report.happened);
    console.say(&text!(
        "{created}; {acted} actions, {happened} timers and schedules",
        "{created}；{acted} 次操作，{happened} 次计时与定时任务"
    ));
    for (code, example) in &report.examples {
        let n = report.refused.get(code).copied().unwrap_or_default();
        let (en, zh) = (&example.en, &example.zh);
        tracing::debug!(%code, n, en, zh, "refused in the demo");
    }
    Ok(())
}
