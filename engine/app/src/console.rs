//! Where answers and messages go: stdout and stderr.

use std::{
    io::{IsTerminal, Write, stderr, stdout},
    path::PathBuf,
};

use formwork_model::{
    diagnostic::Diagnostics,
    render::{render, summary},
    source::Sources,
    text::{Language, Text},
};

/// The terminal, the language it is spoken to in, and where the key of encrypted books is.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    pub(crate) language: Language,
    pub(crate) data_key: Option<PathBuf>,
    out_color: bool,
    err_color: bool,
}

impl Console {
    pub(crate) fn new(language: Language) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            language,
            data_key: None,
            out_color: wanted && stdout().is_terminal(),
            err_color: wanted && stderr().is_terminal(),
        }
    }

    /// The wording in the language of the console.
    pub(crate) fn words<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.language)
    }

    /// A line of the answer, to stdout. A reader that went away (`| head`) is no error.
    pub(crate) fn answer(&self, line: impl AsRef<str>) {
        let _gone = writeln!(stdout().lock(), "{}", line.as_ref());
    }

    /// A line of the answer in the language of the console.
    pub(crate) fn answer_text(&self, text: &Text) {
        self.answer(self.words(text));
    }

    /// A message, to stderr.
    pub(crate) fn say(&self, text: &Text) {
        let _gone = writeln!(stderr().lock(), "{}", self.words(text));
    }

    /// An error message, to stderr.
    pub(crate) fn error(&self, text: &Text) {
        let (label, separator) = if self.language == Language::Zh { ("错误", "：") } else { ("error", ": ") };
        let (red, plain) = if self.err_color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let _gone = writeln!(stderr().lock(), "{red}{label}{plain}{separator}{}", self.words(text));
    }

    /// Diagnostics as an answer.
    pub(crate) fn answer_diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let _gone = write!(stdout().lock(), "{}", render(diagnostics, sources, self.language, self.out_color));
    }

    /// Diagnostics and how many there are, as messages.
    pub(crate) fn say_diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let text = render(diagnostics, sources, self.language, self.err_color);
        let _gone = writeln!(stderr().lock(), "{text}{}", summary(diagnostics, self.language));
    }
}
