//! What can be wrong while decoding.

use std::fmt::{self, Display};

use formwork_model::source::Span;
use serde::de::{self, Unexpected};

use crate::map::BAD_NAME;

/// A problem, boxed because results are returned from every level.
#[derive(Debug)]
pub(super) struct Error(pub(super) Box<Problem>);

/// A problem, its place and the way to the entry that must go.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) what: What,
    /// Where it is shown; the innermost place wins.
    pub(super) at: Option<Span>,
    /// Positions from the innermost entry outwards.
    pub(super) path: Vec<usize>,
    /// The mapping it is about.
    pub(super) map: Span,
}

#[derive(Debug)]
pub(super) enum What {
    /// A key that does not exist here.
    Unknown { key: String, expected: &'static [&'static str] },
    /// A key that must be there.
    Missing { key: &'static str, owner: &'static str },
    /// A value of the wrong kind.
    Wrong(Expected),
    /// A word that is no option.
    Option { word: String, expected: &'static [&'static str] },
    /// A text that is no machine name.
    Name(String),
    /// Anything a type says for itself.
    Custom(String),
}

/// What should stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    Mapping,
    List,
    Text,
    Boolean,
    Integer,
    Other(String),
}

impl Error {
    fn new(what: What) -> Self {
        Self(Box::new(Problem { what, at: None, path: Vec::new(), map: Span::default() }))
    }

    pub(super) fn wrong(expected: Expected) -> Self {
        Self::new(What::Wrong(expected))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.what)
    }
}
impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        Self::new(match message.strip_prefix(BAD_NAME) {
            Some(name) => What::Name(name.to_owned()),
            None => What::Custom(message),
        })
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::wrong(Expected::Other(expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::wrong(Expected::Other(expected.to_string()))
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        Self::new(What::Option { word: word.to_owned(), expected })
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Self::new(What::Unknown { key: key.to_owned(), expected })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::Missing { key, owner: "" })
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::custom(format_args!("the key `{key}` is written twice"))
    }
}
