//! Why a command was not carried out. A [`Rejection`] is the user's; a [`Fault`] is ours.

use formwork_model::{
    code,
    code::Code,
    source::{Sources, Span},
    text,
    text::Text,
};
use formwork_script::failure::Failure;
use formwork_store::error::Error as StoreError;

/// What kind of refusal it is; the web floor maps it to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was sent does not fit.
    Invalid,
    /// There is no such thing, or the actor may not know of it.
    NotFound,
    /// Somebody else was faster, or the key is taken.
    Conflict,
    /// The actor may not.
    Forbidden,
    /// A budget was exceeded.
    Limit,
}

/// The command is refused; nothing was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// What kind it is.
    pub kind: Kind,
    /// Everything that is wrong, the first one first. Never empty.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// What is wrong and what to do.
    pub message: Text,
    /// The field: `amount`, `lines[3].quantity`.
    pub field: Option<String>,
    /// The rule or check: `opportunity.closes_later`.
    pub rule: Option<String>,
    /// The place in the definitions, when the author rather than the user has to act.
    pub at: Option<Span>,
}

impl Problem {
    /// A problem with a code and a message.
    pub fn new(code: Code, message: Text) -> Self {
        Self { code, message, field: None, rule: None, at: None }
    }

    /// At this field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Because of this rule.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// As the only problem of a rejection.
    pub fn reject(self, kind: Kind) -> Rejection {
        Rejection { kind, problems: vec![self] }
    }
}

impl Rejection {
    /// Why it was refused, in plain words for an incident, with the place in the definitions if there is one.
    pub fn cause(&self, sources: &Sources) -> Text {
        let mut cause = Text::default();
        for problem in &self.problems {
            let place = problem
                .at
                .map(|at| sources.locate(at))
                .filter(|place| !place.is_empty())
                .map(|place| format!(" ({place})"))
                .unwrap_or_default();
            let field = problem.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            for (text, said) in [(&mut cause.en, &problem.message.en), (&mut cause.zh, &problem.message.zh)] {
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str(&format!("{field}{said}{place}"));
            }
        }
        cause
    }

    /// A rejection with one problem.
    pub fn new(kind: Kind, code: Code, message: Text) -> Self {
        Problem::new(code, message).reject(kind)
    }

    /// No such record of this object.
    pub fn no_record(object: formwork_model::name::Name) -> Self {
        Self::new(Kind::NotFound, code!("no-such-record"), text!("there is no such {object}", "没有这条 {object} 记录"))
    }

    /// The code of the first problem.
    pub fn code(&self) -> Code {
        self.problems.first().map_or(code!("internal"), |problem| problem.code)
    }
}

/// A failure of the machine or of the engine: never shown raw.
#[derive(Debug, Clone)]
pub struct Fault(String);

impl Fault {
    /// For logs only.
    pub fn internal(&self) -> &str {
        &self.0
    }

    /// A fault of the engine itself.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Why a command was not carried out.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The user's: nothing was written, and this is why.
    Rejected(Box<Rejection>),
    /// Ours.
    Fault(Fault),
    /// The store failed or is closed; whether the command happened is known to the disk only.
    Store(StoreError),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        if failure.fault {
            return Self::Fault(Fault(failure.message.en));
        }
        let kind = if failure.code == code!("script-budget") { Kind::Limit } else { Kind::Invalid };
        let problem = Problem {
            code: failure.code,
            message: failure.message,
            field: failure.field.map(|name| name.to_string()),
            rule: None,
            at: failure.at,
        };
        problem.reject(kind).into()
    }
}

/// The way back into a script: a refusal inside a host function stops the script with it.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => match rejection.problems.into_iter().next() {
                Some(problem) => Self {
                    code: problem.code,
                    message: problem.message,
                    at: problem.at,
                    field: problem.field.as_deref().and_then(formwork_model::name::Name::find),
                    fault: false,
                },
                None => Self { fault: true, ..Self::new(code!("internal"), Text::same("empty rejection")) },
            },
            Refusal::Fault(fault) => Self { fault: true, ..Self::new(code!("internal"), Text::same(fault.0)) },
            Refusal::Store(error) => {
                Self { fault: true, ..Self::new(code!("internal"), Text::same(error.to_string())) }
            }
        }
    }
}
