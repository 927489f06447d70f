//! The entries of a list or mapping as they are written: their bytes, their lines, and the comment above them.

use formwork_model::text::Text;

use super::{
    super::{Kind, Node},
    as_text,
};

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `[…]`, `{…}`.
    Flow,
    /// An entry a line, or more.
    Block,
}

/// An entry: its bytes, of a mapping with the key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Behind the key of a mapping's entry; of an item its start.
    pub(super) value: usize,
}

/// The lines of an entry of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// Where the comment directly above begins; without one, where the lines do.
    pub(super) lead: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What its first line is indented by.
    pub(super) indent: usize,
}

pub(super) fn style(text: &str, node: &Node) -> Style {
    let first = text.as_bytes().get(node.span.start as usize);
    if matches!(first, Some(b'[' | b'{')) { Style::Flow } else { Style::Block }
}

/// The bytes of a node without blanks at its end.
pub(super) fn extent(text: &str, node: &Node) -> (usize, usize) {
    let (start, end) = (node.span.start as usize, (node.span.end as usize).min(text.len()));
    let length = text.get(start..end).map_or(0, |part| part.trim_end().len());
    (start, start + length)
}

/// The entries of a list or mapping.
pub(super) fn entries(text: &str, node: &Node) -> Result<Vec<Entry>, Text> {
    match &node.kind {
        Kind::Map(pairs) => {
            let entry = |(key, value): &(crate::spanned::Sp<std::sync::Arc<str>>, Node)| {
                let colon = text.get(key.span.end as usize..).and_then(|rest| rest.find(':')).ok_or_else(as_text)?;
                let behind = key.span.end as usize + colon + 1;
                Ok(Entry { start: key.span.start as usize, end: extent(text, value).1.max(behind), value: behind })
            };
            pairs.iter().map(entry).collect()
        }
        Kind::List(items) => Ok(items
            .iter()
            .map(|item| {
                let (start, end) = extent(text, item);
                Entry { start, end, value: start }
            })
            .collect()),
        _ => Err(as_text()),
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1)
}

/// The lines of each entry of a block. An entry that begins behind the `-` of a list has none of its own: `None`.
pub(super) fn lines(text: &str, node: &Node, entries: &[Entry]) -> Result<Vec<Option<Lines>>, Text> {
    let list = matches!(node.kind, Kind::List(_));
    let mut found: Vec<Option<Lines>> = Vec::new();
    let mut above = 0;
    for (at, entry) in entries.iter().enumerate() {
        let start = line_start(text, entry.start);
        let before = text.get(start..entry.start).unwrap_or_default();
        let rest = text.get(entry.end..).unwrap_or_default();
        let end = rest.find('\n').map_or(text.len(), |at| entry.end + at + 1);
        let behind = text.get(entry.end..end).unwrap_or_default().trim();
        let own = if list { before.trim() == "-" } else { before.trim().is_empty() };
        if (!own && (list || at > 0)) || !(behind.is_empty() || behind.starts_with('#')) || start < above {
            return Err(as_text());
        }
        let indent = before.len() - before.trim_start().len();
        found.push(own.then(|| Lines { lead: lead(text, above, start, indent), start, end, indent }));
        above = end;
    }
    Ok(found)
}

/// Where the comment lines directly above a line begin, not looking above `above`.
fn lead(text: &str, above: usize, start: usize, indent: usize) -> usize {
    let mut lead = start;
    while lead > above {
        let line = line_start(text, lead - 1);
        let written = text.get(line..lead).unwrap_or_default();
        let own = written.len() - written.trim_start().len() == indent && written.trim_start().starts_with('#');
        if line < above || !own {
            break;
        }
        lead = line;
    }
    lead
}
