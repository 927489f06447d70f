//! What can be done to a task, an approval or a copy; and how that is read.

use std::sync::Arc;

use formwork_model::{approval::Place, code, nearest::nearest, text};
use serde_json::{Map, Value as Json};

use crate::{
    command::Input,
    rejection::{Kind, Problem, Rejection},
};

/// What is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// 同意.
    Approve {
        /// What the step's form or required fields take.
        input: Input,
    },
    /// 拒绝.
    Reject {
        /// What the step's form or required fields take.
        input: Input,
    },
    /// 退回.
    Return {
        /// `submitter`, `previous`, or the name of a step or node that was passed.
        to: Arc<str>,
        /// Whether it comes straight back afterwards; `None` is as the definition says.
        resume: Option<bool>,
    },
    /// 转办.
    Transfer {
        /// The login.
        to: Arc<str>,
    },
    /// 委派.
    Delegate {
        /// The login.
        to: Arc<str>,
    },
    /// 加签.
    Add {
        /// The logins.
        to: Vec<Arc<str>>,
        /// Before, beside or after.
        side: Side,
    },
    /// 减签.
    Remove,
    /// 撤回.
    Recall,
    /// 催办.
    Urge,
    /// 抄送.
    Cc {
        /// The logins.
        to: Vec<Arc<str>>,
    },
    /// A copy was read.
    Read,
    /// A remark, with files.
    Comment {
        /// The files, as uploads answer them.
        files: Vec<Json>,
    },
    /// 弃审.
    Unapprove,
    /// A blocked step is tried again.
    Retry,
}

/// Where an added signer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// 前加签.
    Before,
    /// 并加签.
    Parallel,
    /// 后加签.
    After,
}

impl Side {
    /// The place of the added task.
    pub(crate) fn place(self) -> fn(u32) -> Place {
        match self {
            Self::Before => Place::Before,
            Self::Parallel => Place::Parallel,
            Self::After => Place::After,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Parallel => "parallel",
            Self::After => "after",
        }
    }
}

/// The words of all operations.
pub const WORDS: [&str; 14] = [
    "approve",
    "reject",
    "return",
    "transfer",
    "delegate",
    "add",
    "remove",
    "recall",
    "urge",
    "cc",
    "read",
    "comment",
    "unapprove",
    "retry",
];

impl Operation {
    /// The word of the API.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Return { .. } => "return",
            Self::Transfer { .. } => "transfer",
            Self::Delegate { .. } => "delegate",
            Self::Add { .. } => "add",
            Self::Remove => "remove",
            Self::Recall => "recall",
            Self::Urge => "urge",
            Self::Cc { .. } => "cc",
            Self::Read => "read",
            Self::Comment { .. } => "comment",
            Self::Unapprove => "unapprove",
            Self::Retry => "retry",
        }
    }

    /// Whether a reason has to be given.
    pub fn needs_reason(&self) -> bool {
        matches!(self, Self::Reject { .. } | Self::Return { .. } | Self::Unapprove)
    }

    /// Reads an operation and what was sent with it.
    ///
    /// # Errors
    /// When there is no such operation, or it does not take what was sent.
    pub fn read(word: &str, input: &Input) -> Result<Self, Rejection> {
        let mut members = Members { left: input.clone(), problems: Vec::new() };
        let operation = match word {
            "approve" => Self::Approve { input: members.input() },
            "reject" => Self::Reject { input: members.input() },
            "return" => {
                let to = members.text("to").unwrap_or_else(|| "submitter".into());
                Self::Return { to, resume: members.flag("resume") }
            }
            "transfer" => Self::Transfer { to: members.login() },
            "delegate" => Self::Delegate { to: members.login() },
            "add" => Self::Add { to: members.logins(), side: members.side() },
            "remove" => Self::Remove,
            "recall" => Self::Recall,
            "urge" => Self::Urge,
            "cc" => Self::Cc { to: members.logins() },
            "read" => Self::Read,
            "comment" => Self::Comment { files: members.files() },
            "unapprove" => Self::Unapprove,
            "retry" => Self::Retry,
            _ => return Err(unknown(word)),
        };
        members.finish()?;
        Ok(operation)
    }

    /// What [`Operation::read`] reads again.
    pub fn input(&self) -> Input {
        let mut input = Map::new();
        match self {
            Self::Approve { input: filled } | Self::Reject { input: filled } if !filled.is_empty() => {
                input.insert("input".into(), Json::Object(filled.clone()));
            }
            Self::Return { to, resume } => {
                input.insert("to".into(), Json::from(&**to));
                input.extend(resume.map(|resume| ("resume".to_owned(), Json::from(resume))));
            }
            Self::Transfer { to } | Self::Delegate { to } => {
                input.insert("to".into(), Json::from(&**to));
            }
            Self::Add { to, side } => {
                input.insert("to".into(), list(to));
                input.insert("place".into(), Json::from(side.word()));
            }
            Self::Cc { to } => {
                input.insert("to".into(), list(to));
            }
            Self::Comment { files } if !files.is_empty() => {
                input.insert("files".into(), Json::Array(files.clone()));
            }
            _ => {}
        }
        input
    }
}

