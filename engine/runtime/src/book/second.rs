//! Four eyes: where the live release asks for it, another person approves an edit of the definitions before it goes live.
//!
//! Whoever made an edit hands it in; what is approved is the release that it makes, by its hash, and nothing else. The
//! question is asked where a release goes live, so that no way around it is left: pages, API, command line, files.

use std::sync::Arc;

use formwork_catalog::catalog::Catalog;
use formwork_definition::kind::role::Right;
use formwork_model::{code, text};
use formwork_store::{
    error::Error,
    store::{self, Transaction, View},
    table::{audit::What, history, meta, release as releases},
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::{
    access::Eyes,
    audit,
    book::Book,
    command::Actor,
    rejection::{Kind, Refusal, Rejection},
    release::{Kept, Release},
};

/// An edit of the definitions that somebody has handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// Whose edit it is.
    pub author: String,
    /// The release that it makes.
    pub release: String,
    /// Why, in the author's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Who refused it, and why, when somebody has.
    pub refused: Option<(String, String)>,
}

/// The beginning of the fact that holds what somebody has handed in.
const HANDED_IN: &str = "handed in ";
/// The beginning of the fact that says who approved a release.
const APPROVED: &str = "approved ";

impl HandedIn {
    fn read(author: &str, text: &str) -> Result<Self, Error> {
        let damaged = || Error::Damaged("an edit that was handed in can't be read".to_owned());
        let json: Json = serde_json::from_str(text).map_err(|_| damaged())?;
        let word = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned).ok_or_else(damaged);
        let by = json.get("refused_by").and_then(Json::as_str);
        let why = json.get("refused_why").and_then(Json::as_str).unwrap_or_default();
        Ok(Self {
            author: author.to_owned(),
            release: word("release")?,
            reason: word("reason")?,
            at: word("at")?.parse().map_err(|_| damaged())?,
            refused: by.map(|by| (by.to_owned(), why.to_owned())),
        })
    }

    fn put(&self, transaction: &mut dyn Transaction) {
        let (by, why) = self.refused.as_ref().map(|(by, why)| (by.as_str(), why.as_str())).unzip();
        let text = json!({
            "release": self.release, "reason": self.reason, "at": self.at.to_string(), "refused_by": by, "refused_why": why,
        });
        transaction.put(meta::key(&fact(&self.author)), text.to_string().into_bytes());
    }
}

fn fact(author: &str) -> String {
    format!("{HANDED_IN}{author}")
}

fn find(view: &dyn View, author: &str) -> Result<Option<HandedIn>, Error> {
    meta::text(view, &fact(author))?.map(|text| HandedIn::read(author, &text)).transpose()
}

/// Takes back what somebody has handed in, because their edit changed or went live.
pub(super) fn withdraw(transaction: &mut dyn Transaction, author: &str, now: Timestamp) -> Result<(), Error> {
    if let Some(known) = find(transaction.view(), author)? {
        transaction.delete(meta::key(&fact(author)));
        if known.refused.is_none() {
            audit::note_second(transaction, (author, What::ReleaseWithdrawn, &known.release), json!({}), now)?;
        }
    }
    Ok(())
}

/// Refuses a release that has to be approved by a second person and was not.
pub(super) fn check(view: &dyn View, live: &Release, kept: &Kept, to: &Catalog) -> Result<(), Refusal> {
    let before = releases::active(view)?.filter(|before| *before != *to.release);
    let Some(before) = before.and_then(|before| kept.get(view, &before).ok()) else { return Ok(()) };
    if is_seen(view, live, &before, to)? {
        return Ok(());
    }
    let message = text!(
        "another person has to approve this before it goes live: hand it in under Administration, My edit",
        "上线前须由另一人审批：请在“系统管理 · 我的修改”中提交审批"
    );
    Err(Rejection::new(Kind::Conflict, code!("four-eyes"), message).into())
}

