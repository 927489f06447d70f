//! The catalog: everything a release says, resolved and immutable.

use std::{collections::HashMap, fmt, sync::Arc};

use formwork_model::{
    calendar::WorkingCalendar,
    field_type::{Currency, FieldType},
    incident::Owner,
    name::Name,
    source::Sources,
    text::{Language, Text},
    timer,
    value::Value,
};
use formwork_script::sandbox::Sandbox;
use indexmap::IndexMap;
use jiff::tz::TimeZone;

use crate::{
    calendar::Calendar,
    connector::Connector,
    flow::Flow,
    form::Form,
    ledger::Ledger,
    object::Object,
    queue::Queue,
    report::{Dashboard, Report},
    role::Role,
    scenario::Scenario,
    schedule::Schedule,
    source::Program,
    table::Table,
    template::Template,
};

/// Everything a release says. Made by [`crate::check::check`] only; shared and never changed.
pub struct Catalog {
    /// Content hash of the files it was made from: the name of the release.
    pub release: Arc<str>,
    /// What holds for the whole book.
    pub book: Book,
    /// The objects, in file order.
    pub objects: IndexMap<Name, Arc<Object>>,
    /// The flows.
    pub flows: IndexMap<Name, Arc<Flow>>,
    /// The decision tables.
    pub tables: IndexMap<Name, Arc<Table>>,
    /// The ledgers.
    pub ledgers: IndexMap<Name, Arc<Ledger>>,
    /// The queues.
    pub queues: IndexMap<Name, Arc<Queue>>,
    /// The wordings of messages.
    pub templates: IndexMap<Name, Arc<Template>>,
    /// Other systems.
    pub connectors: IndexMap<Name, Arc<Connector>>,
    /// The reports.
    pub reports: IndexMap<Name, Arc<Report>>,
    /// The dashboards.
    pub dashboards: IndexMap<Name, Arc<Dashboard>>,
    /// The roles.
    pub roles: IndexMap<Name, Arc<Role>>,
    /// The forms.
    pub forms: IndexMap<Name, Arc<Form>>,
    /// The calendars.
    pub calendars: IndexMap<Name, Calendar>,
    /// The schedules.
    pub schedules: IndexMap<Name, Schedule>,
    /// The scripts that `run: NAME` starts.
    pub scripts: IndexMap<Name, Program>,
    /// The scenarios; run by `formwork test` and before every reload.
    pub scenarios: Vec<Arc<Scenario>>,
    /// The engine that runs every expression of this catalog.
    pub sandbox: Sandbox,
    /// The files, for messages that point into them.
    pub sources: Arc<Sources>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("release", &self.release).finish_non_exhaustive()
    }
}

/// What holds for the whole book.
#[derive(Debug, Clone)]
pub struct Book {
    /// The name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// The languages labels must have.
    pub locales: Vec<Language>,
    /// The currency of money fields that name none.
    pub currency: Currency,
    /// The zone in which days begin and end.
    pub zone: TimeZone,
    /// When people work.
    pub calendar: Arc<WorkingCalendar>,
    /// The name of that calendar, when it has one.
    pub calendar_name: Option<Name>,
    /// Whether everybody may do everything: no role limits anybody.
    pub open: bool,
    /// Who looks at incidents that nothing else names an owner for.
    pub incidents: Owner,
    /// The roles of which somebody else has to approve what goes live after this release; without any, nobody has to.
    pub four_eyes: Vec<Name>,
    /// How messages reach people outside the application.
    pub channels: Channels,
    /// How people sign in.
    pub sign_in: SignIn,
    /// The menu, in order.
    pub menu: Vec<MenuEntry>,
    /// The settings.
    pub settings: HashMap<Name, Setting>,
}

/// How messages reach people outside the application.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// E-mail: the sender, and the environment variable with the server.
    pub email: Option<(String, String)>,
    /// Web addresses of users.
    pub webhook: Option<WebhookChannel>,
}

