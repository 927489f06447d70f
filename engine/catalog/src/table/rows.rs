//! The rows of a table as they are written, and changes of them that leave everything else in the file as it was:
//! comments, order, and how what is not touched is written.

#[cfg(test)]
mod tests;

use formwork_definition::{
    kind::{Definitions, table::Table as Definition},
    literal::Data,
    spanned::Sp,
};
use formwork_model::{
    name::Name,
    source::{Sources, Span},
    text,
    text::Text,
};

use crate::resolve::csv;

/// The rows of a table in the file they stand in.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file: the table's own, or the CSV beside it.
    pub path: String,
    /// The columns, in the order they are shown in.
    pub columns: Vec<String>,
    /// The rows, in file order.
    pub rows: Vec<WrittenRow>,
    text: String,
    /// Where the value of `rows:` stands, of rows in the table's own file.
    whole: Span,
    inputs: usize,
    is_csv: bool,
}

/// A row as it is written.
#[derive(Debug, Clone)]
pub struct WrittenRow {
    /// Where.
    pub span: Span,
    /// The text of each column; empty where the row says nothing.
    pub cells: Vec<String>,
    /// Where each stands, if it does.
    pub places: Vec<Option<Span>>,
}

/// A change of rows. Rows and columns count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another text in a cell.
    Cell {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The text.
        text: String,
    },
    /// A new row before this one, or at the end.
    Add {
        /// Before which.
        before: usize,
        /// One text a column.
        cells: Vec<String>,
    },
    /// A row less.
    Delete {
        /// The row.
        row: usize,
    },
    /// A row in another place.
    Move {
        /// The row.
        row: usize,
        /// Where it stands afterwards.
        to: usize,
    },
    /// These rows instead of all; those that are the same stay as they are written.
    Replace {
        /// One text a column.
        rows: Vec<Vec<String>>,
    },
}

/// A step from one list of rows to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The row of the first list is the row of the second.
    Keep(usize, usize),
    /// A row of the first list is gone.
    Gone(usize),
    /// A row of the second list is new.
    New(usize),
}

/// The greatest number of comparisons to find what stays; beyond it, everything between the equal ends is replaced.
const COMPARED: usize = 4_000_000;

/// The rows of a table; `None` when it is not defined, or has neither rows nor a CSV that can be read.
pub fn read(sources: &Sources, definitions: &Definitions, table: Name) -> Option<Written> {
    let defined = definitions.tables.iter().find(|defined| defined.body.table.value.0 == table)?;
    let body = &defined.body;
    match &body.rows.value {
        Data::Scalar(file) => {
            let folder = defined.path.rfind('/').map_or("", |slash| defined.path.get(..=slash).unwrap_or_default());
            beside(sources, definitions, body, format!("{folder}{file}"))
        }
        Data::List(rows) => inline(sources, body, &defined.path, rows),
        Data::Null => inline(sources, body, &defined.path, &[]),
        Data::Map(_) => None,
    }
}

fn inline(sources: &Sources, body: &Definition, path: &str, rows: &[Sp<Data>]) -> Option<Written> {
    let text = sources.get(body.rows.span.source)?.text.to_string();
    let declared =
        body.inputs.iter().map(|(name, _)| name.value).chain(body.outputs.iter().map(|(name, _)| name.value));
    let mut columns: Vec<String> = declared.map(|name| name.to_string()).collect();
    let dated = |word: &str| {
        let has =
            |row: &Sp<Data>| matches!(&row.value, Data::Map(pairs) if pairs.iter().any(|(key, _)| &*key.value == word));
        body.date.is_some() || rows.iter().any(has)
    };
    if ["from", "to"].into_iter().any(dated) {
        let days = ["from", "to"].into_iter().filter(|word| !columns.iter().any(|column| column == word));
        columns.extend(days.map(str::to_owned).collect::<Vec<_>>());
    }
    let rows = rows.iter().map(|row| {
        let none = Vec::new();
        let pairs = if let Data::Map(pairs) = &row.value { pairs } else { &none };
        let found = |column: &String| pairs.iter().find(|(key, _)| *key.value == **column).map(|(_, data)| data);
        WrittenRow {
            span: trimmed(&text, row.span),
            cells: columns.iter().map(|column| found(column).map_or_else(String::new, shown)).collect(),
            places: columns.iter().map(|column| found(column).map(|data| trimmed(&text, data.span))).collect(),
        }
    });
    let rows = rows.collect();
    let inputs = body.inputs.iter().count();
    Some(Written { path: path.to_owned(), columns, rows, text, whole: body.rows.span, inputs, is_csv: false })
}

