//! Administration: each page for whoever has its right and for nobody else; definitions and tables that are edited in
//! the browser, checked, published, and act.

mod backups;
mod browsing;
mod designing;
mod drafting;
mod editing;
mod log;
mod nodes;
mod rights;
mod second;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::check::check_folder;
use formwork_integration::backup::Place;
use formwork_model::{clock::SettableClock, name::Name, render, text::Language};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Request},
};
use formwork_store::{
    embedded::Embedded,
    store::{self, Order, Store},
    table::audit,
};
use formwork_web::{App, Served, Settings};
use tempfile::TempDir;

use super::site::{Page, Shop};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/shop.book.yaml",
        "book: shop\naccess: roles\nlabel: {zh: 店铺, en: Shop}\nlocales: [zh, en]\ncurrency: CNY\ntime_zone: Asia/Shanghai\nmenu: [{module: work, label: {zh: 业务, en: Work}, items: [deal]}]\n",
    ),
    (
        "definitions/work/deal.object.yaml",
        "# Deals, as the makers know them.
object: deal
label: {zh: 交易, en: Deal}
title: name
fields:
  name:   {type: text, required: true, label: {zh: 名称, en: Name}}
  amount: {type: integer, label: {zh: 金额, en: Amount}}
  level:  {type: integer, label: {zh: 级别, en: Level}}
  grade:  {type: text, label: {zh: 等级, en: Grade}}
rules:
  level: {on: save, table: level}
  grade: {on: save, set: {grade: plain}}   # what everybody gets
",
    ),
    (
        "definitions/work/deal.flow.yaml",
        "flow: deal\nlabel: {zh: 交易流程, en: Deal}\nobject: deal\nstart: open\nnodes:\n  open: {label: {zh: 进行中, en: Open}, actions: {close: {label: {zh: 关闭, en: Close}, to: closed}, share: {label: {zh: 分摊, en: Share}, to: sharing}}}\n  sharing: {run: {set: {level: = this.amount % (this.amount - this.amount)}}, to: closed}\n  closed: {label: {zh: 已关闭, en: Closed}, end: {}}\n",
    ),
    (
        "definitions/work/level.table.yaml",
        "# Who has to look at a deal.
table: level
label: {zh: 级别, en: Level}
object: deal
owner: keeper
hit: F
inputs:
  amount: {type: integer, min: 0, label: {zh: 金额, en: Amount}}
outputs:
  level: {type: integer, label: {zh: 级别, en: Level}}
rows:
  - {amount: \"< 100\", level: 1}   # small
  # The rest.
  - {amount: \">= 100\", level: 2}
",
    ),
    (
        "definitions/work/maker.role.yaml",
        "role: maker\nlabel: {zh: 实施, en: Maker}\nmay: [releases, incidents, people, tables, repairs]\ngives: keeper\ngrants:\n  all: {on: [deal, user, position], may: [read, create, update, act], rows: all}\n",
    ),
    (
        "definitions/work/keeper.role.yaml",
        "role: keeper\nlabel: {zh: 维护, en: Keeper}\ngrants:\n  all: {on: deal, may: [read, create], rows: all}\n",
    ),
    (
        "definitions/work/clerk.role.yaml",
        "role: clerk\nlabel: {zh: 文员, en: Clerk}\ngrants:\n  all: {on: deal, may: [read, create, act], rows: all}\n",
    ),
    (
        "tests/scenarios/work/deal.scenario.yaml",
        "scenario: deal\nlabel: {zh: 交易, en: Deals}\nactor: mia maker\ncases:\n  level:\n    label: {zh: 大额级别, en: Level of a large deal}\n    steps:\n      - when: {create: deal, set: {name: A, amount: 500}}\n        then: {values: {level: 2}}\n",
    ),
];

/// A shop whose definitions lie in a folder.
struct Works {
    shop: Shop,
    folder: TempDir,
}

impl Works {
    fn new() -> Self {
        Self::with("access: roles\n", None)
    }

    /// Where a second maker approves what goes live.
    fn of_four_eyes() -> Self {
        Self::with("access: roles\nfour_eyes: maker\n", None)
    }

    /// Where administrators write backups into a folder.
    fn backed_up(folder: &Path) -> Self {
        Self::with("access: roles\n", Some(Place { folder: folder.to_owned(), key: None }))
    }

    /// Over this store, where the names of deals are sensitive, and administrators write backups.
    fn encrypted(store: Arc<dyn Store>, backups: Place) -> Self {
        let edit =
            |text: &str| text.replace("{type: text, required: true,", "{type: text, required: true, sensitive: true,");
        Self::over(store, &edit, Some(backups))
    }

    /// With this in place of who may do what in the book.
    fn with(access: &str, backups: Option<Place>) -> Self {
        let store = Arc::new(Embedded::memory().unwrap());
        Self::over(store, &|text| text.replace("access: roles\n", access), backups)
    }

    fn over(store: Arc<dyn Store>, edit: &dyn Fn(&str) -> String, backups: Option<Place>) -> Self {
        let folder = TempDir::new().unwrap();
        for (path, text) in FILES {
            let text = edit(text);
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let checked = check_folder(folder.path()).unwrap();
        let report = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
        let catalog = Arc::new(checked.catalog.unwrap_or_else(|| panic!("{report}")));
        let clock = Arc::new(SettableClock::at("2026-03-02T09:00:00+08:00".parse().unwrap()));
        let book = Book::open(store, catalog, clock).unwrap();
        let served = Served::new(Arc::new(book)).with_folder(folder.path());
        let shop = Shop::of(App::new([served], Settings { dev: true, backups, ..Settings::default() }));
        Self { shop, folder }
    }

    async fn get(&self, path: &str, who: &str) -> Page {
        self.shop.ask("GET", path, who, "en", "").await
    }

    async fn post(&self, path: &str, who: &str, pairs: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(pairs);
        self.shop.ask("POST", path, who, "en", &body.finish()).await
    }

    /// Makes a deal, and gives its page.
    async fn deal(&self, amount: &str) -> Page {
        let made = self.post("/shop/deal/new", "mia+maker", &[("name", "A"), ("amount", amount)]).await.sent_to();
        self.get(&made, "mia+maker").await.status(200)
    }

    /// Makes a user kai who is a keeper.
    async fn keeper(&self) {
        self.post("/shop/user/new", "mia+maker", &[("login", "kai"), ("name", "Kai")]).await.sent_to();
        let position = [("user", "kai"), ("role", "keeper"), ("name", "K")];
        self.post("/shop/position/new", "mia+maker", &position).await.sent_to();
    }

    /// Makes a deal of which a step fails with nobody waiting, and gives the page of the incident.
    async fn incident(&self) -> String {
        let made = self.post("/shop/deal/new", "mia+maker", &[("name", "B"), ("amount", "7")]).await.sent_to();
        let id = made.rsplit('/').next().unwrap().parse().unwrap();
        let (object, action) = (Name::intern("deal"), Name::intern("share"));
        let share = Request::Act { object, id, rev: None, action, token: None, input: Input::new() };
        self.shop.book().run(Command::new(Actor::system(), share)).unwrap();
        let listed = self.get("/shop/admin/incidents", "mia+maker").await.status(200);
        let id = listed.text.split("/shop/admin/incidents/").nth(1).unwrap().split('"').next().unwrap();
        format!("/shop/admin/incidents/{id}")
    }

    /// Who did what, as the audit log has it.
    fn audit(&self) -> Vec<(String, String)> {
        let (start, end) = audit::range_from(0);
        let mut entries = Vec::new();
        store::read(&**self.shop.book().store(), |view| {
            view.scan(&start, &end, Order::Forward, &mut |_, bytes| {
                let entry = audit::decode(bytes).unwrap().entry;
                entries.push((entry.actor, entry.what));
                std::ops::ControlFlow::Continue(())
            })
        })
        .unwrap();
        entries
    }

    fn file(&self, path: &str) -> String {
        fs::read_to_string(self.place(path)).unwrap()
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn release(&self) -> String {
        self.shop.book().catalog().release.to_string()
    }
}

const OBJECT: &str = "definitions/work/deal.object.yaml";
const TABLE: &str = "definitions/work/level.table.yaml";
