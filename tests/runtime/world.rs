//! A book in memory over a few inline files.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    check::check_parsed,
    filter::{Filter, parse_filter},
};
use formwork_definition::load;
use formwork_model::{
    clock::{Clock as _, SettableClock},
    id::{CommandId, RecordId},
    name::Name,
    record::Record,
    render,
    text::Language,
};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Outcome, PostEntry, Request},
    json,
    query::{Page, Query, parse_sort},
    rejection::Refusal,
    scenario::parse_actor,
    verify::verify,
};
use formwork_store::{embedded::Embedded, store::Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

/// The book, its clock, and who acts.
pub(super) struct World {
    pub(super) book: Book,
    pub(super) clock: Arc<SettableClock>,
    pub(super) actor: Actor,
    commands: std::cell::Cell<u64>,
}

pub(super) fn name(text: &str) -> Name {
    Name::intern(text)
}

/// The catalog of files given as `# path` lines followed by what they hold.
#[track_caller]
pub(super) fn catalog(files: &str) -> Arc<Catalog> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for line in files.lines() {
        match (line.strip_prefix("# "), parts.last_mut()) {
            (Some(path), _) if path.contains('/') => parts.push((path.trim().to_owned(), Vec::new())),
            (_, Some((_, body))) => body.extend_from_slice(format!("{line}\n").as_bytes()),
            (_, None) => assert!(line.trim().is_empty(), "`{line}` stands before the first file"),
        }
    }
    let checked = check_parsed(load::parse(parts));
    let found = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
    Arc::new(checked.catalog.unwrap_or_else(|| panic!("{found}")))
}

#[track_caller]
pub(super) fn world(files: &str) -> World {
    World::over(Arc::new(Embedded::memory().unwrap()), catalog(files))
}

