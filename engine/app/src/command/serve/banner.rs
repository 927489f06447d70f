//! What is printed when the server is up: where it listens and where to look.

use std::{collections::BTreeSet, path::Path};

use formwork_catalog::{
    catalog::Catalog,
    filter::Filter,
    flow::{By, approval::Approver},
};
use formwork_model::{name::Name, record::Record, text};
use formwork_runtime::{book::Book, command::Actor, query::Query};
use formwork_web::App;
use tokio::net::TcpListener;

use super::{Args, line};
use crate::console::Console;

/// How many users are named.
const USERS: usize = 8;

pub(super) fn show(app: &App, listener: &TcpListener, data: &Path, args: &Args, console: &Console) {
    let Some(served) = app.books().first() else { return };
    let address = listener.local_addr().map_or_else(|_| args.listen.clone(), |address| address.to_string());
    let (book, catalog) = (&served.book, served.book.catalog());
    let (name, store, folder) = (served.name, book.store().kind(), data.join(served.name));
    let version = env!("CARGO_PKG_VERSION");
    console.answer_text(&text!(
        "Formwork {version} listens on http://{address}",
        "Formwork {version} 已启动：http://{address}"
    ));
    line(&text!("book       ", "账套    "), &format!("{name} ({store}, {})", folder.display()), console);
    line(&text!("definitions", "定义    "), &args.definitions.display().to_string(), console);
    line(&text!("release    ", "版本    "), &catalog.release, console);
    line(&text!("pages      ", "页面    "), &format!("http://{address}/{name}"), console);
    if !app.settings().dev {
        console.answer_text(&text!(
            "nobody can sign in yet in this version: every request needs a server started with --dev on loopback",
            "当前版本尚不支持登录：请在本机以 --dev 启动"
        ));
        return;
    }
    if args.demo {
        actors(book, &catalog, console);
    }
    try_out(&format!("http://{address}"), book, name, &catalog, console);
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
        urls.push(format!("curl '{base}/{name}/api/{object}?limit=3'"));
        if let Some(record) = newest(book, object, 1).first() {
            let id = record.number.as_deref().map_or_else(|| record.id.to_string(), str::to_owned);
            let actor = &record.created_by;
            urls.push(format!("curl -H 'Formwork-Actor: {actor}' {base}/{name}/api/{object}/{id}/actions"));
            urls.push(format!("curl {base}/{name}/api/{object}/{id}/history"));
        }
    }
    if let Some(task) = newest_task(book, catalog) {
        urls.push(format!("curl -H 'Formwork-Actor: {task}' '{base}/{name}/api/tasks?list=todo'"));
    }
    urls.push(format!("curl {base}/{name}/api/release"));
    urls.push(format!("curl {base}/{name}/api/openapi.json"));
    for url in urls {
        console.answer(format!("  {url}"));
    }
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
