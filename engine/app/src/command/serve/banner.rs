//! What is printed when the server is up: where it listens and where to look.

use std::{collections::BTreeSet, path::Path};

use formwork_catalog::{
    catalog::Catalog,
    filter::Filter,
    flow::{By, approval::Approver},
};
use formwork_definition::kind::role::Right;
use formwork_model::{name::Name, record::Record, text};
use formwork_runtime::{access::READ, book::Book, command::Actor, query::Query};
use formwork_web::App;
use tokio::net::TcpListener;

use super::{Args, demo::Passwords, line, sites::Site};
use crate::console::Console;

/// How many users are named.
const USERS: usize = 8;

pub(super) fn show(
    app: &App,
    listener: &TcpListener,
    (sites, args): (&[Site], &Args),
    passwords: Option<&Passwords>,
    console: &Console,
) {
    let books = app.books();
    let (Some(served), Some(site)) = (books.first(), sites.first()) else { return };
    let address = listener.local_addr().map_or_else(|_| args.listen.clone(), |address| address.to_string());
    let (book, catalog) = (&served.book, served.book.catalog());
    let name = served.name;
    let version = env!("CARGO_PKG_VERSION");
    let scheme = if app.settings().tls.is_some() { "https" } else { "http" };
    console.answer_text(&text!(
        "Formwork {version} listens on {scheme}://{address}",
        "Formwork {version} 已启动：{scheme}://{address}"
    ));
    for (served, site) in books.iter().zip(sites) {
        let (store, folder) = (served.book.store().kind(), site.data.join(served.name));
        line(&text!("book       ", "账套    "), &format!("{} ({store}, {})", served.name, folder.display()), console);
        line(&text!("definitions", "定义    "), &site.definitions.display().to_string(), console);
        line(&text!("release    ", "版本    "), &served.book.catalog().release, console);
        line(&text!("pages      ", "页面    "), &format!("{scheme}://{address}/{}", served.name), console);
    }
    if !app.settings().dev {
        closed(app, &site.data.join(served.name), console);
        return;
    }
    if args.demo {
        actors(book, &catalog, console);
    }
    if let Some(Passwords { logins, password }) = passwords {
        let logins = logins.iter().take(USERS).map(String::as_str).collect::<Vec<_>>().join(", ");
        console.answer_text(&text!(
            "sign in as {logins} with the password {password} (until the next start)",
            "登录名 {logins}，密码 {password}（下次启动前有效）"
        ));
    }
    try_out(&format!("http://{address}"), book, name, &catalog, console);
}

/// What somebody who starts a server that asks for passwords has to know.
fn closed(app: &App, folder: &Path, console: &Console) {
    let (settings, folder) = (app.settings(), folder.display());
    if !app.is_anybody() {
        console.answer_text(&text!(
            "nobody can sign in yet: stop the server and run `formwork user add LOGIN --role admin --data {folder}`",
            "尚无管理员：请停止服务并运行 `formwork user add 登录名 --role admin --data {folder}`"
        ));
    }
    if settings.secure && settings.tls.is_none() && settings.proxies.is_empty() {
        console.answer_text(&text!(
            "this address can be reached from outside without TLS: browsers can't stay signed in; give --tls-cert and --tls-key, or --proxy",
            "此地址可从外部访问但未启用 TLS：浏览器无法保持登录；请指定 --tls-cert 与 --tls-key，或 --proxy"
        ));
    }
}

/// Who works in the demo, and the roles that flows ask for.
fn actors(book: &Book, catalog: &Catalog, console: &Console) {
    let mut users = BTreeSet::new();
    for object in catalog.objects.keys() {
        users.extend(newest(book, *object, 50).into_iter().map(|record| record.created_by.to_string()));
    }
    let login = Name::intern("login");
    let known = newest(book, Name::intern("user"), 50);
    users.extend(known.iter().filter_map(|user| user.fields.get(login).as_text().map(str::to_owned)));
    let users: Vec<String> = users.into_iter().take(USERS).collect();
    line(&text!("users      ", "用户    "), &users.join(", "), console);
    let roles: BTreeSet<&str> = roles(catalog).map(Name::as_str).collect();
    if !roles.is_empty() {
        line(&text!("roles      ", "角色    "), &roles.into_iter().collect::<Vec<_>>().join(", "), console);
    }
}

