//! A sign-in that was begun with a provider and is not finished: what the browser keeps of it.
//!
//! Everything that ties the two halves together is derived from a secret that only this browser has, in a cookie: the
//! `state` that comes back with it, the `nonce` inside the token and the proof that the code was asked for here (PKCE).
//! So the server keeps nothing for people who never come back, and a link that somebody else began is worth nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use formwork_model::name::Name;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// How long somebody may take to sign in at the provider.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A sign-in under way. What it derives can't be guessed by anybody who does not have its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    /// The book that is signed in to.
    pub book: String,
    /// The provider that was chosen.
    pub provider: Name,
    /// When it was begun.
    pub begun: Timestamp,
    /// Where the browser goes on afterwards.
    pub back: String,
    text: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pending").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Pending {
    /// Begins one, with 256 random bits.
    pub fn begin(random: [u8; 32], book: &str, provider: Name, back: &str, now: Timestamp) -> Self {
        let secret = URL_SAFE_NO_PAD.encode(random);
        let kept = URL_SAFE_NO_PAD.encode(back);
        let text = format!("{secret}.{}.{book}.{provider}.{kept}", now.as_second());
        Self { book: book.to_owned(), provider, begun: now, back: back.to_owned(), text }
    }

    /// What the browser keeps.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the browser kept; `None` when it is nothing of the kind.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (secret, second, book, provider, back) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || URL_SAFE_NO_PAD.decode(secret).ok()?.len() != 32 {
            return None;
        }
        Some(Self {
            book: book.to_owned(),
            provider: Name::find(provider)?,
            begun: Timestamp::from_second(second.parse().ok()?).ok()?,
            back: String::from_utf8(URL_SAFE_NO_PAD.decode(back).ok()?).ok()?,
            text: text.to_owned(),
        })
    }

    /// Whether somebody took too long.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now < self.begun || now.duration_since(self.begun) > LIFETIME
    }

    /// What comes back from the provider with the browser.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// What stands in the token.
    pub(super) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What proves to the provider that the code was asked for here: 43 characters, as RFC 7636 wants at least.
    pub(super) fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// What is kept when it was used, so that it is used once.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(format!("spent\0{}", self.text)).into()
    }

    fn derived(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{what}\0{}", self.text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_keeps_is_read_back_and_everything_derived_differs() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let pending = Pending::begin([7; 32], "shop", Name::intern("company"), "/shop/job?q=木", now);
        let read = Pending::read(pending.text()).unwrap();
        assert_eq!(read, pending);
        assert_eq!((read.back.as_str(), read.state()), ("/shop/job?q=木", pending.state()));
        let other = Pending::begin([8; 32], "shop", Name::intern("company"), "/shop/job?q=木", now);
        let all =
            [pending.state(), pending.nonce(), pending.verifier(), other.state(), other.nonce(), other.verifier()];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|text| text.len() == 43), "{all:?}");
        assert!(!pending.is_over(now + LIFETIME));
        assert!(pending.is_over(now + LIFETIME + SignedDuration::from_secs(1)));
        assert!(pending.is_over(now - SignedDuration::from_secs(1)));
        assert!(!format!("{pending:?}").contains(pending.text()));
    }

    #[test]
    fn anything_else_is_none() {
        let text = Pending::begin([7; 32], "shop", Name::intern("company"), "/", Timestamp::UNIX_EPOCH).text;
        for other in ["", "a.b.c.d.e", &text[1..], &format!("{text}.x"), &text.replace("company", "nobody_called_so")] {
            assert_eq!(Pending::read(other), None, "{other}");
        }
    }
}