/// How people sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Whether a password is enough.
    pub password: bool,
    /// Other systems whose accounts are good here, in the order they are shown.
    pub providers: IndexMap<Name, Provider>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { password: true, providers: IndexMap::new() }
    }
}

/// A system that says who somebody is (OpenID Connect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Its issuer.
    pub issuer: String,
    /// The name under which it knows this book.
    pub client: String,
    /// The environment variable with the client's secret; a public client has none.
    pub secret: Option<String>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that holds somebody's login.
    pub claim: String,
    /// Whether it may lie in a private network, without TLS.
    pub internal: bool,
    /// The role of people who are not known yet; without it they are refused.
    pub new_people: Option<Name>,
}

/// Web addresses of users.
#[derive(Debug, Clone)]
pub struct WebhookChannel {
    /// The environment variable with the secret.
    pub secret: String,
    /// Whether they may lie in a private network.
    pub internal: bool,
}

/// One module of the menu.
#[derive(Debug, Clone)]
pub struct MenuEntry {
    /// The module.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// What it leads to.
    pub items: Vec<MenuItem>,
}

impl MenuEntry {
    /// The objects among what it leads to.
    pub fn objects(&self) -> impl Iterator<Item = Name> + '_ {
        self.items.iter().filter_map(|item| if let MenuItem::Object(object) = item { Some(*object) } else { None })
    }
}

/// What an entry of the menu leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuItem {
    /// The list of an object.
    Object(Name),
    /// A report.
    Report(Name),
    /// A dashboard.
    Dashboard(Name),
}

/// A named value of the book.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its type.
    pub kind: FieldType,
    /// What people read.
    pub label: Text,
    /// The value.
    pub default: Value,
}

/// Whether a server has an address of its own where the name of a book would stand: a book called so could not be reached.
pub fn is_address(book: Name) -> bool {
    matches!(book.as_str(), "assets" | "codes" | "health" | "metrics")
}

impl Catalog {
    /// The object called `name`.
    pub fn object(&self, name: Name) -> Option<&Arc<Object>> {
        self.objects.get(&name)
    }

    /// The object that a request names.
    pub fn find_object(&self, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(&Name::find(name)?)
    }

    /// The flow that starts when a record of `object` is created.
    pub fn main_flow(&self, object: Name) -> Option<&Arc<Flow>> {
        self.flows.get(&object).filter(|flow| flow.object == object)
    }

    /// The calendar called `name`; the book's for `None`. Without the days that lie in records.
    pub fn calendar(&self, name: Option<Name>) -> Arc<WorkingCalendar> {
        name.and_then(|name| self.calendars.get(&name)).map_or(&self.book.calendar, |calendar| &calendar.hours).clone()
    }

    /// Whether records of `object` are days of a calendar.
    pub fn has_days(&self, object: Name) -> bool {
        self.calendars.values().any(|calendar| calendar.records == Some(object))
    }

    /// Whether an object has a sensitive field, so that the book has to be encrypted.
    pub fn is_sensitive(&self) -> bool {
        self.objects.values().any(|object| object.sensitive().next().is_some())
    }

    /// Every name that stored bytes may contain: objects, fields, indexes, ledgers, nodes, …
    pub fn names(&self) -> impl Iterator<Item = Name> + '_ {
        let objects = self.objects.values().flat_map(|object| object.names());
        let flows = self.flows.values().flat_map(|flow| {
            std::iter::once(flow.name)
                .chain(flow.nodes.keys().copied())
                .chain(flow.scope_data())
                .chain(flow.timed_names())
                .chain(flow.step_names())
        });
        let ledgers = self
            .ledgers
            .values()
            .flat_map(|ledger| std::iter::once(ledger.name).chain(ledger.dimensions.iter().map(|d| d.name)));
        let others = self.calendars.keys().chain(self.queues.keys()).copied().chain(timer::WORDS.map(Name::intern));
        objects.chain(flows).chain(ledgers).chain(others)
    }
}
