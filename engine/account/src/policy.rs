//! Which passwords are good enough: long, not the login, not one that everybody tries first. No rule about kinds
//! of characters: such rules make passwords worse (NIST SP 800-63B, 5.1.1.2).

use formwork_model::{text, text::Text};

/// Characters a password has at least.
pub const SHORTEST: usize = 10;
/// Bytes a password has at most: hashing must not be given megabytes.
pub const LONGEST_BYTES: usize = 256;

/// Beginnings that everybody tries first.
const COMMON: &[&str] = &[
    "0123456789",
    "1234567890",
    "123123123",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "987654321",
    "abc123456",
    "admin12345",
    "administrator",
    "adminadmin",
    "changeme",
    "iloveyou",
    "letmein",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "qazwsxedc",
    "qwer1234",
    "qwerty",
    "welcome",
    "woaini1314",
    "zaq12wsx",
];

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST_BYTES`] bytes.
    Long,
    /// It is little more than the login.
    Login,
    /// It is one that everybody tries first, or one character over and over.
    Common,
}

impl Weak {
    /// What is wrong, in words.
    pub fn words(self) -> Text {
        match self {
            Self::Short => {
                text!("a password has at least {SHORTEST} characters", "密码至少 {SHORTEST} 个字符")
            }
            Self::Long => text!("a password has at most {LONGEST_BYTES} bytes", "密码最多 {LONGEST_BYTES} 字节"),
            Self::Login => text!("a password is more than the login", "密码不能只是登录名的变化"),
            Self::Common => text!("everybody tries this password first", "这个密码太常见"),
        }
    }
}

/// Whether a password is good enough for this login.
///
/// # Errors
/// What is wrong with it.
pub fn check(login: &str, password: &str) -> Result<(), Weak> {
    if password.len() > LONGEST_BYTES {
        return Err(Weak::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(Weak::Short);
    }
    let (login, password) = (login.to_lowercase(), password.to_lowercase());
    if is_little_more_than(&password, &login) {
        return Err(Weak::Login);
    }
    let first = password.chars().next();
    let one_character = password.chars().all(|character| Some(character) == first);
    if one_character || COMMON.iter().any(|common| is_little_more_than(&password, common)) {
        return Err(Weak::Common);
    }
    Ok(())
}

/// Whether a password is a word, once or several times, with at most six other characters around it.
fn is_little_more_than(password: &str, word: &str) -> bool {
    !word.is_empty() && password.contains(word) && password.replace(word, "").chars().count() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for (password, weak) in [
            ("short", Weak::Short),
            ("九个汉字不够长啊", Weak::Short),
            ("li.wei2026", Weak::Login),
            ("Li.WeiLi.Wei", Weak::Login),
            ("Password123!", Weak::Common),
            ("qwertyqwerty", Weak::Common),
            ("1234567890", Weak::Common),
            ("aaaaaaaaaaaa", Weak::Common),
        ] {
            assert_eq!(check("li.wei", password), Err(weak), "{password}");
        }
        assert_eq!(check("li.wei", &"长".repeat(100)), Err(Weak::Long));
    }

    #[test]
    fn a_long_sentence_is_good_in_any_script() {
        for password in ["correct horse battery staple", "山里的桥在雨后发亮呢", "my password is a whole sentence"]
        {
            assert_eq!(check("li.wei", password), Ok(()), "{password}");
        }
        assert_eq!(check("", "correct horse"), Ok(()));
    }
}
