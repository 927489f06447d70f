//! Where the text of a script begins inside its scalar.

use formwork_model::source::Span;

/// Where a script that stands in a scalar begins, for places inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptOrigin {
    /// The byte of the first character of the script in the file: after quotes, `=` and blanks.
    pub start: u32,
    /// How many columns every line of the script is indented by, for a block (`|` or `>`).
    pub indent: Option<usize>,
    /// The characters between the beginning of the scalar's text and the script: `2` for `= this.amount`.
    pub skipped: usize,
}

/// Where the script in the scalar at `span` begins; `text` is the whole file.
pub fn script_origin(text: &str, span: Span) -> ScriptOrigin {
    let begin = boundary(text, span.start as usize);
    let end = boundary(text, (span.end as usize).max(begin));
    let scalar = text.get(begin..end).unwrap_or_default();
    let (content, indent) = match scalar.bytes().next() {
        Some(b'|' | b'>') => block(text, begin),
        Some(b'"' | b'\'') => (begin + 1, None),
        _ => (begin, None),
    };
    let rest = text.get(content..end.max(content)).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start().len();
    let trimmed = rest.trim_start();
    let script = match trimmed.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
        Some(after) => blanks + 1 + (after.len() - after.trim_start().len()),
        None => blanks,
    };
    let skipped = rest.get(..script).unwrap_or_default().chars().count();
    ScriptOrigin { start: (content + script) as u32, indent, skipped }
}

/// The first content character of a block scalar whose `|` or `>` is at `begin`, and its indentation.
fn block(text: &str, begin: usize) -> (usize, Option<usize>) {
    let after = text.get(begin..).unwrap_or_default();
    let Some(header) = after.find('\n') else { return (text.len(), Some(0)) };
    let mut at = begin + header + 1;
    for line in after.get(header + 1..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        if !content.trim_end().is_empty() {
            let indent = line.len() - content.len();
            return (at + indent, Some(indent));
        }
        at += line.len();
    }
    (at, Some(0))
}

/// Lets the span of a block scalar begin at its `|` or `>`, wherever the parser lets it begin.
pub(super) fn from_indicator(text: &str, span: Span) -> Span {
    let start = span.start as usize;
    if text.as_bytes().get(start).is_some_and(|b| matches!(b, b'|' | b'>')) {
        return span;
    }
    let before = text.get(..start).unwrap_or_default();
    // Only blank lines and indentation stand between the header line and the content.
    let header_end = before.trim_end().len();
    let line_start = before.get(..header_end).and_then(|head| head.rfind('\n')).map_or(0, |i| i + 1);
    let header = before.get(line_start..header_end).unwrap_or_default();
    let uncommented = header.rfind(" #").and_then(|i| header.get(..i)).unwrap_or(header);
    match uncommented.rfind(['|', '>']) {
        Some(at) => Span { start: (line_start + at) as u32, ..span },
        None => span,
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
