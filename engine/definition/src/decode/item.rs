//! What the decoder stands before.

use std::sync::Arc;

use formwork_model::source::Span;

use crate::{
    spanned::Sp,
    yaml::{Kind, Node},
};

/// What is read: a value, or the key of a mapping.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'t> {
    Node(&'t Node),
    Key(&'t Sp<Arc<str>>),
}

impl<'t> Item<'t> {
    pub(super) fn span(self) -> Span {
        match self {
            Self::Node(node) => node.span,
            Self::Key(key) => key.span,
        }
    }

    pub(super) fn text(self) -> Option<&'t str> {
        match self {
            Self::Node(Node { kind: Kind::Scalar { text, .. }, .. }) => Some(text),
            Self::Node(_) => None,
            Self::Key(key) => Some(&key.value),
        }
    }

    /// The text of a scalar without quotes.
    pub(super) fn plain(self) -> Option<&'t str> {
        match self {
            Self::Node(Node { kind: Kind::Scalar { text, quoted: false, block: false }, .. }) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self, Self::Node(Node { kind: Kind::Null, .. }))
    }
}
