//! A book in memory with a settable clock, and the worker that delivers for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use formwork_catalog::check::check_parsed;
use formwork_definition::load;
use formwork_integration::delivery::{Secrets, Settings, Worker};
use formwork_model::{
    clock::{Clock as _, SettableClock},
    id::RecordId,
    incident::Incident,
    name::Name,
    render,
    text::Language,
};
use formwork_runtime::{
    book::Book,
    command::{Command, IncidentStep, Input, Outcome, Request},
    incident::Wanted,
    json,
    rejection::Refusal,
    scenario::parse_actor,
    verify::verify,
};
use formwork_store::embedded::Embedded;
use serde_json::Value as Json;

pub(super) struct World {
    pub(super) book: Arc<Book>,
    clock: Arc<SettableClock>,
    worker: Option<Worker>,
}

impl World {
    /// Over files given as `# path` lines followed by what they hold; each pair of `put` is replaced in them.
    #[track_caller]
    pub(super) fn new(files: &str, put: &[(&str, &str)], allow_internal: bool) -> Self {
        let files = put.iter().fold(files.to_owned(), |files, (from, to)| files.replace(from, to));
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        for line in files.lines() {
            match (line.strip_prefix("# "), parts.last_mut()) {
                (Some(path), _) if path.contains('/') => parts.push((path.trim().to_owned(), Vec::new())),
                (_, Some((_, body))) => body.extend_from_slice(format!("{line}\n").as_bytes()),
                (_, None) => {}
            }
        }
        let checked = check_parsed(load::parse(parts));
        let found = render::render(&checked.diagnostics, &checked.sources, Language::En, false);
        let catalog = Arc::new(checked.catalog.unwrap_or_else(|| panic!("{found}")));
        let clock = Arc::new(SettableClock::at("2026-03-02T01:00:00Z".parse().unwrap()));
        let book = Arc::new(Book::open(Arc::new(Embedded::memory().unwrap()), catalog, clock.clone()).unwrap());
        let secrets = |name: &str| match name {
            "ERP_SECRET" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            "ERP_TOKEN" => Some("t0ken".to_owned()),
            _ => None,
        };
        let settings = Settings { allow_internal, secrets: Secrets::new(secrets) };
        let worker = Worker::start(book.clone(), settings).unwrap();
        Self { book, clock, worker: Some(worker) }
    }

    /// With these environment variables.
    #[track_caller]
    pub(super) fn of(files: &str, variables: &[(&str, String)]) -> Self {
        let mut world = Self::new(files, &[], true);
        if let Some(worker) = world.worker.take() {
            worker.stop();
        }
        let known: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let secrets = move |name: &str| known.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let settings = Settings { allow_internal: true, secrets: Secrets::new(secrets) };
        world.worker = Some(Worker::start(world.book.clone(), settings).unwrap());
        world
    }

    pub(super) fn run(&self, actor: &str, request: Request, reason: Option<&str>) -> Result<Outcome, Refusal> {
        let mut command = Command::new(parse_actor(actor), request);
        command.reason = reason.map(Into::into);
        self.book.run(command)
    }

    #[track_caller]
    pub(super) fn create(&self, object: &str, values: Json) -> RecordId {
        let Json::Object(values) = values else { panic!("no mapping") };
        let request = Request::Create { object: Name::intern(object), values };
        self.run("tester", request, None).unwrap().record.unwrap().id
    }

    #[track_caller]
    pub(super) fn act(&self, object: &str, id: RecordId, action: &str) {
        let (object, action) = (Name::intern(object), Name::intern(action));
        let request = Request::Act { object, id, rev: None, action, token: None, input: Input::new() };
        self.run("tester", request, None).unwrap();
    }

    #[track_caller]
    pub(super) fn deal(&self, incident: RecordId, step: IncidentStep, reason: Option<&str>) {
        self.run("eve admin it", Request::Incident { id: incident, step }, reason).unwrap();
    }

    #[track_caller]
    pub(super) fn see(&self, object: &str, id: RecordId, field: &str) -> String {
        let object = Name::intern(object);
        let record = self.book.get(object, id).unwrap();
        let shown = json::record(self.book.catalog().object(object).unwrap(), &record, None);
        shown.get(field).map_or_else(String::new, |value| value.as_str().map_or(value.to_string(), str::to_owned))
    }

    pub(super) fn incidents(&self) -> Vec<Incident> {
        self.book.incidents(&Wanted { limit: 100, ..Wanted::default() }).unwrap()
    }

    /// Moves the clock on.
    pub(super) fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
        // Who sleeps does so by the machine's clock.
        self.book.outbox_bell().ring(jiff::Timestamp::MIN);
    }

    /// Waits until something is so; nothing here takes longer than a moment.
    #[track_caller]
    pub(super) fn wait(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is(self) {
            if begun.elapsed() > Duration::from_secs(20) {
                panic!("{what}: {:?} {:?}", self.incidents(), self.book.outbox(100).unwrap());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Gives the worker time to do what it should not do.
    pub(super) fn pause(&self) {
        std::thread::sleep(Duration::from_millis(400));
    }

    /// The outbox is empty, and every key is as it should be.
    #[track_caller]
    pub(super) fn finish(mut self) {
        self.wait("the outbox is empty", |world| world.book.outbox(100).unwrap().is_empty());
        if let Some(worker) = self.worker.take() {
            worker.stop();
        }
        assert_eq!(verify(&self.book).unwrap().findings, []);
    }
}
