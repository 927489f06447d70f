//! The shipped configuration as a site: the world of one of its scenarios, where people go on by hand.

use std::{collections::HashMap, path::Path, sync::Arc};

use formwork_catalog::check::check_folder;
use formwork_model::{
    clock::{Clock, SettableClock},
    id::RecordId,
    name::Name,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
    scenario::begin,
};
use formwork_web::{App, Served, Settings};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::site::Shop;

/// The company behind its router.
pub(super) struct Company {
    pub(super) shop: Shop,
    clock: Arc<SettableClock>,
    records: HashMap<Name, (Name, RecordId)>,
}

impl Company {
    /// As it is given for a case of the shipped scenarios, called `scenario.case`.
    pub(super) fn of(case: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let catalog = Arc::new(check_folder(&root).unwrap().catalog.unwrap());
        let begun = begin(&catalog, case).unwrap_or_else(|failed| panic!("{failed:?}"));
        let settings = Settings { dev: true, ..Settings::default() };
        let shop = Shop::of(App::new([Served::new(Arc::new(begun.book))], settings));
        Self { shop, clock: begun.clock, records: begun.records }
    }

    fn book(&self) -> Arc<Book> {
        self.shop.book()
    }

    /// The path of a record by the name it has in the scenario.
    pub(super) fn path(&self, name: &str) -> String {
        let (object, id) = self.records[&Name::intern(name)];
        format!("/formwork/{object}/{id}")
    }

    /// Creates a record behind everybody's back; its path.
    pub(super) fn create(&self, object: &str, values: Json) -> String {
        let object = Name::intern(object);
        let Json::Object(values) = values else { panic!("no object") };
        let record = self.run("tester", Request::Create { object, values });
        format!("/formwork/{object}/{}", record.unwrap())
    }

    /// Takes an action behind everybody's back, as somebody.
    pub(super) fn act(&self, who: &str, path: &str, action: &str, input: Json) {
        let mut words = path.rsplit('/');
        let (id, object) = (words.next().unwrap().parse().unwrap(), Name::intern(words.next().unwrap()));
        let Json::Object(input) = input else { panic!("no object") };
        let action = Name::intern(action);
        self.run(who, Request::Act { object, id, rev: None, action, token: None, input });
    }

    fn run(&self, who: &str, request: Request) -> Option<RecordId> {
        let command = Command::new(Actor::new(who, []).unlimited(), request);
        let outcome = self.book().run(command).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        outcome.record.map(|record| record.id)
    }

    /// Time passes until then; what becomes due on the way happens at its own instant.
    pub(super) fn pass_until(&self, until: &str) {
        let until: Timestamp = until.parse().unwrap();
        loop {
            let timer = self.book().next_due(|_| false).unwrap();
            let schedule = self.book().next_schedule(|_| false).unwrap();
            let timer = timer.map(|due| (due.at, due.command()));
            let schedule =
                schedule.map(|(at, name)| (at, Command::new(Actor::system(), Request::Schedule { schedule: name })));
            match timer.into_iter().chain(schedule).min_by_key(|(at, _)| *at) {
                Some((at, command)) if at <= until => {
                    self.clock.set(at.max(self.clock.now()));
                    self.book().run(command).unwrap_or_else(|refusal| panic!("{refusal:?}"));
                }
                _ => return self.clock.set(until),
            }
        }
    }

    /// The only record of an object, behind everybody's back.
    pub(super) fn only(&self, object: &str) -> String {
        let list = self.book().list(
            &formwork_runtime::query::Query {
                object: Name::intern(object),
                filter: formwork_catalog::filter::Filter::And(Vec::new()),
                sort: Vec::new(),
                limit: 2,
                after: None,
            },
            &Actor::system(),
        );
        let records = list.unwrap().records;
        assert_eq!(records.len(), 1, "{object}");
        format!("/formwork/{object}/{}", records[0].id)
    }
}