/// What a command was refused with: `code@field`, or `code` alone.
#[track_caller]
pub(super) fn refused(result: Result<Outcome, Refusal>) -> String {
    match result {
        Ok(outcome) => panic!("it was carried out: {outcome:?}"),
        Err(Refusal::Rejected(rejection)) => {
            let problem = &rejection.problems[0];
            let field = problem.field.as_deref().map(|field| format!("@{field}")).unwrap_or_default();
            format!("{}{field}", problem.code)
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn input(values: Json) -> Input {
    match values {
        Json::Object(map) => map,
        Json::Null => Input::new(),
        other => panic!("{other} is no mapping"),
    }
}

impl World {
    pub(super) fn over(store: Arc<dyn Store>, catalog: Arc<Catalog>) -> Self {
        let clock = Arc::new(SettableClock::at("2026-03-02T01:00:00Z".parse::<Timestamp>().unwrap()));
        let book = Book::open(store, catalog, clock.clone()).unwrap();
        Self { book, clock, actor: parse_actor("tester"), commands: 0.into() }
    }

    /// The same, acting as `login role role`.
    pub(super) fn be(&mut self, actor: &str) -> &mut Self {
        self.actor = parse_actor(actor);
        self
    }

    /// A command whose id follows from how many there were before.
    pub(super) fn command(&self, request: Request) -> Command {
        let n = self.commands.get() + 1;
        self.commands.set(n);
        let mut command = Command::new(self.actor.clone(), request);
        command.id = CommandId::from_bytes((u128::from(n) << 64 | 0x5eed).to_be_bytes());
        command
    }

    pub(super) fn run(&self, request: Request) -> Result<Outcome, Refusal> {
        self.book.run(self.command(request))
    }

    pub(super) fn try_create(&self, object: &str, values: Json) -> Result<Outcome, Refusal> {
        self.run(Request::Create { object: name(object), values: input(values) })
    }

    #[track_caller]
    pub(super) fn create(&self, object: &str, values: Json) -> RecordId {
        self.try_create(object, values).unwrap().record.unwrap().id
    }

    pub(super) fn try_update(&self, object: &str, id: RecordId, values: Json) -> Result<Outcome, Refusal> {
        self.run(Request::Update { object: name(object), id, rev: None, values: input(values) })
    }

    #[track_caller]
    pub(super) fn update(&self, object: &str, id: RecordId, values: Json) -> Record {
        self.try_update(object, id, values).unwrap().record.unwrap()
    }

    pub(super) fn try_delete(&self, object: &str, id: RecordId) -> Result<Outcome, Refusal> {
        self.run(Request::Delete { object: name(object), id, rev: None })
    }

    #[track_caller]
    pub(super) fn delete(&self, object: &str, id: RecordId) {
        self.try_delete(object, id).unwrap();
    }

    pub(super) fn try_act(&self, object: &str, id: RecordId, action: &str, values: Json) -> Result<Outcome, Refusal> {
        let (object, action) = (name(object), name(action));
        self.run(Request::Act { object, id, rev: None, action, token: None, input: input(values) })
    }

    #[track_caller]
    pub(super) fn act(&self, object: &str, id: RecordId, action: &str) -> Record {
        self.try_act(object, id, action, Json::Null).unwrap().record.unwrap()
    }

    /// Posts `(dimensions, amount)` pairs in one command.
    pub(super) fn try_post(&self, ledger: &str, entries: &[(Json, &str)], opening: bool) -> Result<Outcome, Refusal> {
        let entries = entries
            .iter()
            .map(|(dimensions, amount)| PostEntry {
                dimensions: input(dimensions.clone()),
                amount: Json::String((*amount).into()),
                date: None,
                note: None,
            })
            .collect();
        self.run(Request::Post { ledger: name(ledger), entries, opening })
    }

    #[track_caller]
    pub(super) fn get(&self, object: &str, id: RecordId) -> Record {
        self.book.get(name(object), id).unwrap()
    }

    pub(super) fn exists(&self, object: &str, id: RecordId) -> bool {
        self.book.get(name(object), id).is_ok()
    }

    /// A field as JSON shows it.
    #[track_caller]
    pub(super) fn see(&self, object: &str, id: RecordId, field: &str) -> Json {
        let record = self.get(object, id);
        let catalog = self.book.catalog();
        let shown = json::record(catalog.object(name(object)).unwrap(), &record, None);
        shown.get(field).cloned().unwrap_or(Json::Null)
    }

    /// A field as text, empty when there is nothing.
    #[track_caller]
    pub(super) fn text(&self, object: &str, id: RecordId, field: &str) -> String {
        match self.see(object, id, field) {
            Json::Null => String::new(),
            Json::String(text) => text,
            other => other.to_string(),
        }
    }

    #[track_caller]
    pub(super) fn state(&self, object: &str, id: RecordId) -> String {
        self.text(object, id, "state")
    }

    /// What can be done now, sorted.
    #[track_caller]
    pub(super) fn possible(&self, object: &str, id: RecordId) -> Vec<String> {
        let offered = self.book.offered(&self.actor, name(object), id).unwrap();
        let mut names: Vec<String> =
            offered.iter().filter(|offer| offer.refused.is_none()).map(|offer| offer.action.to_string()).collect();
        names.sort();
        names
    }

    /// A page of a list.
    #[track_caller]
    pub(super) fn list(&self, object: &str, filter: &Json, sort: &str, limit: usize) -> Page {
        let catalog = self.book.catalog();
        let known = catalog.object(name(object)).unwrap();
        let filter = parse_filter(&*catalog, name(object), filter, &catalog.book.zone).unwrap();
        let sort = parse_sort(known, sort).unwrap();
        self.book
            .list(
                &Query { object: name(object), filter, within: Filter::And(Vec::new()), sort, limit, after: None },
                &self.actor,
            )
            .unwrap()
    }

    #[track_caller]
    pub(super) fn count(&self, object: &str) -> usize {
        self.list(object, &serde_json::json!({}), "", usize::MAX - 1).records.len()
    }

    /// The balance over the dimensions that are given.
    #[track_caller]
    pub(super) fn balance(&self, ledger: &str, dimensions: Json) -> String {
        let dimensions = self.book.read_dimensions(name(ledger), &input(dimensions)).unwrap();
        self.book.balance(name(ledger), &dimensions, None).unwrap().normalize().to_string()
    }

    /// Moves the clock on.
    pub(super) fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now().checked_add(SignedDuration::from_secs(seconds)).unwrap());
    }

    /// The history's chain, every key, reference, roll-up and balance are as they should be.
    #[track_caller]
    pub(super) fn verify(&self) {
        let verdict = verify(&self.book).unwrap();
        assert_eq!(verdict.findings, []);
    }
}
