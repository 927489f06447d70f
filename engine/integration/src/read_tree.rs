//! Reading YAML trees of files that are not definitions: import mappings and demo plans.
//!
//! Every problem is reported at its place, and unknown keys with the nearest known one.

use std::sync::Arc;

use formwork_catalog::catalog::Catalog;
use formwork_definition::{
    spanned::Sp,
    yaml::{Kind, Node, parse_tree},
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    source::{Sources, Span},
    text,
    text::Text,
};

use crate::error::{Error, Problems};

/// A text with its place.
pub(crate) type Word = Sp<Arc<str>>;

/// Reads a file and hands its tree to `build`; with an error among the diagnostics there is no result.
pub(crate) fn read_file<T>(
    path: &str,
    text: &str,
    build: impl FnOnce(&Node, &Sources, &mut Diagnostics) -> Option<T>,
) -> Result<T, Error> {
    let mut sources = Sources::default();
    let source = sources.add(path, text);
    let mut diagnostics = Diagnostics::default();
    let built = parse_tree(source, text, &mut diagnostics).and_then(|tree| build(&tree, &sources, &mut diagnostics));
    diagnostics.sort();
    match built {
        Some(built) if !diagnostics.has_errors() => Ok(built),
        _ => Err(Error::Mapping(Box::new(Problems { sources, diagnostics }))),
    }
}

/// The entries of a mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entries<'a> {
    pub(crate) pairs: &'a [(Word, Node)],
    pub(crate) span: Span,
}

impl<'a> Entries<'a> {
    /// A mapping with keys of any name.
    pub(crate) fn any(node: &'a Node, out: &mut Diagnostics) -> Option<Self> {
        match &node.kind {
            Kind::Map(pairs) => Some(Self { pairs, span: node.span }),
            Kind::Null => Some(Self { pairs: &[], span: node.span }),
            _ => {
                wrong_type(node.span, text!("a mapping", "一个映射"), out);
                None
            }
        }
    }

    /// A mapping with these keys only.
    pub(crate) fn of(node: &'a Node, known: &[&str], out: &mut Diagnostics) -> Option<Self> {
        let entries = Self::any(node, out)?;
        for (key, _) in entries.pairs {
            if !known.contains(&&*key.value) {
                let wrong = &key.value;
                out.push(
                    Diagnostic::error(
                        code!("unknown-key"),
                        key.span,
                        text!("there is no key `{wrong}` here", "这里没有键 `{wrong}`"),
                    )
                    .suggest(nearest(wrong, known.iter().copied())),
                );
            }
        }
        Some(entries)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.pairs.iter().find(|(known, _)| &*known.value == key).map(|(_, node)| node)
    }

    pub(crate) fn text(&self, key: &str, out: &mut Diagnostics) -> Option<Word> {
        self.get(key).and_then(|node| word(node, out))
    }

    /// A text that has to be there.
    pub(crate) fn needed(&self, key: &str, out: &mut Diagnostics) -> Option<Word> {
        if self.get(key).is_none() {
            out.push(Diagnostic::error(
                code!("missing-key"),
                self.span.within(self.span.start as usize, self.span.start as usize + 1),
                text!("`{key}` is missing", "缺少 `{key}`"),
            ));
        }
        self.text(key, out)
    }

    pub(crate) fn boolean(&self, key: &str, out: &mut Diagnostics) -> Option<bool> {
        let word = self.text(key, out)?;
        match &*word.value {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                wrong_type(word.span, text!("`true` or `false`", "`true` 或 `false`"), out);
                None
            }
        }
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, key: &str, out: &mut Diagnostics) -> Option<T> {
        self.get(key).and_then(|node| number(node, out))
    }
}

/// A scalar as a number.
pub(crate) fn number<T: std::str::FromStr>(node: &Node, out: &mut Diagnostics) -> Option<T> {
    let word = word(node, out)?;
    let number = word.value.parse().ok();
    if number.is_none() {
        wrong_type(word.span, text!("a number", "一个数字"), out);
    }
    number
}

/// A scalar.
pub(crate) fn word(node: &Node, out: &mut Diagnostics) -> Option<Word> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(Sp::new(text.clone(), node.span)),
        _ => {
            wrong_type(node.span, text!("a text", "一个文本"), out);
            None
        }
    }
}

/// The items of a list; anything else counts as a list of one.
pub(crate) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        Kind::Null => &[],
        _ => std::slice::from_ref(node),
    }
}

