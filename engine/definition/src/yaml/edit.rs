//! Edits of a YAML document that leave every other byte as it was: comments, order, quotes, blank lines.
//!
//! A path names a value by its keys and places, `nodes/draft/actions/submit/to/0`; the empty path is the whole document.
//! What is added is written in one line, in the indentation of what stands beside it. Each edit reads its own result
//! back: one that would mean anything but what was asked is refused, and has to be made in the text.

mod entry;
#[cfg(test)]
mod tests;
mod value;

use formwork_model::{diagnostic::Diagnostics, text, text::Text};

use self::entry::{Entry, Lines, Style, entries, extent, lines, style};
use super::{Kind, Node, parse_tree};

pub use value::{Value, scalar};

/// A document that can be edited.
#[derive(Debug)]
pub struct Document {
    text: String,
    root: Node,
}

/// Bytes that are replaced.
type Splice = (usize, usize, String);

fn as_text() -> Text {
    text!("this place is written in a way that is edited as text only", "此处的写法只能以文本方式编辑")
}

fn no_place() -> Text {
    text!("there is no such place in the file", "文件中没有这个位置")
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

/// The node behind a step.
fn below<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(pairs) => pairs.iter().find(|(key, _)| *key.value == *step).map(|(_, value)| value),
        Kind::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The place of a step among the entries of its collection.
fn place(node: &Node, step: &str) -> Option<usize> {
    match &node.kind {
        Kind::Map(pairs) => pairs.iter().position(|(key, _)| *key.value == *step),
        Kind::List(items) => step.parse::<usize>().ok().filter(|at| *at < items.len()),
        _ => None,
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is no YAML, or has a key twice.
    pub fn read(text: &str) -> Result<Self, Text> {
        let mut problems = Diagnostics::default();
        let root = parse_tree(0, text, &mut problems);
        root.filter(|_| problems.is_empty())
            .map(|root| Self { text: text.to_owned(), root })
            .ok_or_else(|| text!("the file can't be read; mend it as text first", "文件无法读取，请先以文本方式修正"))
    }

    /// The tree of the document.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The value at a path.
    pub fn node(&self, path: &str) -> Option<&Node> {
        steps(path).into_iter().try_fold(&self.root, below)
    }

    /// The bytes of the value at a path, in a mapping with its key.
    pub fn extent(&self, path: &str) -> Option<std::ops::Range<usize>> {
        let steps = steps(path);
        let Some((step, above)) = steps.split_last() else { return Some(0..self.text.len()) };
        let node = self.node(&above.join("/"))?;
        let entry = *entries(&self.text, node).ok()?.get(place(node, step)?)?;
        Some(entry.start..entry.end)
    }

    /// The text of a scalar at a path.
    pub fn scalar(&self, path: &str) -> Option<&str> {
        match &self.node(path)?.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The keys of the mapping at a path, or the places of the list.
    pub fn keys(&self, path: &str) -> Vec<String> {
        match self.node(path).map(|node| &node.kind) {
            Some(Kind::Map(pairs)) => pairs.iter().map(|(key, _)| key.value.to_string()).collect(),
            Some(Kind::List(items)) => (0..items.len()).map(|at| at.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Sets the value at a path, replacing what is there; what is missing on the way is added.
    ///
    /// # Errors
    /// When the path leads through something that is no mapping, or what is there can be edited as text only.
    pub fn set(&self, path: &str, value: &Value) -> Result<String, Text> {
        let steps = steps(path);
        if self.node(path).is_some_and(|node| Value::of(node) == *value) {
            return Ok(self.text.clone());
        }
        let mut meant = Value::of(&self.root);
        meant.put(&steps, value.clone())?;
        let (mut node, mut entry): (&Node, Option<Entry>) = (&self.root, None);
        for (at, step) in steps.iter().enumerate() {
            match below(node, step) {
                Some(next) => {
                    let place = place(node, step).ok_or_else(no_place)?;
                    entry = entries(&self.text, node)?.get(place).copied();
                    node = next;
                }
                None => {
                    let rest = steps.get(at + 1..).unwrap_or_default();
                    let whole = rest.iter().rev().fold(value.clone(), |value, step| Value::map([(step, value)]));
                    if matches!(node.kind, Kind::Null) {
                        let splice = self.replaced(node, entry, &Value::map([(step, whole)]))?;
                        return self.checked(vec![splice], &meant);
                    }
                    let last = entries(&self.text, node)?.len();
                    let splice = self.added(node, last, &pair(step, &whole))?;
                    return self.checked(vec![splice], &meant);
                }
            }
        }
        let splice = self.replaced(node, entry, value)?;
        self.checked(vec![splice], &meant)
    }

    /// Puts an item into a list, before another. A list that is not there yet begins with it.
    ///
    /// # Errors
    /// When there is something else, or it can be edited as text only.
    pub fn insert(&self, list: &str, at: usize, item: &Value) -> Result<String, Text> {
        match self.node(list).map(|node| &node.kind) {
            None | Some(Kind::Null) => self.set(list, &Value::List(vec![item.clone()])),
            Some(Kind::List(_)) => self.give(list, at, (String::new(), item.clone()), &item.written()),
            Some(_) => Err(as_text()),
        }
    }

    /// Puts a key into a mapping, before another. A mapping that is not there yet begins with it.
    ///
    /// # Errors
    /// When the key is there already, or something else is, or it can be edited as text only.
    pub fn insert_key(&self, map: &str, at: usize, key: &str, value: &Value) -> Result<String, Text> {
        match self.node(map).map(|node| &node.kind) {
            None | Some(Kind::Null) => self.set(map, &Value::map([(key, value.clone())])),
            Some(Kind::Map(_)) => self.give(map, at, (key.to_owned(), value.clone()), &pair(key, value)),
            Some(_) => Err(as_text()),
        }
    }

    fn give(&self, into: &str, at: usize, entry: (String, Value), written: &str) -> Result<String, Text> {
        let node = self.node(into).ok_or_else(no_place)?;
        let mut meant = Value::of(&self.root);
        meant.give(&steps(into), at, entry).ok_or_else(taken)?;
        let splice = self.added(node, at, written)?;
        self.checked(vec![splice], &meant)
    }

    /// Takes an entry out of its list or mapping, with what stands on its lines. Comments on lines of their own stay.
    ///
    /// # Errors
    /// When there is none, or it can be edited as text only.
    pub fn remove(&self, path: &str) -> Result<String, Text> {
        let steps = steps(path);
        let (step, above) = steps.split_last().ok_or_else(no_place)?;
        let mut meant = Value::of(&self.root);
        meant.take(&steps).ok_or_else(no_place)?;
        let node = self.node(&above.join("/")).ok_or_else(no_place)?;
        let at = place(node, step).ok_or_else(no_place)?;
        let all = entries(&self.text, node)?;
        let splices = match style(&self.text, node) {
            Style::Flow => vec![self.cut(&all, at)?],
            Style::Block => self.cut_lines(node, above, &all, at)?,
        };
        self.checked(splices, &meant)
    }

    /// Moves an entry to another place of its list or mapping, or into another one. The comment directly above goes with
    /// it inside its own collection. `at` counts without the entry itself.
    ///
    /// # Errors
    /// When there is none, the other collection has such a key, or it can be edited as text only.
    pub fn move_to(&self, path: &str, into: &str, at: usize) -> Result<String, Text> {
        let from = steps(path);
        let (step, above) = from.split_last().ok_or_else(no_place)?;
        let into = steps(into);
        let node = self.node(&above.join("/")).ok_or_else(no_place)?;
        let place = place(node, step).ok_or_else(no_place)?;
        let mut meant = Value::of(&self.root);
        let entry = meant.take(&from).ok_or_else(no_place)?;
        if *above == into {
            meant.give(&into, at, entry).ok_or_else(taken)?;
            let splice = self.shuffled(node, place, at)?;
            return self.checked(vec![splice], &meant);
        }
        // A place inside the entry itself, or one that the entry's own place depends on, is moved in two edits.
        if into.starts_with(&from) || above.starts_with(&into) {
            return Err(as_text());
        }
        let all = entries(&self.text, node)?;
        let own = all.get(place).ok_or_else(no_place)?;
        let written = self.text.get(own.start..own.end).unwrap_or_default();
        if written.contains('\n') {
            return Err(as_text());
        }
        let target = into.join("/");
        let given = match self.node(&target).map(|node| &node.kind) {
            None | Some(Kind::Null) if matches!(node.kind, Kind::List(_)) => self.insert(&target, 0, &entry.1)?,
            _ => self.give(&target, at, entry, written)?,
        };
        Document::read(&given)?.remove(path)
    }

    /// Gives an entry of a mapping another key.
    ///
    /// # Errors
    /// When there is none, or one with that key.
    pub fn rename(&self, path: &str, key: &str) -> Result<String, Text> {
        let steps = steps(path);
        let (step, above) = steps.split_last().ok_or_else(no_place)?;
        let mut meant = Value::of(&self.root);
        meant.rename(&steps, key).ok_or_else(taken)?;
        let node = self.node(&above.join("/")).ok_or_else(no_place)?;
        let Kind::Map(pairs) = &node.kind else { return Err(no_place()) };
        let (known, _) = pairs.iter().find(|(known, _)| *known.value == **step).ok_or_else(no_place)?;
        let splice = (known.span.start as usize, known.span.end as usize, scalar(key));
        self.checked(vec![splice], &meant)
    }

    /// A value instead of the one of an entry.
    fn replaced(&self, node: &Node, entry: Option<Entry>, value: &Value) -> Result<Splice, Text> {
        let (start, end) = extent(&self.text, node);
        let Some(entry) = entry else { return Ok((start, end, value.written())) };
        if start >= end && entry.value < entry.end {
            return Err(as_text());
        }
        if start >= end {
            return Ok((entry.value, entry.value, format!(" {}", value.written())));
        }
        // From lines of its own it comes back to the line of its key.
        let between = self.text.get(entry.value..start).unwrap_or_default();
        let dash = matches!(node.kind, Kind::List(_)) && between.trim() == "-";
        if entry.value <= start && (between.trim().is_empty() || dash) && between.contains('\n') {
            return Ok((entry.value, end, format!(" {}", value.written())));
        }
        Ok((start, end, value.written()))
    }

    /// An entry more, before the one at a place.
    fn added(&self, node: &Node, at: usize, written: &str) -> Result<Splice, Text> {
        let all = entries(&self.text, node)?;
        if style(&self.text, node) == Style::Flow || all.is_empty() {
            return match (all.get(at), all.last()) {
                (Some(next), _) => Ok((next.start, next.start, format!("{written}, "))),
                (None, Some(last)) => Ok((last.end, last.end, format!(", {written}"))),
                (None, None) => {
                    let start = node.span.start as usize + 1;
                    Ok((start, start, written.to_owned()))
                }
            };
        }
        let all = lines(&self.text, node, &all)?;
        let indent = match all.iter().flatten().next() {
            Some(own) => own.indent,
            // The only entry stands behind a `-`.
            None => self.column(node.span.start as usize),
        };
        let dash = if matches!(node.kind, Kind::List(_)) { "- " } else { "" };
        let line = format!("{}{dash}{written}", " ".repeat(indent));
        if let Some(Some(next)) = all.get(at) {
            return Ok((next.lead, next.lead, format!("{line}\n")));
        }
        let end = match (all.get(at), all.last()) {
            // Before an entry that stands behind a `-`, nothing fits.
            (Some(None), _) => return Err(as_text()),
            (_, Some(Some(last))) => last.end,
            _ => self.line_end(extent(&self.text, node).1),
        };
        if self.text.get(..end).is_some_and(|head| head.ends_with('\n')) {
            Ok((end, end, format!("{line}\n")))
        } else {
            Ok((end, end, format!("\n{line}")))
        }
    }

    fn column(&self, at: usize) -> usize {
        at - self.text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |line| line + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |end| at + end + 1)
    }

    /// An entry less between brackets.
    fn cut(&self, all: &[Entry], at: usize) -> Result<Splice, Text> {
        let own = all.get(at).ok_or_else(no_place)?;
        let plain = |from: usize, to: usize| {
            self.text.get(from..to).is_some_and(|between| between.chars().all(|c| c.is_whitespace() || c == ','))
        };
        if let Some(next) = all.get(at + 1) {
            if plain(own.end, next.start) {
                return Ok((own.start, next.start, String::new()));
            }
            let comma = self.text.get(own.end..next.start).and_then(|between| between.find(',')).ok_or_else(as_text)?;
            return Ok((own.start, own.end + comma + 1, String::new()));
        }
        match at.checked_sub(1).and_then(|before| all.get(before)) {
            Some(before) if plain(before.end, own.start) => Ok((before.end, own.end, String::new())),
            _ => Ok((own.start, own.end, String::new())),
        }
    }

    /// An entry less of a block; the last one leaves `{}` or `[]`.
    fn cut_lines(&self, node: &Node, above: &[&str], all: &[Entry], at: usize) -> Result<Vec<Splice>, Text> {
        let own = *all.get(at).ok_or_else(no_place)?;
        let lines = lines(&self.text, node, all)?;
        if all.len() == 1 {
            let (step, over) = above.split_last().ok_or_else(as_text)?;
            let over = self.node(&over.join("/")).ok_or_else(no_place)?;
            let empty = if matches!(node.kind, Kind::List(_)) { "[]" } else { "{}" };
            let holder = place(over, step).and_then(|at| entries(&self.text, over).ok()?.get(at).copied());
            let holder = holder.ok_or_else(no_place)?;
            return match lines.first() {
                Some(Some(line)) if matches!(over.kind, Kind::Map(_)) => {
                    Ok(vec![(holder.value, holder.value, format!(" {empty}")), (line.start, line.end, String::new())])
                }
                _ => Ok(vec![(own.start, own.end, empty.to_owned())]),
            };
        }
        match (lines.get(at), all.get(at + 1)) {
            (Some(Some(line)), _) => Ok(vec![(line.start, line.end, String::new())]),
            (_, Some(next)) => {
                let between = self.text.get(own.end..next.start).unwrap_or_default();
                if between.trim().is_empty() {
                    Ok(vec![(own.start, next.start, String::new())])
                } else {
                    Err(as_text())
                }
            }
            _ => Err(as_text()),
        }
    }

    /// The entries of a collection in another order: what stands between them stays where it is.
    fn shuffled(&self, node: &Node, from: usize, to: usize) -> Result<Splice, Text> {
        let all = entries(&self.text, node)?;
        let block = style(&self.text, node) == Style::Block;
        let parts: Vec<(usize, usize)> = if block {
            let whole: Option<Vec<Lines>> = lines(&self.text, node, &all)?.into_iter().collect();
            whole.ok_or_else(as_text)?.iter().map(|line| (line.lead, line.end)).collect()
        } else {
            all.iter().map(|entry| (entry.start, entry.end)).collect()
        };
        let mut order: Vec<usize> = (0..parts.len()).collect();
        let moved = order.remove(from);
        order.insert(to.min(order.len()), moved);
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Err(no_place()) };
        let (start, end) = (first.0, last.1);
        let mut out = String::new();
        for (slot, kept) in order.iter().enumerate() {
            let part = parts.get(*kept).and_then(|(start, end)| self.text.get(*start..*end)).unwrap_or_default();
            out.push_str(part);
            if block && !part.ends_with('\n') {
                out.push('\n');
            }
            if let (Some((_, end)), Some((next, _))) = (parts.get(slot), parts.get(slot + 1)) {
                out.push_str(self.text.get(*end..*next).unwrap_or_default());
            }
        }
        if block && !self.text.get(..end).is_some_and(|head| head.ends_with('\n')) {
            out.truncate(out.trim_end_matches('\n').len());
        }
        Ok((start, end, out))
    }

    /// The text with the splices, when it reads as what was meant.
    fn checked(&self, mut splices: Vec<Splice>, meant: &Value) -> Result<String, Text> {
        splices.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
        let mut out = self.text.clone();
        for (start, end, with) in splices {
            if out.get(start..end).is_none() {
                return Err(as_text());
            }
            out.replace_range(start..end, &with);
        }
        let read = Document::read(&out).ok().is_some_and(|read| Value::of(&read.root) == *meant);
        if read { Ok(out) } else { Err(as_text()) }
    }
}

/// An entry of a mapping as it is written.
fn pair(key: &str, value: &Value) -> String {
    format!("{}: {}", scalar(key), value.written())
}

fn taken() -> Text {
    text!("there is one of that name already", "已有同名项")
}