fn beside(sources: &Sources, definitions: &Definitions, body: &Definition, path: String) -> Option<Written> {
    let (_, source) = definitions.csv.iter().find(|(known, _)| *known == path)?;
    let text = sources.get(*source)?.text.to_string();
    let mut lines = csv::lines(*source, &text).into_iter();
    let columns: Vec<String> = lines.next()?.into_iter().map(|(column, _)| column.trim().to_owned()).collect();
    let rows = lines.map(|line| {
        let start = line.first().map_or(Span::default(), |(_, span)| *span);
        let end = line.last().map_or(start, |(_, span)| *span);
        let cell = |at: usize| line.get(at).map(|(text, _)| text.clone()).unwrap_or_default();
        WrittenRow {
            span: Span { end: end.end, ..start },
            cells: (0..columns.len()).map(cell).collect(),
            places: (0..columns.len()).map(|at| line.get(at).map(|(_, span)| *span)).collect(),
        }
    });
    let rows = rows.collect();
    let inputs = body.inputs.iter().count();
    Some(Written { path, columns, rows, text, whole: Span::default(), inputs, is_csv: true })
}

/// A cell as people type it.
fn shown(data: &Sp<Data>) -> String {
    match &data.value {
        Data::Null => String::new(),
        Data::Scalar(text) => text.to_string(),
        Data::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Data::Map(_) => "{…}".to_owned(),
    }
}

/// The span without blanks at its end.
fn trimmed(text: &str, span: Span) -> Span {
    let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
    let length = text.get(start..end).map_or(0, |part| part.trim_end().len());
    Span { end: (start + length) as u32, ..span }
}

impl Written {
    /// The file with the change.
    ///
    /// # Errors
    /// When there is no such row or column, or rows do not stand on lines of their own: then the file has to be edited
    /// as text.
    pub fn apply(&self, change: &Change) -> Result<String, Text> {
        let lines = self.lines()?;
        match change {
            Change::Cell { row, column, text } => self.cell(*row, *column, text),
            Change::Add { cells, .. } if self.rows.is_empty() => self.first(cells),
            Change::Add { before, cells } => {
                let mut order: Vec<Line> = (0..self.rows.len()).map(Line::Kept).collect();
                order.insert((*before).min(order.len()), Line::New(self.render(cells)));
                Ok(self.assemble(&lines, &order))
            }
            Change::Delete { row } => {
                self.known(*row)?;
                let order: Vec<Line> = (0..self.rows.len()).filter(|at| at != row).map(Line::Kept).collect();
                if order.is_empty() && !self.is_csv {
                    return Ok(self.spliced(self.whole, "[]"));
                }
                Ok(self.assemble(&lines, &order))
            }
            Change::Move { row, to } => {
                self.known(*row)?;
                let mut order: Vec<Line> = (0..self.rows.len()).filter(|at| at != row).map(Line::Kept).collect();
                order.insert((*to).min(order.len()), Line::Kept(*row));
                Ok(self.assemble(&lines, &order))
            }
            Change::Replace { rows } => self.replaced(&lines, rows),
        }
    }

    fn known(&self, row: usize) -> Result<&WrittenRow, Text> {
        self.rows.get(row).ok_or_else(|| text!("there is no such row", "没有这一行"))
    }

