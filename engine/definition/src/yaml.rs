//! YAML text to a tree with the place of every node. The one file that knows the YAML library.

mod build;
pub mod edit;
mod origin;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
    text,
};
use serde_saphyr::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle};

use crate::spanned::Sp;

pub use origin::{ScriptOrigin, script_origin};

/// The greatest length of one file in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The greatest number of values in one file; tables can be long.
pub const MAX_NODES: usize = 200_000;
/// How deep lists and mappings nest.
pub const MAX_DEPTH: usize = 32;
/// How many problems of one file are reported.
pub const MAX_PROBLEMS: usize = 200;

/// One value of a file and where it stands. A quoted or block scalar begins at its quote, `|` or `>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it was written.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// A scalar, with the text as it was written: `0.10`, `0755` and `yes` are not touched.
    Scalar {
        /// The text.
        text: Arc<str>,
        /// Whether it stood in quotes.
        quoted: bool,
        /// Whether it was written as a block, `|` or `>`.
        block: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in file order, every key once.
    Map(Vec<(Sp<Arc<str>>, Node)>),
}

/// The tree as JSON: every scalar that is written is a text.
pub fn to_json(node: &Node) -> serde_json::Value {
    match &node.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Scalar { text, quoted: false, .. } if matches!(&**text, "null" | "~" | "") => serde_json::Value::Null,
        Kind::Scalar { text, .. } => serde_json::Value::String(text.to_string()),
        Kind::List(items) => items.iter().map(to_json).collect(),
        Kind::Map(pairs) => pairs.iter().map(|(key, value)| (key.value.to_string(), to_json(value))).collect(),
    }
}

/// Reads the one document of a file. Problems go to `out`; with a problem of syntax there is no tree.
pub fn parse_tree(source: u32, text: &str, out: &mut Diagnostics) -> Option<Node> {
    let file = Span { source, start: 0, end: 0 };
    if text.len() > MAX_BYTES {
        let (size, most) = (text.len(), MAX_BYTES);
        out.push(Diagnostic::error(
            code!("yaml-limit"),
            file,
            text!("the file has {size} bytes; at most {most} are read", "文件有 {size} 字节；最多读取 {most} 字节"),
        ));
        return None;
    }
    if let Some(at) = text.bytes().position(|b| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7F) {
        let number = text.as_bytes().get(at).copied().unwrap_or_default();
        out.push(Diagnostic::error(
            code!("yaml-syntax"),
            file.within(at, at + 1),
            text!("the file contains the control character U+{number:04X}", "文件中有控制字符 U+{number:04X}"),
        ));
        return None;
    }
    let mut builder = build::Builder::new(source, text, out);
    for event in Parser::new_from_str_with_options(text, options()) {
        match event {
            Ok((event, span)) => {
                let start = byte(text, span.start.byte_offset(), span.start.index());
                let end = byte(text, span.end.byte_offset(), span.end.index());
                if builder.event(event, file.within(start, end)).is_err() {
                    return None;
                }
            }
            Err(error) => {
                let mark = error.marker();
                let at = byte(text, mark.byte_offset(), mark.index());
                let bracket = builder.open_bracket();
                builder.out.push(words::problem(text, file, at, error.kind(), bracket));
                return None;
            }
        }
    }
    Some(builder.finish())
}

fn options() -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options
}

/// The parser gives bytes for text that lies in memory; its count of characters is the fallback.
fn byte(text: &str, byte: Option<usize>, characters: usize) -> usize {
    let at = byte.unwrap_or_else(|| text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at));
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
