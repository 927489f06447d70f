//! `book`: what holds for everything else.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    kind::{field::Options, form::SCALAR_OR_MAP},
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// What holds for the whole book: languages, currency, time zone, working hours, menu, settings.
/// There is exactly one, `definitions/NAME.book.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The name of the book.
    pub book: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The languages every label must have: `zh`, `en`. A label that lacks one is a warning.
    #[serde(default)]
    pub locales: Option<Sp<Vec<Sp<String>>>>,
    /// ISO 4217 code of the currency of money fields that name none. Default `CNY`.
    #[serde(default)]
    pub currency: Option<Sp<String>>,
    /// IANA time zone in which days begin and end. Default `Asia/Shanghai`.
    #[serde(default)]
    pub time_zone: Option<Sp<String>>,
    /// When people work, where nothing else is said. Default: always.
    #[serde(default)]
    pub working_hours: Option<Sp<WorkingHours>>,
    /// Instead of `working_hours`: the calendar that says when people work, where nothing else is said.
    #[serde(default)]
    pub calendar: Option<Sp<WrittenName>>,
    /// `roles`: everybody may do what the roles of their positions grant, and nothing else. `open`: everybody may do
    /// everything; for trying things out. Default: `roles`; in a folder without a book, `open` as long as no role is
    /// defined.
    #[serde(default)]
    pub access: Option<Sp<Access>>,
    /// Who looks at what failed with nobody waiting for an answer: `role(name)` or a login. Default `role(admin)`.
    #[serde(default)]
    pub incidents: Option<Sp<String>>,
    /// The roles of which somebody has to approve an edit of the definitions before it goes live (four-eyes): whoever
    /// made it hands it in with a reason, and somebody else who holds one of these looks at what it changes and would mean,
    /// and approves or refuses it. An edit of the files on the server waits as well. Going back to a release that was live
    /// under such a rule needs nobody else. Without it, none has to.
    #[serde(default)]
    pub four_eyes: Many<Sp<WrittenName>>,
    /// How messages reach people outside the application.
    #[serde(default)]
    pub channels: Option<Sp<Channels>>,
    /// How people sign in. Default: with a password.
    #[serde(default)]
    pub sign_in: Option<Sp<SignIn>>,
    /// The menu: one entry a module, in order.
    #[serde(default)]
    pub menu: Vec<MenuEntry>,
    /// Values that rules read with `setting("name")` and administrators change.
    #[serde(default)]
    pub settings: Map<Setting>,
}

/// Who may do what in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// What the roles of their positions grant.
    Roles,
    /// Everything.
    Open,
}

/// How messages reach people outside the application: those whose `user` record has an `email` or a `webhook`,
/// unless its `channels` leave it out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// E-mail.
    #[serde(default)]
    pub email: Option<Sp<EmailChannel>>,
    /// A web address of the user's own.
    #[serde(default)]
    pub webhook: Option<Sp<WebhookChannel>>,
}

/// E-mail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// The sender: `Formwork <formwork@example.com>`.
    pub from: Sp<String>,
    /// The environment variable with the server: `smtps://user:password@mail.example.com` or
    /// `smtp://mail.example.com:587?tls=required`.
    pub server: Sp<String>,
}

/// A web address of the user's own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// The environment variable with the secret that messages are signed with (HMAC-SHA256, Standard Webhooks).
    pub secret: Sp<String>,
    /// Whether such addresses may lie in a private network. The operator has to allow that too.
    #[serde(default)]
    pub internal: Option<Sp<bool>>,
}

/// How people sign in. Whoever may be let in has a `user` record that is in use; what they may then do is what the roles
/// of their positions grant.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Whether a password of this book is enough. Default: yes. It can be switched off where there are providers.
    #[serde(default)]
    pub password: Option<Sp<bool>>,
    /// Other systems whose accounts are good here, by OpenID Connect.
    #[serde(default)]
    pub providers: Map<Provider>,
}