    /// The bytes of the lines of each row.
    fn lines(&self) -> Result<Vec<(usize, usize)>, Text> {
        let mut lines: Vec<(usize, usize)> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let start =
                self.text.get(..row.span.start as usize).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
            let before = self.text.get(start..row.span.start as usize).unwrap_or_default();
            let end = row.span.end as usize;
            let end = self.text.get(end..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |at| end + at + 1);
            let own = if self.is_csv { matches!(before, "" | "\u{feff}") } else { before.trim() == "-" };
            if !own || lines.last().is_some_and(|(_, last)| *last > start) {
                return Err(text!(
                    "the rows do not stand on lines of their own; edit the file as text",
                    "行没有各占一行；请直接编辑文件文本"
                ));
            }
            lines.push((start, end));
        }
        Ok(lines)
    }

    fn assemble(&self, lines: &[(usize, usize)], order: &[Line]) -> String {
        let (first, last) =
            (lines.first().map_or(self.text.len(), |line| line.0), lines.last().map_or(0, |line| line.1));
        let mut out = self.text.get(..first).unwrap_or_default().to_owned();
        // What stands between two rows, such as a comment, stays where it is: before what follows it.
        let mut told = 0;
        for line in order {
            if let Line::Kept(row) = line
                && *row >= told
            {
                for at in told..*row {
                    out.push_str(self.between(lines, at));
                }
                told = *row;
            }
            let text = match line {
                Line::Kept(row) => {
                    lines.get(*row).and_then(|(start, end)| self.text.get(*start..*end)).unwrap_or_default()
                }
                Line::New(text) => text,
            };
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(text);
        }
        for at in told..lines.len().saturating_sub(1) {
            out.push_str(self.between(lines, at));
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(self.text.get(last..).unwrap_or_default());
        out
    }

    /// What stands between a row and the one behind it.
    fn between(&self, lines: &[(usize, usize)], row: usize) -> &str {
        match (lines.get(row), lines.get(row + 1)) {
            (Some((_, end)), Some((start, _))) => self.text.get(*end..*start).unwrap_or_default(),
            _ => "",
        }
    }

    fn replaced(&self, lines: &[(usize, usize)], rows: &[Vec<String>]) -> Result<String, Text> {
        if let (true, Some(first)) = (self.rows.is_empty(), rows.first()) {
            if rows.len() == 1 || self.is_csv {
                let mut text = self.first(first)?;
                rows.iter().skip(1).for_each(|row| text.push_str(&self.render(row)));
                return Ok(text);
            }
            let rows: String = rows.iter().map(|row| self.render(row)).collect();
            return Ok(self.spliced(self.whole, &format!("\n{}", rows.trim_end())));
        }
        if rows.is_empty() && !self.is_csv {
            return Ok(self.spliced(self.whole, "[]"));
        }
        let now: Vec<&Vec<String>> = self.rows.iter().map(|row| &row.cells).collect();
        let steps = steps(&now, &rows.iter().collect::<Vec<_>>());
        let order: Vec<Line> = steps
            .into_iter()
            .filter_map(|step| match step {
                Step::Keep(row, _) => Some(Line::Kept(row)),
                Step::New(row) => rows.get(row).map(|cells| Line::New(self.render(cells))),
                Step::Gone(_) => None,
            })
            .collect();
        Ok(self.assemble(lines, &order))
    }

    /// The first row of a table that has none.
    fn first(&self, cells: &[String]) -> Result<String, Text> {
        if self.is_csv {
            let mut text = self.text.clone();
            if !text.ends_with('\n') {
                text.push('\n');
            }
            return Ok(format!("{text}{}", self.render(cells)));
        }
        Ok(self.spliced(self.whole, &format!("\n{}", self.render(cells).trim_end())))
    }

    fn cell(&self, row: usize, column: usize, given: &str) -> Result<String, Text> {
        let known = self.known(row)?;
        let name = self.columns.get(column).ok_or_else(|| text!("there is no such column", "没有这一列"))?;
        let mut cells = known.cells.clone();
        match cells.get_mut(column) {
            Some(cell) if cell.trim() == given.trim() => return Ok(self.text.clone()),
            Some(cell) => *cell = given.trim().to_owned(),
            None => {}
        }
        if self.is_csv {
            return Ok(self.spliced(known.span, self.render(&cells).trim_end()));
        }
        let value = if given.trim().is_empty() { self.nothing(column) } else { scalar(given.trim()) };
        if let Some(Some(place)) = known.places.get(column) {
            return Ok(self.spliced(*place, &value));
        }
        let end = known.span.end as usize;
        if self.text.get(..end).is_some_and(|head| head.ends_with('}')) {
            let inside = self.text.get(known.span.start as usize + 1..end - 1).unwrap_or_default();
            let comma = match inside.trim_end() {
                "" => "",
                inside if inside.ends_with(',') => " ",
                _ => ", ",
            };
            let at = known.span.start as usize + 1 + inside.trim_end().len();
            return Ok(self.spliced(known.span.within(at, at), &format!("{comma}{name}: {value}")));
        }
        let line = self.text.get(..known.span.start as usize).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let indent = " ".repeat(known.span.start as usize - line);
        Ok(self.spliced(known.span.within(end, end), &format!("\n{indent}{name}: {value}")))
    }

    /// What stands in a cell that says nothing.
    fn nothing(&self, column: usize) -> String {
        (if column < self.inputs { "\"-\"" } else { "~" }).to_owned()
    }

    fn spliced(&self, place: Span, with: &str) -> String {
        let (start, end) = (place.start as usize, place.end as usize);
        let (before, after) = (self.text.get(..start).unwrap_or_default(), self.text.get(end..).unwrap_or_default());
        let blank = if with.starts_with('\n') { before.trim_end_matches(' ') } else { before };
        format!("{blank}{with}{after}")
    }

    /// A row as a line of the file.
    fn render(&self, cells: &[String]) -> String {
        let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
        if self.is_csv {
            let line: Vec<String> = (0..self.columns.len()).map(|at| csv_cell(cell(at))).collect();
            return line.join(",") + "\n";
        }
        let pairs = self.columns.iter().enumerate().filter(|(at, _)| !cell(*at).is_empty());
        let pairs: Vec<String> = pairs.map(|(at, name)| format!("{name}: {}", scalar(cell(at)))).collect();
        let indent = self.rows.first().map_or("  ", |row| {
            let line =
                self.text.get(..row.span.start as usize).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
            let head = self.text.get(line..row.span.start as usize).unwrap_or_default();
            head.get(..head.len() - head.trim_start().len()).unwrap_or_default()
        });
        format!("{indent}- {{{}}}\n", pairs.join(", "))
    }
}

