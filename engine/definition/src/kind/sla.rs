//! `sla`: clocks of an object, and the fields that keep what they measured.

use formwork_model::{name::Name, text::Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    kind::{
        effect::{Create, Notify, Post, RunAs, Start, gathers_effects},
        field::{Choosable, Field, Options, Tone},
        object::Object,
    },
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// A target for how long something may take. The clock `NAME` keeps four fields of the object that lists, forms and
/// reports read like any other: `NAME_due` (when it is missed), `NAME_state` (`running`, `paused`, `met`, `missed`),
/// `NAME_paused` (how long it stood still) and `NAME_elapsed` (how long it took, when it has stopped).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The nodes at which it begins, each time a token comes there. Default: when the record is created.
    #[serde(default)]
    pub from: Many<Sp<WrittenName>>,
    /// The states or ends at which it stops.
    pub until: Many<Sp<WrittenName>>,
    /// The nodes at which it stands still while they have a token; what passes then is not counted.
    #[serde(default)]
    pub pause: Many<Sp<WrittenName>>,
    /// After what it begins anew, without what has passed, unless it stands where it stops. Other clocks keep their
    /// time.
    #[serde(default)]
    pub restart: Many<Sp<Restart>>,
    /// How long it may take: `4 working hours`, `2d`, or `= expression`, such as an output of a table. When that
    /// changes, so does the due time; when it gives nothing, there is no clock.
    pub target: Val,
    /// The calendar that counts working time: its name, or `= expression` that gives one. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Val>,
    /// Points of the target at which something is done, in the order of time.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

/// A point of a clock's target: before it, such as `80%` to warn; `100%`, when the target is missed; or after it,
/// such as `150%`. While the clock stands still none is reached, and none is when it has stopped.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The part of the target: `80%`, at most `1000%`.
    pub at: Sp<String>,
    /// Records to create, by a name that later expressions use: `created.NAME`.
    #[serde(default)]
    pub create: Map<Create>,
    /// Fields to set: a value, or `= expression`.
    #[serde(default)]
    pub set: Map<Val>,
    /// A decision table whose outputs are set into the fields of the same names.
    #[serde(default)]
    pub table: Option<Sp<WrittenName>>,
    /// A script: the name of a `.rhai` file, or `= statements`.
    #[serde(default)]
    pub run: Option<Val>,
    /// `run`: `system` when the script may do what whoever acts may not. Default: it has their rights.
    #[serde(rename = "as", default)]
    pub run_as: Option<Sp<RunAs>>,
    /// Ledger entries to post.
    #[serde(default)]
    pub post: Many<Post>,
    /// Flows to start on this or another record.
    #[serde(default)]
    pub start: Many<Start>,
    /// In-app messages to send.
    #[serde(default)]
    pub notify: Many<Notify>,
    /// At last, how far the record's work in queues goes up. Work that is in the last queue stays there.
    #[serde(default)]
    pub escalate: Option<Sp<Up>>,
}

gathers_effects!(Mark);

/// How far work in a queue goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    /// To the next queue.
    Next,
    /// To the last queue that `next` leads to, past those between.
    Top,
}

/// After what a clock begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Work that the record is goes to the next queue.
    Escalate,
}

/// What a clock keeps: the end of the field's name, its type, and what people read behind the clock's label.
const KEPT: [(&str, &str, &str, &str); 4] = [
    ("due", "datetime", "due", "期限"),
    ("state", "choice", "state", "状态"),
    ("paused", "duration", "paused", "暂停时长"),
    ("elapsed", "duration", "elapsed", "用时"),
];

/// What can become of a clock.
const STATES: [(&str, &str, &str); 4] = [
    ("running", "Running", "计时中"),
    ("paused", "Paused", "暂停"),
    ("met", "Met", "达标"),
    ("missed", "Missed", "超时"),
];

/// The name of a field that a clock keeps.
pub fn kept(clock: Name, what: &str) -> Name {
    Name::intern(&format!("{clock}_{what}"))
}

impl Object {
    /// Adds the fields that the object's clocks keep.
    pub fn add_clock_fields(&mut self) {
        let mut fields: Vec<(Sp<Name>, Field)> = Vec::new();
        for (name, clock) in &self.sla {
            let label = clock
                .label
                .as_ref()
                .map_or_else(|| Text::same(name.value.as_str().replace('_', " ")), |label| label.value.text.clone());
            for (what, kind, en, zh) in KEPT {
                let label = Text { en: format!("{} {en}", label.en), zh: format!("{}{zh}", label.zh) };
                let label = Sp::new(Label { text: label, single: false }, name.span);
                fields.push((Sp::new(kept(name.value, what), name.span), field(kind, label, name)));
            }
        }
        self.fields.extend(fields);
    }
}

fn field(kind: &str, label: Sp<Label>, clock: &Sp<Name>) -> Field {
    let option = |(name, en, zh): (&str, &str, &str)| {
        let label = Label { text: Text { en: en.into(), zh: zh.into() }, single: false };
        let tone = match name {
            "met" => Some(Tone::Good),
            "missed" => Some(Tone::Bad),
            _ => None,
        };
        let (name, label) = (Sp::new(WrittenName(Name::intern(name)), clock.span), Sp::new(label, clock.span));
        Choosable { name, label: Some(label), tone: tone.map(|tone| Sp::new(tone, clock.span)) }
    };
    let options = (kind == "choice").then(|| Sp::new(Options(STATES.map(option).into()), clock.span));
    let listed = matches!(kind, "choice" | "datetime");
    Field {
        label: Some(label),
        options,
        indexed: listed.then(|| Sp::new(true, clock.span)),
        kept: true,
        ..Field::of(Sp::new(kind.to_owned(), clock.span))
    }
}