fn list(logins: &[Arc<str>]) -> Json {
    logins.iter().map(|login| Json::from(&**login)).collect()
}

fn unknown(word: &str) -> Rejection {
    let shown: String = word.chars().take(64).collect();
    let message = match nearest(&shown, WORDS) {
        Some(near) => {
            text!("there is no operation `{shown}`; did you mean `{near}`?", "没有操作 `{shown}`；是不是 `{near}`？")
        }
        None => text!("there is no operation `{shown}`", "没有操作 `{shown}`"),
    };
    Rejection::new(Kind::NotFound, code!("unknown-action"), message)
}

/// What was sent, taken out member by member.
struct Members {
    left: Input,
    problems: Vec<Problem>,
}

impl Members {
    fn text(&mut self, name: &str) -> Option<Arc<str>> {
        match self.left.shift_remove(name)? {
            Json::Null => None,
            Json::String(text) => Some(text.into()),
            _ => self.unfit(name),
        }
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        match self.left.shift_remove(name)? {
            Json::Null => None,
            Json::Bool(flag) => Some(flag),
            Json::String(word) if word == "true" || word == "false" => Some(word == "true"),
            _ => self.unfit(name),
        }
    }

    fn unfit<T>(&mut self, name: &str) -> Option<T> {
        let message = text!("`{name}` does not have the right form", "`{name}` 的格式不正确");
        self.problems.push(Problem::new(code!("bad-value"), message).field(name));
        None
    }

    fn missing(&mut self, name: &str) {
        let message = text!("say in `{name}` who it is", "请在 `{name}` 中指定人员");
        self.problems.push(Problem::new(code!("required"), message).field(name));
    }

    fn input(&mut self) -> Input {
        match self.left.shift_remove("input") {
            Some(Json::Object(input)) => input,
            None | Some(Json::Null) => Input::new(),
            Some(_) => self.unfit("input").unwrap_or_default(),
        }
    }

    fn login(&mut self) -> Arc<str> {
        let to = self.text("to").filter(|to| !to.trim().is_empty());
        if to.is_none() {
            self.missing("to");
        }
        to.unwrap_or_default()
    }

    fn logins(&mut self) -> Vec<Arc<str>> {
        let mut logins: Vec<Arc<str>> = Vec::new();
        let items = match self.left.shift_remove("to") {
            Some(Json::Array(items)) => items,
            Some(one @ Json::String(_)) => vec![one],
            _ => Vec::new(),
        };
        for item in items {
            match item {
                Json::String(login) if !login.trim().is_empty() => {
                    if !logins.iter().any(|known| **known == *login) {
                        logins.push(login.into());
                    }
                }
                _ => {
                    self.unfit::<()>("to");
                }
            }
        }
        if logins.is_empty() && self.problems.is_empty() {
            self.missing("to");
        }
        logins
    }

    fn side(&mut self) -> Side {
        match self.text("place").as_deref() {
            Some("before") => Side::Before,
            Some("after") => Side::After,
            Some("parallel") | None => Side::Parallel,
            Some(_) => {
                let message = text!("`place` is before, parallel or after", "`place` 应为 before、parallel 或 after");
                self.problems.push(Problem::new(code!("bad-value"), message).field("place"));
                Side::Parallel
            }
        }
    }

    fn files(&mut self) -> Vec<Json> {
        match self.left.shift_remove("files") {
            Some(Json::Array(files)) => files,
            None | Some(Json::Null) => Vec::new(),
            Some(_) => self.unfit("files").unwrap_or_default(),
        }
    }

    fn finish(mut self) -> Result<(), Rejection> {
        for name in self.left.keys() {
            let shown: String = name.chars().take(64).collect();
            let message = text!("this operation does not take `{shown}`", "此操作不接受 `{shown}`");
            self.problems.push(Problem::new(code!("unknown-input"), message).field(shown));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(Rejection { kind: Kind::Invalid, problems: self.problems }) }
    }
}