/// Whether nobody else has to look at `to` before it takes the place of `before`.
fn is_seen(view: &dyn View, live: &Release, before: &Catalog, to: &Catalog) -> Result<bool, Error> {
    if before.book.four_eyes.is_empty() || meta::text(view, &format!("{APPROVED}{}", to.release))?.is_some() {
        return Ok(true);
    }
    // Back to a release that was live and asks for the same: two have seen it, or it brought the rule.
    if to.book.four_eyes.is_empty() {
        return Ok(false);
    }
    for seq in releases::activations(view)? {
        if history::get(view, seq, &live.symbols)?.is_some_and(|entry| entry.release == to.release) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Book {
    /// Whether another person has to approve this release before it goes live.
    ///
    /// # Errors
    /// When the store fails.
    pub fn needs_second(&self, to: &Catalog) -> Result<bool, Refusal> {
        let release = self.release();
        if *release.catalog.release == *to.release {
            return Ok(false);
        }
        self.read(|view| Ok(!is_seen(view, &release, &release.catalog, to)?))
    }

    /// What somebody has handed in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn handed_in(&self, author: &str) -> Result<Option<HandedIn>, Refusal> {
        self.read(|view| Ok(find(view, author)?))
    }

    /// Hands in the release that somebody's edit makes; the audit log keeps it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hand_in(&self, author: &str, release: &str, reason: &str) -> Result<(), Refusal> {
        let [author, release, reason] = [author, release, reason].map(str::to_owned);
        let clock = self.clock.clone();
        let done = store::transact(&**self.store(), move |transaction| {
            let handed = HandedIn {
                author: author.clone(),
                release: release.clone(),
                reason: reason.clone(),
                at: clock.now(),
                refused: None,
            };
            handed.put(transaction);
            let more = json!({"reason": reason});
            audit::note_second(transaction, (&author, What::ReleaseHandedIn, &release), more, handed.at)
        })?;
        Ok(done?)
    }

    /// Takes back what somebody has handed in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn withdraw(&self, author: &str) -> Result<(), Refusal> {
        let (author, clock) = (author.to_owned(), self.clock.clone());
        Ok(store::transact(&**self.store(), move |transaction| withdraw(transaction, &author, clock.now()))??)
    }
}

impl Eyes<'_> {
    /// Whether the actor could approve what others hand in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_second(&self) -> Result<bool, Refusal> {
        let catalog = self.book.catalog();
        let four_eyes = &catalog.book.four_eyes;
        if four_eyes.is_empty() {
            // Whoever may publish approves what those make who may not.
            let drafted = catalog.roles.values().any(|role| role.rights.contains(&Right::Drafts));
            return Ok(drafted && self.require(Right::Releases).is_ok());
        }
        self.ask(|decider| Ok(four_eyes.iter().any(|role| decider.roles.contains(role))))
    }

    /// What others have handed in and nobody has refused, for whoever could approve it; nothing for others.
    ///
    /// # Errors
    /// When the store fails.
    pub fn to_approve(&self) -> Result<Vec<HandedIn>, Refusal> {
        if !self.is_second()? {
            return Ok(Vec::new());
        }
        let all = self.book.read(|view| Ok(meta::beginning(view, HANDED_IN)?))?;
        let read = all.iter().map(|(author, text)| HandedIn::read(author, text));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().filter(|one| one.refused.is_none() && one.author != *self.actor.login).collect())
    }

    /// Approves the release that somebody else has handed in, or refuses it. An approved one may go live.
    ///
    /// # Errors
    /// `not-allowed`, `four-eyes` when it is not what is handed in any more, or when the store fails.
    pub fn decide_handed_in(&self, handed: &HandedIn, approve: bool, reason: &str) -> Result<(), Refusal> {
        if !self.is_second()? || handed.author == *self.actor.login {
            let message = text!("another person approves this", "须由另一人审批");
            return Err(Rejection::new(Kind::Forbidden, code!("not-allowed"), message).into());
        }
        let (handed, reason, actor): (_, _, Actor) = (handed.clone(), reason.to_owned(), self.actor.clone());
        let clock = self.book.clock().clone();
        let done = store::transact(&**self.book.store(), move |transaction| {
            if find(transaction.view(), &handed.author)?.as_ref() != Some(&handed) {
                return Ok(false);
            }
            let now = clock.now();
            let what = if approve {
                let by = json!({"author": handed.author, "by": &*actor.login, "reason": reason, "at": now.to_string()});
                transaction.put(meta::key(&format!("{APPROVED}{}", handed.release)), by.to_string().into_bytes());
                transaction.delete(meta::key(&fact(&handed.author)));
                What::ReleaseApproved
            } else {
                let refused = Some((actor.login.to_string(), reason.clone()));
                HandedIn { refused, ..handed.clone() }.put(transaction);
                What::ReleaseRefused
            };
            let more = json!({"author": handed.author, "reason": reason});
            audit::note_second(transaction, (&actor.login, what, &handed.release), more, now)?;
            Ok::<bool, Error>(true)
        })?;
        if done? {
            return Ok(());
        }
        let message = text!("this was changed or withdrawn meanwhile; look again", "其间已被修改或撤回，请重新查看");
        Err(Rejection::new(Kind::Conflict, code!("four-eyes"), message).into())
    }
}

/// As [`Book::needs_second`], of a book that is not open yet: whether `to` has to wait in a store that runs `live`.
///
/// # Errors
/// When the store fails.
pub fn has_to_wait(view: &dyn View, live: &Arc<Catalog>, to: &Catalog) -> Result<bool, Error> {
    let symbols = formwork_store::symbols::Symbols::load(view)?;
    Ok(*live.release != *to.release && !is_seen(view, &Release::new(live.clone(), symbols), live, to)?)
}
