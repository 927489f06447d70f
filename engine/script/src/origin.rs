//! Where a script stands in its source, so that a problem is reported where the author wrote it.

use std::sync::Arc;

use formwork_model::source::Span;

/// How the text of the script is written in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A plain or quoted scalar.
    Inline,
    /// A block scalar (`|` or `>`) indented by this many columns.
    Block(usize),
    /// The whole file.
    File,
}

/// The place of a script's text in a YAML or `.rhai` file.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    span: Span,
    kind: Kind,
    /// Characters of the scalar before the script, such as a leading `= `.
    skipped: usize,
    text: Option<Arc<str>>,
}

impl Origin {
    /// A plain or quoted scalar. `span` may begin at the quote or after it.
    pub fn inline(span: Span) -> Self {
        Self { span, kind: Kind::Inline, skipped: 0, text: None }
    }

    /// A block scalar; `span` begins at the first character of its content, `indent` columns in.
    pub fn block(span: Span, indent: usize) -> Self {
        Self { span, kind: Kind::Block(indent), skipped: 0, text: None }
    }

    /// A whole file.
    pub fn file(source: u32) -> Self {
        Self { span: Span { source, start: 0, end: 0 }, kind: Kind::File, skipped: 0, text: None }
    }

    /// The scalar that begins at `span`, whichever way it is written: plain, quoted, `|` or `>`.
    /// `text` is the whole source.
    pub fn scalar(span: Span, text: Arc<str>) -> Self {
        let rest = text.get(span.start as usize..).unwrap_or_default();
        let mut origin = Self::inline(span);
        if rest.starts_with(['|', '>'])
            && let Some(line) = rest.find('\n')
        {
            let content = rest.get(line + 1..).unwrap_or_default();
            let first = content.trim_start_matches(['\n', '\r', ' ']);
            let indent_start = content.len() - first.len();
            let before = content.get(..indent_start).unwrap_or_default();
            let indent = before.len() - before.rfind('\n').map_or(0, |i| i + 1);
            let start = span.start as usize + line + 1 + indent_start;
            origin = Self::block(span.within(start, span.end as usize), indent);
        }
        origin.with_text(text)
    }

    /// Keeps the source's text, so that places are exact also when the script runs.
    #[must_use]
    pub fn with_text(mut self, text: Arc<str>) -> Self {
        self.text = Some(text);
        self
    }

    /// The script begins `characters` after the beginning of the scalar (`2` for a leading `= `).
    #[must_use]
    pub fn skip(mut self, characters: usize) -> Self {
        self.skipped += characters;
        self
    }

    /// The range of the scalar.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The place of line `line`, column `column` (both from 1, columns in characters) of `script`,
    /// using the text given to [`Origin::with_text`]; without it, the whole scalar.
    pub fn locate(&self, script: &str, line: usize, column: usize) -> Span {
        match &self.text {
            Some(text) => self.place(text, script, line, column),
            None => self.span,
        }
    }

    /// The place of line `line`, column `column` of `script`; `source` is the whole text of the source.
    pub fn place(&self, source: &str, script: &str, line: usize, column: usize) -> Span {
        let mut offset = 0;
        for text in script.split_inclusive('\n').take(line.saturating_sub(1)) {
            offset += text.chars().count();
        }
        offset += column.saturating_sub(1);
        let token = length_of_token(script.chars().skip(offset));
        let mut cursor = Cursor::new(self, source);
        cursor.skip(self.skipped);
        cursor.follow(script.chars().take(offset));
        let start = cursor.at;
        cursor.follow(script.chars().skip(offset).take(token));
        Span { source: self.span.source, start: start as u32, end: cursor.at.max(start) as u32 }
    }
}

