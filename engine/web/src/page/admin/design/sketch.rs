//! A flow as it is written, sound or not: its nodes and arrows with the places they come from.

use formwork_definition::yaml::edit::{Document, Value};

use super::{hand::Hand, sheet::label_of};
use crate::{
    error::Problem,
    page::{flow::picture::Shape, view::View},
};

/// What a node is, by the key that makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    State,
    Approval,
    Decide,
    Join,
    Run,
    Call,
    Each,
    Scope,
    Wait,
    End,
}

impl Kind {
    const KEYS: [(&'static str, Self); 9] = [
        ("approval", Self::Approval),
        ("decide", Self::Decide),
        ("join", Self::Join),
        ("run", Self::Run),
        ("call", Self::Call),
        ("each", Self::Each),
        ("scope", Self::Scope),
        ("wait", Self::Wait),
        ("end", Self::End),
    ];

    pub(super) fn of(doc: &Document, node: &str) -> Self {
        let known = Self::KEYS.iter().find(|(key, _)| doc.node(&format!("{node}/{key}")).is_some());
        known.map_or(Self::State, |(_, kind)| *kind)
    }

    pub(super) fn key(self) -> &'static str {
        Self::KEYS.iter().find(|(_, kind)| *kind == self).map_or("state", |(key, _)| key)
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Decide | Self::Join => Shape::Diamond,
            Self::End => Shape::Pill,
            _ => Shape::Box,
        }
    }
}

/// A node where it is written.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// Such as `nodes/draft`.
    pub(super) path: String,
    pub(super) label: String,
    pub(super) kind: Kind,
}

/// An arrow, and the place that makes it.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) text: String,
    /// Such as `nodes/draft/actions/submit`; of a node that goes on by itself the node.
    pub(super) path: String,
}

/// A flow as it is written.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
}

/// The ways out of an approval, in the order arrows are drawn.
pub(super) const EXITS: [&str; 4] = ["approved", "rejected", "returned", "withdrawn"];

impl Sketch {
    pub(super) fn of(view: &View, doc: &Document) -> Self {
        let mut sketch = Self::default();
        sketch.gather(view, doc, "nodes");
        let known: Vec<String> = sketch.nodes.iter().map(|node| node.name.clone()).collect();
        sketch.arrows.retain(|arrow| known.contains(&arrow.to) && arrow.from != arrow.to);
        sketch
    }

    /// Where a node is written.
    pub(super) fn path(&self, name: &str) -> Option<&str> {
        self.nodes.iter().find(|node| node.name == name).map(|node| &*node.path)
    }

    fn gather(&mut self, view: &View, doc: &Document, nodes: &str) {
        for name in doc.keys(nodes) {
            let path = format!("{nodes}/{name}");
            let kind = Kind::of(doc, &path);
            let label = label_of(doc, view.language, &format!("{path}/label"));
            let label = label.unwrap_or_else(|| name.replace('_', " "));
            self.nodes.push(Node { name: name.clone(), path: path.clone(), label, kind });
            self.ways(view, doc, &name, &path);
            for inner in ["scope", "each"].map(|key| format!("{path}/{key}")) {
                self.arrow(doc, &name, &format!("{inner}/start"), &path, String::new());
                self.actions(view, doc, &name, &inner);
                self.arrow(doc, &name, &format!("{inner}/closed"), &path, String::new());
                self.gather(view, doc, &format!("{inner}/nodes"));
            }
        }
    }

