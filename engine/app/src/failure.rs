//! Why a command could not be carried out, and the exit code that says so.

use std::{fmt::Display, path::Path, process::ExitCode};

use formwork_catalog::catalog::Catalog;
use formwork_integration::{backup::Failed, error::Error as IntegrationError};
use formwork_model::{
    text,
    text::{Language, Text},
};
use formwork_runtime::rejection::{Problem, Refusal};
use formwork_store::error::Error as StoreError;

/// The exit codes. They never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done, and nothing is wrong.
    Done = 0,
    /// It is done, and something was found: errors, failed scenarios, refused rows, damage.
    Found = 1,
    /// It was asked for in a way that makes no sense.
    Usage = 2,
    /// The store, a file or the network failed.
    Store = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: Text,
}

impl Failure {
    /// What was asked for makes no sense.
    pub(crate) fn usage(message: Text) -> Self {
        Self { exit: Exit::Usage, message }
    }

    /// Something is wrong with what was looked at.
    pub(crate) fn found(message: Text) -> Self {
        Self { exit: Exit::Found, message }
    }

    /// A file, a folder or the network failed.
    pub(crate) fn io(what: impl Display, error: &std::io::Error) -> Self {
        Self { exit: Exit::Store, message: text!("{what}: {error}", "{what}：{error}") }
    }

    /// As [`Failure::io`], for a path.
    pub(crate) fn path(path: &Path, error: &std::io::Error) -> Self {
        Self::io(path.display(), error)
    }

    /// A command was refused, or the store failed.
    pub(crate) fn refusal(refusal: &Refusal, catalog: Option<&Catalog>) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => {
                let words = |language| {
                    let all = rejection.problems.iter().map(|problem| problem_words(problem, catalog, language));
                    all.collect::<Vec<_>>().join("\n  ")
                };
                Self::found(Text { en: words(Language::En), zh: words(Language::Zh) })
            }
            Refusal::Fault(fault) => {
                let what = fault.internal();
                Self { exit: Exit::Store, message: text!("internal fault: {what}", "内部错误：{what}") }
            }
            Refusal::Store(error) => error.clone().into(),
        }
    }
}

/// `[code] field: message (file:line:column)`
pub(crate) fn problem_words(problem: &Problem, catalog: Option<&Catalog>, language: Language) -> String {
    let code = problem.code;
    let field = problem.field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default();
    let place = problem.at.zip(catalog).map(|(at, catalog)| catalog.sources.locate(at)).filter(|at| !at.is_empty());
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    format!("[{code}] {field}{}{place}", problem.message.get(language))
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Disk(path, error) => Self::path(&path, &error),
            Failed::Store(error) => error.into(),
            Failed::Refused(refusal) => Self::refusal(&refusal, None),
            Failed::Unreadable(_) => Self { exit: Exit::Store, message: failed.message() },
            Failed::Sealed => Self::usage(Failed::Sealed.message()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = match &error {
            StoreError::InUse(path) => {
                let path = path.display();
                text!(
                    "the data folder {path} is in use by another process; stop that one first",
                    "数据文件夹 {path} 正被另一个进程使用，请先停止该进程"
                )
            }
            StoreError::Disk(cause) if cause.kind() == std::io::ErrorKind::StorageFull => text!(
                "the disk is full; nothing that was acknowledged is lost. Free some space and start again",
                "磁盘已满；已确认的数据不会丢失。请腾出空间后重新启动"
            ),
            StoreError::Disk(cause) => text!("disk: {cause}", "磁盘：{cause}"),
            StoreError::Damaged(what) => text!(
                "damaged data: {what}; restore the last backup with `formwork restore`",
                "数据损坏：{what}；请用 `formwork restore` 恢复最近的备份"
            ),
            StoreError::Newer { found, known } => text!(
                "the data has version {found}, which is newer than this program's {known}; use a newer formwork, or restore a backup made before the upgrade",
                "数据版本 {found} 比本程序的 {known} 新；请使用新版 formwork，或恢复升级前的备份"
            ),
            StoreError::OtherStore { found, asked } => text!(
                "the data folder was made with the store {found}, not {asked}; to change stores use `formwork backup` and `formwork restore --store {asked}`",
                "数据文件夹使用存储 {found}，不是 {asked}；要更换存储请用 `formwork backup` 与 `formwork restore --store {asked}`"
            ),
            StoreError::NotEmpty(path) => {
                let path = path.display();
                text!("{path} already holds data; name an empty folder", "{path} 已有数据，请指定空文件夹")
            }
            StoreError::KeyMissing => text!(
                "the book is encrypted, or its definitions have sensitive fields: give its key with --data-key FILE or in FORMWORK_DATA_KEY; `openssl rand -hex 32` makes one for a new book",
                "账套已加密，或其定义含敏感字段：请用 --data-key 文件 或环境变量 FORMWORK_DATA_KEY 提供密钥；新账套可用 `openssl rand -hex 32` 生成"
            ),
            StoreError::KeyWrong => text!(
                "the book was encrypted with another key than the one that was given; give that one with --data-key FILE or in FORMWORK_DATA_KEY (after `formwork keys rotate` it is the new one)",
                "提供的密钥不是该账套的密钥；请用 --data-key 文件 或环境变量 FORMWORK_DATA_KEY 提供正确的密钥（执行过 `formwork keys rotate` 后为新密钥）"
            ),
            StoreError::Fault(what) => text!("internal fault: {what}", "内部错误：{what}"),
            StoreError::Closed => text!("the store is closed", "存储已关闭"),
        };
        Self { exit: Exit::Store, message }
    }
}

impl From<IntegrationError> for Failure {
    fn from(error: IntegrationError) -> Self {
        let exit = match &error {
            IntegrationError::Mapping(_) | IntegrationError::Data { .. } => Exit::Found,
            IntegrationError::File { .. } | IntegrationError::Book(_) => Exit::Store,
        };
        if let IntegrationError::Book(refusal) = &error {
            return Self::refusal(refusal, None);
        }
        Self { exit, message: error.message() }
    }
}
