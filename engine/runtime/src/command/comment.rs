//! `comment`: somebody says something about a record, and to whom.
//!
//! A comment is the reason of its command, with files: it stands in the history, and whoever sees the record reads it
//! there.

use std::sync::Arc;

use formwork_model::{code, text, value::FileRef};
use serde_json::Value as Json;

use crate::{
    command::{Actor, Command, Input, Request},
    decide::Done,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
    remark::FILES,
};

/// The longest comment, in characters.
const LONGEST: usize = 4_000;

pub(crate) fn decide(decider: &Decider<'_>, key: Key, files: &[Json]) -> Result<Done, Refusal> {
    decider.see(key)?;
    let said = decider.command.reason.as_deref().unwrap_or_default();
    let read = decider.read_files(files)?;
    decider.check_said(Some(said), &read, "text")?;
    if said.chars().count() > LONGEST {
        let message = text!("a comment has at most {LONGEST} characters", "评论最多 {LONGEST} 个字符");
        return Err(Problem::new(code!("bad-value"), message).field("text").reject(Kind::Invalid).into());
    }
    decider.call_on(key, said)?;
    let mut input = Input::new();
    if !files.is_empty() {
        input.insert(FILES.into(), Json::Array(files.to_vec()));
    }
    Ok(Done::about("comment", key.0, key.1, &input))
}

impl Decider<'_> {
    /// Refuses a comment with neither words nor files, unless they were erased since.
    pub(crate) fn check_said(&self, said: Option<&str>, files: &[Arc<FileRef>], field: &str) -> Result<(), Refusal> {
        let is_nothing = said.is_none_or(|said| said.trim().is_empty()) && files.is_empty();
        if !is_nothing || self.release.lenient {
            return Ok(());
        }
        let message = text!("a comment needs words or a file", "评论需要填写文字或添加附件");
        Err(Problem::new(code!("required"), message).field(field).reject(Kind::Invalid).into())
    }

    /// Tells whoever the text names as `@login`. Somebody who does not see the record is not told of it, and the
    /// writer learns no more than that.
    fn call_on(&self, key: Key, said: &str) -> Result<(), Refusal> {
        let mut logins: Vec<String> = Vec::new();
        for (_, login) in mentions(said) {
            if !self.is_user(login)? || !self.is_seen_by(login, key)? {
                let message = text!("nobody called `{login}` sees this record", "没有能查看此记录的用户 `{login}`");
                return Err(Problem::new(code!("no-such-reference"), message)
                    .field("text")
                    .reject(Kind::Invalid)
                    .into());
            }
            if login != &*self.command.actor.login {
                logins.push(login.to_owned());
            }
        }
        let (by, short) = (self.command.actor.login.clone(), shortened(said));
        self.send(logins, &text!("{by} mentioned you: {short}", "{by} 提到了您：{short}"), Some(key));
        Ok(())
    }

    /// Whether somebody else sees a record.
    fn is_seen_by(&self, login: &str, key: Key) -> Result<bool, Refusal> {
        let command = Command {
            id: self.command.id,
            actor: Actor::new(login, []),
            request: Request::Tick,
            reason: None,
            idempotency: None,
        };
        Ok(Decider::new(self.view, self.release, &command, self.now)?.sight(key)?.is_some())
    }
}

/// The logins behind the `@` of a text, each with the place of its `@`; the one of an e-mail address is none.
pub fn mentions(said: &str) -> impl Iterator<Item = (usize, &str)> {
    said.match_indices('@').filter_map(|(at, _)| {
        let (before, behind) = (said.get(..at)?, said.get(at + 1..)?);
        if before.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(behind.len());
        let login = behind.get(..end)?.trim_end_matches(['.', '-']);
        (!login.is_empty()).then_some((at, login))
    })
}

/// The beginning of a text, for a message.
fn shortened(said: &str) -> String {
    const MOST: usize = 120;
    let short: String = said.chars().take(MOST).collect();
    if short.len() < said.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_named_is_found_and_an_address_names_nobody() {
        let said = "请@wu.yong看一下，a@b.com 不算；@li-na. 还有 @";
        let found: Vec<&str> = mentions(said).map(|(_, login)| login).collect();
        assert_eq!(found, ["wu.yong", "li-na"]);
    }
}