/// How many characters the name, number or text literal at the beginning has; 1 for anything else.
fn length_of_token(mut script: impl Iterator<Item = char> + Clone) -> usize {
    let word = script.clone().take_while(|c| c.is_alphanumeric() || *c == '_').count();
    if word > 0 || script.next() != Some('"') {
        return word.max(1);
    }
    let mut length = 1;
    let mut escaped = false;
    for character in script {
        length += 1;
        match character {
            '\n' => return 1,
            '"' if !escaped => return length,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    1
}

/// Walks the source beside the script, stepping over what YAML takes out: escapes, indentation, folding.
struct Cursor<'a> {
    source: &'a str,
    at: usize,
    quote: Option<char>,
    indent: Option<usize>,
}

impl<'a> Cursor<'a> {
    fn new(origin: &Origin, source: &'a str) -> Self {
        let mut at = (origin.span.start as usize).min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        let (mut quote, mut indent) = (None, None);
        match origin.kind {
            Kind::Inline => {
                let quotes = |c: &char| matches!(c, '"' | '\'');
                let (before, after) = source.split_at(at);
                quote = after.chars().next().filter(quotes);
                if quote.is_some() {
                    at += 1;
                } else {
                    quote = before.chars().next_back().filter(quotes);
                }
            }
            Kind::Block(columns) => indent = Some(columns),
            Kind::File => indent = Some(0),
        }
        Self { source, at, quote, indent }
    }

    fn peek(&self) -> Option<char> {
        self.source.get(self.at..)?.chars().next()
    }

    fn advance(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.advance();
        }
    }

    fn follow(&mut self, script: impl Iterator<Item = char>) {
        for character in script {
            self.step(character);
        }
    }

    fn step(&mut self, wanted: char) {
        if self.peek() == Some('\r') && wanted != '\r' {
            self.advance();
        }
        match (self.peek(), self.quote) {
            (Some('\\'), Some('"')) => self.escape(),
            (Some('\''), Some('\'')) => self.skip(2),
            (Some('\n'), _) => {
                self.advance();
                self.indentation();
            }
            (Some(' ' | '\t'), _) if self.indent.is_none() && self.line_ends() => {
                while matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                    self.advance();
                }
                self.advance();
                self.indentation();
            }
            _ => self.advance(),
        }
    }

    fn line_ends(&self) -> bool {
        self.source.get(self.at..).is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n'))
    }

    fn indentation(&mut self) {
        let most = self.indent.unwrap_or(usize::MAX);
        let mut seen = 0;
        while seen < most && matches!(self.peek(), Some(' ' | '\t')) {
            self.advance();
            seen += 1;
        }
    }

    fn escape(&mut self) {
        self.advance();
        let digits = match self.peek() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        self.skip(digits + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(origin: Origin, source: &str, script: &str, line: usize, column: usize) -> String {
        let span = origin.place(source, script, line, column);
        source[span.start as usize..span.end as usize].to_owned()
    }

    fn at(source: &str, needle: &str) -> Span {
        let start = source.find(needle).unwrap();
        Span::default().within(start, start + needle.len())
    }

    #[test]
    fn a_plain_scalar_after_chinese_text_is_found_by_character() {
        let plain = "标签: 商机\nwhen: this.名 + this.wrong_field\n";
        assert_eq!(found(Origin::inline(at(plain, "this")), plain, "this.名 + this.wrong_field", 1, 15), "wrong_field");
    }

    #[test]
    fn quoted_scalars_count_an_escape_as_one_character() {
        let source = r#"{say: 中, when: "this.stage == \"开\" && this.wrong"}"#;
        let script = "this.stage == \"开\" && this.wrong";
        let column = script.chars().count() - 4;
        assert_eq!(found(Origin::inline(at(source, "\"this")), source, script, 1, column), "wrong");
        assert_eq!(found(Origin::inline(at(source, "this")), source, script, 1, column), "wrong");
        let source = "when: 'this.stage == ''开'' && this.wrong'";
        let script = "this.stage == '开' && this.wrong";
        assert_eq!(found(Origin::inline(at(source, "'this")), source, script, 1, column), "wrong");
    }

    #[test]
    fn block_scalars_step_over_indentation_and_folding() {
        let source = "run: |\n  // 说明\n  let a = 1;\n  this.wrong = a;\nlabel: x\n";
        let script = "// 说明\nlet a = 1;\nthis.wrong = a;\n";
        assert_eq!(found(Origin::scalar(at(source, "|"), source.into()), source, script, 3, 6), "wrong");
        let source = "when: >\n    this.a > 1\n    && this.wrong\n";
        let script = "this.a > 1 && this.wrong\n";
        assert_eq!(found(Origin::scalar(at(source, ">"), source.into()), source, script, 1, 20), "wrong");
        let source = "when: this.a > 1\n   && this.wrong\n";
        let script = "this.a > 1 && this.wrong";
        assert_eq!(found(Origin::inline(at(source, "this")), source, script, 1, 20), "wrong");
    }

    #[test]
    fn a_leading_equals_sign_and_a_whole_file_are_placed() {
        let source = "value: = this.wrong\n";
        let origin = Origin::inline(at(source, "= this")).skip(2);
        assert_eq!(found(origin, source, "this.wrong", 1, 6), "wrong");
        assert_eq!(found(Origin::file(0), "// 头\r\nlet x = bad;", "// 头\r\nlet x = bad;", 2, 9), "bad");
    }
}
