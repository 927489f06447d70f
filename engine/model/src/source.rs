//! The texts definitions were read from, and places in them.

use std::sync::Arc;

/// A range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Which source, as an index into [`Sources`].
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The same source, other bytes.
    pub fn within(self, start: usize, end: usize) -> Self {
        Self { source: self.source, start: start as u32, end: end.max(start) as u32 }
    }
}

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the folder that was loaded, with `/`.
    pub path: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// Every file of one load.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

/// A place for people: line and column count from 1, columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Path of the file.
    pub path: &'a str,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Sources {
    /// Adds a file and returns the number its spans carry.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> u32 {
        self.0.push(Source { path: path.into(), text: text.into() });
        (self.0.len() - 1) as u32
    }

    /// The file with this number.
    pub fn get(&self, source: u32) -> Option<&Source> {
        self.0.get(source as usize)
    }

    /// Every file in the order it was added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// Where `span` begins.
    pub fn place(&self, span: Span) -> Option<Place<'_>> {
        let source = self.get(span.source)?;
        let mut start = (span.start as usize).min(source.text.len());
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = source.text.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Some(Place {
            path: &source.path,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count() + 1,
        })
    }

    /// `path:line:column` of where `span` begins.
    pub fn locate(&self, span: Span) -> String {
        self.place(span).map_or_else(String::new, |p| format!("{}:{}:{}", p.path, p.line, p.column))
    }
}
