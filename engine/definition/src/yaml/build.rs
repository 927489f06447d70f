//! The tree, built from the parser's events.

use std::{collections::HashMap, sync::Arc};

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
    text,
    text::Text,
};

use super::{Event, Kind, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, Node, ScalarStyle};
use crate::spanned::Sp;

/// The rest of the file makes no sense; what is wrong has been reported.
pub(super) struct Stop;

/// A list or mapping that is not closed yet.
enum Open {
    List(Span, Vec<Node>),
    Map(Span, Vec<(Sp<Arc<str>>, Node)>, Option<Sp<Arc<str>>>),
}

pub(super) struct Builder<'a> {
    source: u32,
    text: &'a str,
    pub(super) out: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    problems: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: u32, text: &'a str, out: &'a mut Diagnostics) -> Self {
        Self { source, text, out, open: Vec::new(), root: None, documents: 0, nodes: 0, problems: 0 }
    }

    /// The tree; an empty file is null.
    pub(super) fn finish(self) -> Node {
        self.root.unwrap_or(Node { span: Span { source: self.source, start: 0, end: 0 }, kind: Kind::Null })
    }

    /// The innermost `[` or `{` that is not closed yet.
    pub(super) fn open_bracket(&self) -> Option<Span> {
        let (Open::List(start, _) | Open::Map(start, ..)) = self.open.last()?;
        self.is_bracket(*start).then_some(*start)
    }

    fn is_bracket(&self, start: Span) -> bool {
        self.text.as_bytes().get(start.start as usize).is_some_and(|b| matches!(b, b'[' | b'{'))
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                self.tag(tag.is_some(), span);
                let node = self.scalar(&text, style, span);
                self.add(node)
            }
            Event::SequenceStart(_, _, tag) => {
                self.tag(tag.is_some(), span);
                self.begin(Open::List(span, Vec::new()), span)
            }
            Event::MappingStart(_, _, tag) => {
                self.tag(tag.is_some(), span);
                self.begin(Open::Map(span, Vec::new(), None), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.problem(
                    Diagnostic::error(
                        code!("yaml-alias"),
                        span,
                        text!("aliases are not used here", "这里不能使用别名"),
                    )
                    .help(text!("write the value out again", "请把值重新写一遍")),
                );
                self.add(Node { span, kind: Kind::Null })
            }
            Event::Anchor(_, name) => {
                self.problem(Diagnostic::error(
                    code!("yaml-alias"),
                    span,
                    text!("the anchor `&{name}` is not used here", "这里不能使用锚点 `&{name}`"),
                ));
                Ok(())
            }
            Event::DocumentStart(..) => self.document(span),
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents < 2 {
            return Ok(());
        }
        self.problem(
            Diagnostic::error(
                code!("yaml-syntax"),
                span,
                text!("a file holds only one document", "一个文件只能有一个文档"),
            )
            .help(text!(
                "remove `---`, or move what follows to a file of its own",
                "去掉 `---`，或把后面的内容放到另一个文件"
            )),
        );
        Err(Stop)
    }

    /// A tag is an error, but the value below it is read all the same.
    fn tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.problem(
                Diagnostic::error(
                    code!("yaml-syntax"),
                    span,
                    text!("tags such as `!!str` are not used here", "这里不能使用 `!!str` 之类的标签"),
                )
                .help(text!("remove the tag; quotes make a text", "去掉标签；需要文本时加引号")),
            );
        }
    }

    fn scalar(&self, value: &str, style: ScalarStyle, span: Span) -> Node {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let span = if block { super::origin::from_indicator(self.text, span) } else { span };
        if !block && !quoted && matches!(value, "" | "~" | "null" | "Null" | "NULL") {
            return Node { span, kind: Kind::Null };
        }
        Node { span, kind: Kind::Scalar { text: value.into(), quoted, block } }
    }

    fn begin(&mut self, open: Open, span: Span) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            self.problem(Diagnostic::error(
                code!("yaml-limit"),
                span,
                text!("nested deeper than {MAX_DEPTH} levels", "嵌套超过 {MAX_DEPTH} 层"),
            ));
            return Err(Stop);
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let node = match self.open.pop() {
            Some(Open::List(start, items)) => {
                let last = items.last().map(|item| item.span.end);
                Node { span: self.closed(start, last, end), kind: Kind::List(items) }
            }
            Some(Open::Map(start, pairs, _)) => {
                let last = pairs.last().map(|(key, value)| key.span.end.max(value.span.end));
                let span = self.closed(start, last, end);
                Node { span, kind: Kind::Map(self.distinct(pairs)) }
            }
            None => return Ok(()),
        };
        self.add(node)
    }

    /// A flow collection ends with its bracket; a block collection with its last value.
    fn closed(&self, start: Span, last: Option<u32>, end: Span) -> Span {
        let end = if self.is_bracket(start) { end.end } else { last.unwrap_or(start.end) };
        Span { end: end.max(start.start), ..start }
    }

    fn add(&mut self, node: Node) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.problem(Diagnostic::error(
                code!("yaml-limit"),
                node.span,
                text!("more than {MAX_NODES} values in one file", "一个文件中的值超过 {MAX_NODES} 个"),
            ));
            return Err(Stop);
        }
        if self.problems >= MAX_PROBLEMS {
            return Err(Stop);
        }
        let key = match self.open.last_mut() {
            None => {
                self.root = Some(node);
                return Ok(());
            }
            Some(Open::List(_, items)) => {
                items.push(node);
                return Ok(());
            }
            Some(Open::Map(_, pairs, key)) => match key.take() {
                Some(key) => {
                    let mut node = node;
                    if matches!(node.kind, Kind::Null) && node.span.start == node.span.end {
                        // Nothing stands behind the key; where the parser noticed is of no use.
                        node.span = Span { start: key.span.end, ..key.span };
                    }
                    pairs.push((key, node));
                    return Ok(());
                }
                None => self.key(node),
            },
        };
        if let Some(Open::Map(_, _, pending)) = self.open.last_mut() {
            *pending = Some(key);
        }
        Ok(())
    }

    /// A key is a text of its own. Anything else is reported and kept under a name nothing has.
    fn key(&mut self, node: Node) -> Sp<Arc<str>> {
        let written = self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or_default();
        let text: Arc<str> = match &node.kind {
            Kind::Scalar { text, .. } if &**text == "<<" => {
                self.problem(Diagnostic::error(
                    code!("yaml-alias"),
                    node.span,
                    text!("merging with `<<` is not used here", "这里不能用 `<<` 合并"),
                ));
                text.clone()
            }
            Kind::Scalar { text, .. } => text.clone(),
            Kind::Null if !written.is_empty() => written.into(),
            _ => {
                let message = text!("a key must be a text", "键必须是文本");
                self.problem(Diagnostic::error(code!("yaml-syntax"), node.span, message));
                "".into()
            }
        };
        Sp::new(text, node.span)
    }

    /// Reports every repeated key and keeps the first of them.
    fn distinct(&mut self, pairs: Vec<(Sp<Arc<str>>, Node)>) -> Vec<(Sp<Arc<str>>, Node)> {
        let mut first: HashMap<Arc<str>, Span> = HashMap::new();
        let few = pairs.len() <= 12;
        let mut kept: Vec<(Sp<Arc<str>>, Node)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let before = if few {
                kept.iter().find(|(known, _)| known.value == key.value).map(|(known, _)| known.span)
            } else {
                first.get(&key.value).copied()
            };
            if &*key.value == "<<" {
                continue;
            }
            match before {
                None => {
                    if !few {
                        first.insert(key.value.clone(), key.span);
                    }
                    kept.push((key, value));
                }
                Some(before) if !key.value.is_empty() => self.problem(duplicate(&key, before)),
                Some(_) => {}
            }
        }
        kept
    }

    fn problem(&mut self, diagnostic: Diagnostic) {
        self.problems += 1;
        if self.problems <= MAX_PROBLEMS {
            self.out.push(diagnostic);
        }
    }
}

fn duplicate(key: &Sp<Arc<str>>, before: Span) -> Diagnostic {
    let name = &key.value;
    let remark: Text = text!("`{name}` is first written here", "`{name}` 第一次写在这里");
    Diagnostic::error(code!("duplicate-key"), key.span, text!("the key `{name}` is written twice", "键 `{name}` 重复"))
        .related(before, remark)
}
