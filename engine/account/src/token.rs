//! Secrets that a program carries: session tokens and API keys. Only their SHA-256 is kept.

use std::fmt;

use formwork_store::table::session::TokenHash;
use sha2::{Digest, Sha256};

/// How the secret of an API key begins, so that scanners for leaked secrets find it.
pub const KEY_PREFIX: &str = "fw_";

/// A secret of 256 random bits. It has no `Display`, and its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

impl Token {
    /// A token of these random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The token as whoever carries it writes it: 64 hexadecimal digits.
    pub fn reveal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The token that a text reveals; `None` for anything but 64 lower-case hexadecimal digits.
    pub fn read(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let (pairs, _) = digits.as_chunks::<2>();
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// What is kept of it. A plain hash will do: 256 random bits can't be guessed. It is also what is looked up,
    /// so how long a look-up takes says nothing about the token.
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let token = Token::new(std::array::from_fn(|place| place as u8 * 7));
        let text = token.reveal();
        assert_eq!(Token::read(&text), Some(token));
        for other in ["", "00", &text[1..], &format!("{text}0"), &text.to_uppercase(), &text.replacen('0', "g", 1)] {
            assert_eq!(Token::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_stays_out_of_logs() {
        assert_eq!(format!("{:?}", Token::new([7; 32])), "Token(…)");
    }
}
