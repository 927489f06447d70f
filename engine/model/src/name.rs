//! Machine names: `snake_case`, never shown to business users, never changed.

use std::{
    cmp::Ordering,
    collections::HashSet,
    fmt,
    hash::{Hash, Hasher},
    sync::{OnceLock, RwLock},
};

/// The name of an object, field, node, action, table, …
///
/// Names are interned for the life of the process, so copying and comparing one costs a pointer.
/// Only definitions make new names; what users send is looked up with [`Name::find`], which never interns.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No character at all.
    #[error("a name must not be empty")]
    Empty,
    /// Longer than [`Name::MAX`] characters.
    #[error("a name has at most 64 characters")]
    TooLong,
    /// Something other than `a-z`, `0-9`, `_`, or a first character that is no letter.
    #[error("a name is lower case letters, digits and `_`, and starts with a letter")]
    Character,
}

fn pool() -> &'static RwLock<HashSet<&'static str>> {
    static POOL: OnceLock<RwLock<HashSet<&'static str>>> = OnceLock::new();
    POOL.get_or_init(Default::default)
}

impl Name {
    /// The greatest length, in characters.
    pub const MAX: usize = 64;

    /// Checks `text` and interns it.
    ///
    /// # Errors
    /// When `text` is not `snake_case` or too long.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let mut characters = text.bytes();
        match characters.next() {
            None => return Err(Invalid::Empty),
            Some(b'a'..=b'z') => {}
            Some(_) => return Err(Invalid::Character),
        }
        if text.len() > Self::MAX {
            return Err(Invalid::TooLong);
        }
        if !characters.all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            return Err(Invalid::Character);
        }
        Ok(Self::intern(text))
    }

    /// Interns a name that the engine itself knows to be well formed (system fields, decoded bytes).
    pub fn intern(text: &str) -> Self {
        if let Some(known) = Self::find(text) {
            return known;
        }
        let mut pool = pool().write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = pool.get(text) {
            return Self(known);
        }
        let leaked: &'static str = Box::leak(text.to_owned().into_boxed_str());
        pool.insert(leaked);
        Self(leaked)
    }

    /// The name spelt `text`, if any definition has used it. The way to read a name from a request.
    pub fn find(text: &str) -> Option<Self> {
        pool().read().unwrap_or_else(std::sync::PoisonError::into_inner).get(text).map(|known| Self(known))
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

// INVARIANT: equal texts are one allocation (`intern` checks under the write lock), so addresses decide equality.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0.as_ptr(), other.0.as_ptr())
    }
}
impl Eq for Name {}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.as_ptr() as usize).hash(state);
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0
    }
}
impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}
impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_equal_names_and_requests_never_intern() {
        let a = Name::new("amount_due").unwrap();
        assert_eq!(a, Name::intern("amount_due"));
        assert_eq!(Name::find("amount_due"), Some(a));
        assert_eq!(Name::find("sent_by_a_stranger"), None);
    }

    #[test]
    fn what_is_not_snake_case_is_refused() {
        assert_eq!(Name::new(""), Err(Invalid::Empty));
        for bad in ["Amount", "1st", "a-b", "_x", "金额"] {
            assert_eq!(Name::new(bad), Err(Invalid::Character), "{bad}");
        }
        assert_eq!(Name::new(&"a".repeat(65)), Err(Invalid::TooLong));
    }
}
