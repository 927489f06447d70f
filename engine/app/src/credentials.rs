//! Passwords and keys that the command line makes: for the first administrator, for rescue, for the demo.

use formwork_account::{hash, login, password, password::Setting, policy, token::Token};
use formwork_model::text;
use formwork_runtime::book::Book;
use formwork_store::store::{Transaction, transact};

use crate::failure::{Exit, Failure};

/// Who acts, in the audit log, when the command line does.
pub(crate) const COMMAND_LINE: &str = "system";

/// Bytes that nobody can guess.
pub(crate) fn random() -> Result<[u8; 32], Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Failure {
        exit: Exit::Store,
        message: text!("no randomness: {error}", "无法取得随机数：{error}"),
    })?;
    Ok(random)
}

/// A password to be changed by whoever gets it.
pub(crate) fn new_password() -> Result<String, Failure> {
    random().map(password::from_random)
}

/// The secret of a new API key.
pub(crate) fn new_token() -> Result<Token, Failure> {
    random().map(Token::new)
}

/// Refuses a login that nobody can have, and a password that is easily guessed.
pub(crate) fn check(login: &str, password: &str) -> Result<(), Failure> {
    if !login::is_usable(login) {
        return Err(Failure::usage(text!(
            "`{login}` can't be a login: it has 1 to 64 characters without blanks and `:`, and is not `system`",
            "`{login}` 不能作为登录名：1 到 64 个字符，不含空格和 `:`，且不能是 `system`"
        )));
    }
    policy::check(login, password).map_err(|weak| Failure::usage(weak.words()))
}

/// Sets the password of these logins, all the same one; their sessions end.
pub(crate) fn set(book: &Book, logins: Vec<String>, password: &str, must_change: bool) -> Result<(), Failure> {
    let (phc, clock) = (hash::hash(password)?, book.clock().clone());
    change(book, move |txn| {
        for login in &logins {
            let setting = Setting {
                login: login.clone(),
                phc: phc.clone(),
                must_change,
                instead_of: None,
                keep: None,
                actor: COMMAND_LINE.into(),
                address: String::new(),
            };
            password::set(txn, &setting, clock.now())?;
        }
        Ok(())
    })
}

/// Writes what is beside the records, and waits until it is on disk.
pub(crate) fn change<T: Send + 'static>(
    book: &Book,
    work: impl Fn(&mut dyn Transaction) -> Result<T, formwork_store::error::Error> + Send + 'static,
) -> Result<T, Failure> {
    Ok(transact(&**book.store(), work)??)
}