/// A system that says who somebody is (OpenID Connect). It sends people back to
/// `https://SERVER/BOOK/sign-in/with/NAME/back`, which has to be entered there.
///
/// The first time somebody comes, `claim` says which login is theirs; from then on the account itself is known, so that
/// another account that is given the same name later is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What people read: 'sign in with …'.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// Its issuer: `https://login.example.com/realms/staff`. Its documents are found below it.
    pub issuer: Sp<String>,
    /// The name under which it knows this book (`client_id`).
    pub client: Sp<String>,
    /// The environment variable with the secret of this client; or, with `_FILE` behind its name, with the file that holds
    /// the secret. Without it the client is a public one.
    #[serde(default)]
    pub secret: Option<Sp<String>>,
    /// What is asked for beside `openid`. Default: `profile`, and `email` when that is the claim.
    #[serde(default)]
    pub scopes: Option<Sp<Vec<Sp<String>>>>,
    /// The claim that holds the login of somebody. Default `preferred_username`. An `email` counts when the provider
    /// says that it is verified.
    #[serde(default)]
    pub claim: Option<Sp<String>>,
    /// Whether it lies in a private network, and may speak HTTP without TLS. The operator has to allow that too
    /// (`serve --allow-internal`).
    #[serde(default)]
    pub internal: Option<Sp<bool>>,
    /// The role of people who are not known yet: they get a `user` record and a position with this role. Without it they
    /// are refused.
    #[serde(default)]
    pub new_people: Option<Sp<WrittenName>>,
}

/// When people work.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// Spans such as `08:30-12:00` for each weekday `mon` … `sun`; a day that is not named is free.
    pub week: Map<Many<Sp<String>>>,
    /// Days or spans of days on which nobody works: `2026-02-15` or `2026-02-15..2026-02-23`.
    #[serde(default)]
    pub holidays: Vec<Sp<String>>,
    /// Days off that are worked like a Monday all the same (make-up working days).
    #[serde(default)]
    pub working_days: Vec<Sp<String>>,
}

/// One module of the menu.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuEntry {
    /// The module folder.
    pub module: Sp<WrittenName>,
    /// What people read.
    pub label: Sp<Label>,
    /// What it leads to, in order: objects, `{report: NAME}`, `{dashboard: NAME}`.
    #[serde(default)]
    pub items: Vec<MenuItem>,
}

/// What an entry of the menu leads to.
#[derive(Debug, Clone, Copy)]
pub enum MenuItem {
    /// The list of an object.
    Object(Sp<WrittenName>),
    /// A report.
    Report(Sp<WrittenName>),
    /// A dashboard.
    Dashboard(Sp<WrittenName>),
}

/// A report or a dashboard. Exactly one of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullMenuItem {
    /// A report.
    #[serde(default)]
    report: Option<Sp<WrittenName>>,
    /// A dashboard.
    #[serde(default)]
    dashboard: Option<Sp<WrittenName>>,
}

impl<'de> Deserialize<'de> for MenuItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFull;
        impl<'de> Visitor<'de> for NameOrFull {
            type Value = MenuItem;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, `{report: NAME}` or `{dashboard: NAME}`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MenuItem, A::Error> {
                match FullMenuItem::deserialize(MapAccessDeserializer::new(map))? {
                    FullMenuItem { report: Some(report), dashboard: None } => Ok(MenuItem::Report(report)),
                    FullMenuItem { report: None, dashboard: Some(dashboard) } => Ok(MenuItem::Dashboard(dashboard)),
                    _ => Err(serde::de::Error::custom("an entry is a `report` or a `dashboard`")),
                }
            }
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<MenuItem, D2::Error> {
                Sp::<WrittenName>::deserialize(scalar).map(MenuItem::Object)
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, NameOrFull)
    }
}

impl JsonSchema for MenuItem {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MenuItem".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<FullMenuItem>();
        json_schema!({"description": "What an entry of the menu leads to.", "anyOf": [{"type": "string"}, full]})
    }
}

/// A named value of the book.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The type, as for a field.
    #[serde(rename = "type")]
    pub kind: Sp<String>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The options of a `choice`.
    #[serde(default)]
    pub options: Option<Sp<Options>>,
    /// The value until somebody changes it.
    pub default: Val,
}
