//! Why an import, an export or a demo could not go on.

use std::path::PathBuf;

use formwork_model::{code::Code, diagnostic::Diagnostics, source::Sources, text, text::Text};
use formwork_runtime::rejection::Refusal;

/// Why it could not go on. Rows that are refused are no error: they are in the report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mapping file or demo plan is wrong; the diagnostics say where.
    #[error("{} problems in the file", .0.diagnostics.len())]
    Mapping(Box<Problems>),
    /// A file can't be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The data file is damaged, too large, or not what its name says.
    #[error("{code}: {message}", message = .message.en)]
    Data {
        /// The code.
        code: Code,
        /// What is wrong with it.
        message: Text,
    },
    /// The store failed; what was acknowledged before is kept.
    #[error("the book failed: {0:?}")]
    Book(Box<Refusal>),
}

/// Diagnostics with the files they point into.
#[derive(Debug)]
pub struct Problems {
    /// The files.
    pub sources: Sources,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }

    /// What to tell the user, in both languages.
    pub fn message(&self) -> Text {
        match self {
            Self::Mapping(problems) => {
                let n = problems.diagnostics.len();
                text!("the file has {n} problems", "文件有 {n} 处问题")
            }
            Self::File { path, cause } => {
                let path = path.display();
                text!("{path}: {cause}", "{path}：{cause}")
            }
            Self::Data { message, .. } => message.clone(),
            Self::Book(_) => text!("the book failed; see the log", "账套出错，请查看日志"),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Book(Box::new(refusal))
    }
}
