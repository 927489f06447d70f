//! Rows that leave in a file: how many somebody may take out on a day, and that it is known who took what.

use formwork_model::{code, name::Name, text};
use formwork_store::{
    error::Error,
    store::Transaction,
    table::{
        audit::{self, Entry, What},
        tally,
    },
};
use jiff::{Timestamp, civil::Date};
use serde_json::json;

use crate::{
    access::{EXPORT, Eyes},
    rejection::{Kind, Refusal, Rejection},
};

/// Rows that are about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Who takes them out.
    pub login: String,
    /// What they are: the object, and what was asked for.
    pub about: String,
    /// Where they go; empty from a command line.
    pub address: String,
    /// How many there are; one more than allowed stands for any number.
    pub rows: u64,
    /// The most that may leave on one day.
    pub most: Option<u64>,
}

/// What the tally of exports is called.
const TALLY: &str = "export";

impl Eyes<'_> {
    /// The most rows of an object that the actor may take out on one day, with whatever else they take out on it;
    /// `None` is as many as they see.
    ///
    /// # Errors
    /// When the store fails.
    pub fn export_rows(&self, object: Name) -> Result<Option<u64>, Refusal> {
        self.ask(|decider| {
            let Some(access) = decider.limits() else { return Ok(None) };
            let limits: Option<Vec<u64>> =
                access.allowing(object, EXPORT).map(|bound| bound.role.export_rows).collect();
            Ok(limits.and_then(|limits| limits.into_iter().max()))
        })
    }
}

impl Leaving {
    /// Writes into the audit log that the rows leave, or that they may not: in the transaction, before anything is
    /// sent. The inner error is the refusal, which is kept too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note(&self, txn: &mut dyn Transaction, at: Timestamp, today: Date) -> Result<Result<(), Rejection>, Error> {
        let day: tally::Day = i32::from(today.year()) * 1000 + i32::from(today.day_of_year());
        let done = tally::of(txn.view(), TALLY, &self.login, day)?;
        let all = done.saturating_add(self.rows);
        let refused = self.most.filter(|most| all > *most);
        let what = if refused.is_some() { What::ExportRefused } else { What::Export };
        let more = json!({"rows": self.rows, "today": done, "most": self.most});
        audit::append(
            txn,
            Entry {
                seq: 0,
                at,
                actor: self.login.clone(),
                what: what.word().to_owned(),
                about: self.about.clone(),
                address: self.address.clone(),
                more: more.to_string(),
            },
        )?;
        let Some(most) = refused else {
            tally::put(txn, TALLY, &self.login, day, all);
            return Ok(Ok(()));
        };
        let left = most.saturating_sub(done);
        let message = text!(
            "you may export {most} rows a day; {left} are left today, and this is more: narrow the filter or ask somebody who may export more",
            "您每天最多导出 {most} 行，今天还可导出 {left} 行，本次超出：请缩小筛选范围，或请有权限的人导出"
        );
        Ok(Err(Rejection::new(Kind::Forbidden, code!("export-limit"), message)))
    }
}