    fn ways(&mut self, view: &View, doc: &Document, name: &str, path: &str) {
        self.actions(view, doc, name, path);
        for exit in EXITS {
            let at = format!("{path}/{exit}");
            self.arrow(doc, name, &format!("{at}/to"), &at, view.word(exit_word(exit)).to_owned());
        }
        for at in doc.keys(&format!("{path}/decide")) {
            let at = format!("{path}/decide/{at}");
            self.arrow(doc, name, &format!("{at}/to"), &at, brief(&branch(view, doc, &at)));
        }
        for timer in doc.keys(&format!("{path}/timers")) {
            let at = format!("{path}/timers/{timer}");
            let due = ["after", "at"].iter().find_map(|key| doc.scalar(&format!("{at}/{key}")));
            let text = due.map_or_else(|| timer.replace('_', " "), |due| format!("{timer}: {due}"));
            self.arrow(doc, name, &format!("{at}/to"), &at, brief(&text));
        }
        self.arrow(doc, name, &format!("{path}/to"), path, String::new());
        self.arrow(doc, name, &format!("{path}/failed/to"), path, view.word("adm_d_failed").to_owned());
    }

    fn actions(&mut self, view: &View, doc: &Document, name: &str, path: &str) {
        for action in doc.keys(&format!("{path}/actions")) {
            let at = format!("{path}/actions/{action}");
            let label = label_of(doc, view.language, &format!("{at}/label"));
            self.arrow(doc, name, &format!("{at}/to"), &at, label.unwrap_or_else(|| action.replace('_', " ")));
        }
    }

    fn arrow(&mut self, doc: &Document, from: &str, to: &str, path: &str, text: String) {
        let targets = match doc.node(to).map(Value::of) {
            Some(Value::Text(one)) => vec![one],
            Some(Value::List(several)) => several
                .into_iter()
                .filter_map(|one| if let Value::Text(one) = one { Some(one) } else { None })
                .collect(),
            _ => Vec::new(),
        };
        for to in targets {
            self.arrows.push(Arrow { from: from.to_owned(), to, text: text.clone(), path: path.to_owned() });
        }
    }
}

/// The word for a way out of an approval.
pub(super) fn exit_word(exit: &str) -> &'static str {
    match exit {
        "approved" => "adm_d_approved",
        "rejected" => "adm_d_rejected",
        "returned" => "adm_d_returned",
        _ => "adm_d_withdrawn",
    }
}

/// What leads along a branch: its condition, `else` in words, or a question where neither is written yet.
pub(super) fn branch(view: &View, doc: &Document, at: &str) -> String {
    let otherwise = || doc.node(&format!("{at}/else")).map_or("?", |_| view.word("adm_d_else"));
    doc.scalar(&format!("{at}/when")).unwrap_or_else(otherwise).to_owned()
}

/// A condition in as many characters as an arrow has room for.
fn brief(when: &str) -> String {
    if when.chars().count() <= 26 { when.to_owned() } else { when.chars().take(25).chain(['…']).collect() }
}

/// Lets every arrow to a node that has another name now lead to it, and the flow begin at it.
pub(super) fn follow(hand: &mut Hand<'_>, before: &str, now: &str) -> Result<(), Problem> {
    let mut places = Vec::new();
    if let Some(node) = hand.doc()?.node("") {
        mentions(&Value::of(node), "", before, &mut places);
    }
    for place in places {
        hand.edit(|doc| doc.set(&place, &Value::text(now)))?;
    }
    Ok(())
}

/// Where keys that name nodes have this name for a value.
fn mentions(value: &Value, path: &str, name: &str, out: &mut Vec<String>) {
    const KEYS: [&str; 6] = ["to", "start", "cancel", "closed", "while", "pause"];
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let at = format!("{path}/{key}");
                match value {
                    Value::Text(text) if text == name && KEYS.contains(&&**key) => out.push(at),
                    Value::List(items) if KEYS.contains(&&**key) => {
                        let same = |item: &Value| matches!(item, Value::Text(text) if text == name);
                        out.extend(
                            (0..)
                                .zip(items)
                                .filter(|(_, item)| same(item))
                                .map(|(i, _): (usize, _)| format!("{at}/{i}")),
                        );
                    }
                    value => mentions(value, &at, name, out),
                }
            }
        }
        Value::List(items) => {
            (0..).zip(items).for_each(|(i, item): (usize, _)| mentions(item, &format!("{path}/{i}"), name, out))
        }
        _ => {}
    }
}