/// The newest records of an object; none when the store fails, which the first request will tell.
fn newest(book: &Book, object: Name, limit: usize) -> Vec<Record> {
    let query = Query { object, filter: Filter::And(Vec::new()), sort: Vec::new(), limit, after: None };
    book.list(&query, &Actor::system()).map(|page| page.records).unwrap_or_default()
}

fn roles(catalog: &Catalog) -> impl Iterator<Item = Name> {
    let nodes = || catalog.flows.values().flat_map(|flow| flow.nodes.values());
    let by = nodes().flat_map(|node| node.actions()).flat_map(|action| &action.by);
    let acting = by.filter_map(|by| if let By::Role(role) = by { Some(*role) } else { None });
    let steps = nodes().filter_map(|node| node.approval()).flat_map(|approval| &approval.steps);
    let deciding = steps.flat_map(|step| &step.by).filter_map(|by| match by {
        Approver::Role(role, _) => Some(*role),
        _ => None,
    });
    acting.chain(deciding)
}

/// Addresses to begin with.
fn try_out(base: &str, book: &Book, name: &str, catalog: &Catalog, console: &Console) {
    let with_flow = catalog.flows.values().map(|flow| flow.object).next();
    let object = with_flow.or_else(|| catalog.objects.keys().next().copied());
    console.answer_text(&text!("try", "试一试"));
    let mut urls = vec![format!("curl {base}/health")];
    if let Some(object) = object {
        let record = newest(book, object, 1).into_iter().next();
        let actor = record.as_ref().map_or_else(|| "dev".to_owned(), |record| reader(book, record));
        let curl = format!("curl -H 'Formwork-Actor: {actor}'");
        urls.push(format!("{curl} '{base}/{name}/api/{object}?limit=3'"));
        if let Some(record) = record {
            let id = record.number.as_deref().map_or_else(|| record.id.to_string(), str::to_owned);
            urls.push(format!("{curl} {base}/{name}/api/{object}/{id}/actions"));
            urls.push(format!("{curl} {base}/{name}/api/{object}/{id}/history"));
        }
    }
    if let Some(task) = newest_task(book, catalog) {
        urls.push(format!("curl -H 'Formwork-Actor: {task}' '{base}/{name}/api/tasks?list=todo'"));
    }
    let keeper = keeper(book);
    urls.push(format!("curl -H 'Formwork-Actor: {keeper}' {base}/{name}/api/release"));
    urls.push(format!("curl {base}/{name}/api/openapi.json"));
    for url in urls {
        console.answer(format!("  {url}"));
    }
}

/// Somebody who sees the record: whoever made it, or, where roles say who may, somebody with a position.
fn reader(book: &Book, record: &Record) -> String {
    let maker = Actor::new(&record.created_by, []);
    if !maker.is_reserved() && book.eyes(&maker).get(record.object, record.id).is_ok() {
        return maker.login.to_string();
    }
    let others = book.who((record.object, record.id), READ, None).ok();
    others.and_then(|who| who.into_iter().next()).map_or_else(|| "dev".to_owned(), |why| why.login.to_string())
}

/// Somebody who looks after releases.
fn keeper(book: &Book) -> String {
    let user = Name::intern("user");
    let positions = newest(book, Name::intern("position"), 500);
    let holders = positions.iter().filter_map(|position| position.fields.get(user).as_text());
    let may = |login: &str| book.eyes(&Actor::new(login, [])).require(Right::Releases).is_ok();
    holders.map(str::to_owned).find(|login| may(login)).unwrap_or_else(|| "dev".to_owned())
}

/// Somebody who has something to decide.
fn newest_task(book: &Book, catalog: &Catalog) -> Option<String> {
    let with_approval = catalog.flows.values().filter(|flow| flow.nodes.values().any(|node| node.approval().is_some()));
    let records = with_approval.flat_map(|flow| newest(book, flow.object, 500));
    let mut open = records.flat_map(|record| {
        let approvals = record.flows.iter().flat_map(|instance| &instance.approvals);
        let tasks = approvals.flat_map(|approval| approval.tasks()).filter(|task| task.is_open());
        tasks.map(|task| task.login.to_string()).collect::<Vec<_>>()
    });
    open.next()
}
