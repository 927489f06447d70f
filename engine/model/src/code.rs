//! Stable codes of diagnostics and rejections, each with an explanation page in `codes/`.

use std::fmt;

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A stable code such as `unknown-field`. Build it with [`code!`](crate::code!), which does not compile
/// unless `engine/model/codes/CODE.md` exists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

impl Code {
    /// Used by [`code!`](crate::code!) only.
    #[doc(hidden)]
    pub const fn checked(code: &'static str, _page: &'static str) -> Self {
        Self(code)
    }

    /// The text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The explanation page of `code`, in Markdown.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.binary_search_by(|(known, _)| (*known).cmp(code)).ok().and_then(|i| PAGES.get(i)).map(|(_, page)| *page)
}

/// The [`Code`](crate::code::Code) with this text; a compile error when it has no page.
#[macro_export]
macro_rules! code {
    ($code:literal) => {
        $crate::code::Code::checked(
            $code,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../model/codes/", $code, ".md")),
        )
    };
}