/// Two numbers: `[1, 20]`, or one number that counts as both.
pub(crate) fn pair<T: std::str::FromStr + Copy>(node: &Node, out: &mut Diagnostics) -> Option<(T, T)> {
    match items(node) {
        [one] => number(one, out).map(|n| (n, n)),
        [low, high] => Some((number(low, out)?, number(high, out)?)),
        _ => {
            wrong_type(node.span, text!("two numbers, `[least, greatest]`", "两个数字 `[最小, 最大]`"), out);
            None
        }
    }
}

/// Something else was expected.
pub(crate) fn wrong_type(at: Span, expected: Text, out: &mut Diagnostics) {
    let (en, zh) = (expected.en, expected.zh);
    out.push(Diagnostic::error(code!("wrong-type"), at, text!("expected {en}", "应为{zh}")));
}

/// The object called so.
pub(crate) fn object(catalog: &Catalog, word: &Word, out: &mut Diagnostics) -> Option<Name> {
    let found = catalog.find_object(&word.value).map(|object| object.name);
    if found.is_none() {
        let wrong = &word.value;
        out.push(
            Diagnostic::error(
                code!("unknown-object"),
                word.span,
                text!("there is no object `{wrong}`", "没有对象 `{wrong}`"),
            )
            .suggest(nearest(wrong, catalog.objects.keys().map(|name| name.as_str()))),
        );
    }
    found
}

/// The field of `object` called so, when somebody can set it.
pub(crate) fn field(catalog: &Catalog, object: Name, word: &Word, out: &mut Diagnostics) -> Option<Name> {
    let known = catalog.object(object)?;
    let wrong = &word.value;
    match Name::find(wrong).and_then(|name| known.field(name)) {
        Some(field) if field.is_input() => Some(field.name),
        Some(_) => {
            out.push(Diagnostic::error(
                code!("computed-field"),
                word.span,
                text!("`{wrong}` is computed, nobody can set it", "`{wrong}` 由系统计算，不能设置"),
            ));
            None
        }
        None => {
            let names = known.fields.iter().filter(|field| field.is_input()).map(|field| field.name.as_str());
            out.push(
                Diagnostic::error(
                    code!("unknown-field"),
                    word.span,
                    text!("`{object}` has no field `{wrong}`", "`{object}` 没有字段 `{wrong}`"),
                )
                .suggest(nearest(wrong, names)),
            );
            None
        }
    }
}

/// The action of a flow of `object`, with the names that its form takes as input.
pub(crate) fn action(catalog: &Catalog, object: Name, word: &Word, out: &mut Diagnostics) -> Option<Name> {
    let actions = || {
        let flows = catalog.flows.values().filter(|flow| flow.object == object);
        flows.flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions()).map(|action| action.name)
    };
    let wrong = &word.value;
    let found = actions().find(|name| *name == **wrong);
    if found.is_none() {
        out.push(
            Diagnostic::error(
                code!("unknown-action"),
                word.span,
                text!("`{object}` has no action `{wrong}`", "`{object}` 没有操作 `{wrong}`"),
            )
            .suggest(nearest(wrong, actions().map(|name| name.as_str()))),
        );
    }
    found
}

/// Checks a name that an action takes: an input of its form, a field of it, or a field it requires.
pub(crate) fn action_input(catalog: &Catalog, object: Name, action: Name, word: &Word, out: &mut Diagnostics) {
    let mut names: Vec<Name> = Vec::new();
    let flows = catalog.flows.values().filter(|flow| flow.object == object);
    for known in flows.flat_map(|flow| flow.nodes.values()).flat_map(|node| node.actions()) {
        if known.name == action {
            names.extend(&known.require);
            if let Some(form) = known.form.and_then(|form| catalog.forms.get(&form)) {
                names.extend(form.inputs.iter().map(|input| input.name));
                names.extend(form.places().map(|(_, place)| place.field));
            }
        }
    }
    let wrong = &word.value;
    if !names.iter().any(|name| *name == **wrong) {
        out.push(
            Diagnostic::error(
                code!("unknown-input"),
                word.span,
                text!("`{action}` does not take `{wrong}`", "操作 `{action}` 不接受 `{wrong}`"),
            )
            .suggest(nearest(wrong, names.iter().map(|name| name.as_str()))),
        );
    }
}
