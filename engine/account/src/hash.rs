//! Hashing a password and verifying one with Argon2id: tens of milliseconds and 19 MiB each, so never on a thread
//! that serves requests, and never more at once than the machine has cores.

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use formwork_store::error::Error;

/// The hash of a password with a new salt, as a PHC string.
///
/// # Errors
/// When there is no memory or no randomness.
pub fn hash(password: &str) -> Result<String, Error> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hashed| hashed.to_string())
        .map_err(|error| Error::Fault(format!("a password can't be hashed: {error}")))
}

/// Whether it is the password of this hash. Without a hash, or with one that can't be read, the answer is no and takes
/// as long, so that time does not tell which logins exist.
///
/// # Errors
/// When there is no memory or no randomness.
pub fn verify(phc: Option<&str>, password: &str) -> Result<bool, Error> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let known = phc.and_then(|phc| PasswordHash::new(phc).ok());
    if let Some(known) = &known {
        return Ok(Argon2::default().verify_password(password.as_bytes(), known).is_ok());
    }
    let nobody = match NOBODY.get() {
        Some(nobody) => nobody,
        None => {
            let made = hash("nobody")?;
            NOBODY.get_or_init(|| made)
        }
    };
    if let Ok(nobody) = PasswordHash::new(nobody) {
        let _no = Argon2::default().verify_password(password.as_bytes(), &nobody);
    }
    Ok(false)
}

/// Makes the hash of nobody ahead of the first sign-in, whose time would tell otherwise.
///
/// # Errors
/// When there is no memory or no randomness.
pub fn prepare() -> Result<(), Error> {
    verify(None, "").map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash_and_nobody_has_one() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify(Some(&phc), "correct horse battery").unwrap());
        assert!(!verify(Some(&phc), "correct horse batterz").unwrap());
        assert_ne!(hash("correct horse battery").unwrap(), phc, "salts differ");
        for (nothing, password) in [(None, "nobody"), (None, ""), (Some("no hash"), "no hash")] {
            assert!(!verify(nothing, password).unwrap());
        }
    }
}