enum Line {
    Kept(usize),
    New(String),
}

/// How to come from one list of rows to another with as few steps as can be found.
pub fn steps<R: PartialEq>(before: &[R], now: &[R]) -> Vec<Step> {
    let same = |(a, b): &(&R, &R)| a == b;
    let head = before.iter().zip(now).take_while(same).count();
    let rest = before.len().min(now.len()) - head;
    let tail = before.iter().rev().zip(now.iter().rev()).take(rest).take_while(same).count();
    let mut steps: Vec<Step> = (0..head).map(|at| Step::Keep(at, at)).collect();
    let (old, new) = (before.get(head..before.len() - tail), now.get(head..now.len() - tail));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    steps.extend(middle(old, new).into_iter().map(|step| match step {
        Step::Keep(a, b) => Step::Keep(a + head, b + head),
        Step::Gone(a) => Step::Gone(a + head),
        Step::New(b) => Step::New(b + head),
    }));
    steps.extend((0..tail).rev().map(|back| Step::Keep(before.len() - 1 - back, now.len() - 1 - back)));
    steps
}

/// By the longest common subsequence.
fn middle<R: PartialEq>(old: &[R], new: &[R]) -> Vec<Step> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > COMPARED {
        return (0..old.len()).map(Step::Gone).chain((0..new.len()).map(Step::New)).collect();
    }
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let at = |lengths: &[u32], a: usize, b: usize| lengths.get(a * width + b).copied().unwrap_or_default();
    for (a, one) in old.iter().enumerate().rev() {
        for (b, other) in new.iter().enumerate().rev() {
            let best = if one == other {
                at(&lengths, a + 1, b + 1) + 1
            } else {
                at(&lengths, a + 1, b).max(at(&lengths, a, b + 1))
            };
            if let Some(place) = lengths.get_mut(a * width + b) {
                *place = best;
            }
        }
    }
    let (mut a, mut b, mut steps) = (0, 0, Vec::new());
    while a < old.len() || b < new.len() {
        if let (Some(one), Some(other)) = (old.get(a), new.get(b))
            && one == other
        {
            steps.push(Step::Keep(a, b));
            (a, b) = (a + 1, b + 1);
        } else if b >= new.len() || (a < old.len() && at(&lengths, a + 1, b) >= at(&lengths, a, b + 1)) {
            steps.push(Step::Gone(a));
            a += 1;
        } else {
            steps.push(Step::New(b));
            b += 1;
        }
    }
    steps
}

/// A text as a YAML scalar that is read as this text, also inside `{…}`.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | ' ');
    let begins = text.chars().next().is_some_and(|c| c.is_alphanumeric());
    let null = matches!(text, "null" | "Null" | "NULL");
    if begins && !null && text.chars().all(plain) && !text.ends_with(' ') {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' | '\r' | '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text as a cell of a CSV (RFC 4180).
pub fn csv_cell(text: &str) -> String {
    let quoted = text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ');
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The lines of a CSV: what people bring back from a spreadsheet.
pub fn csv_rows(text: &str) -> Vec<Vec<String>> {
    csv::lines(0, text).into_iter().map(|line| line.into_iter().map(|(cell, _)| cell).collect()).collect()
}
