//! The table of waiting timers: every entry is a timer of a record, due at that instant.

use std::ops::ControlFlow;

use formwork_model::text;
use formwork_store::{
    store::View,
    table::timer::{self, Waiting},
};

use super::{Verdict, told_there};
use crate::{query, rejection::Refusal, release::Release};

pub(super) fn verify(view: &dyn View, release: &Release, verdict: &mut Verdict) -> Result<(), Refusal> {
    let mut all = Vec::new();
    timer::scan(view, |waiting| {
        all.push(waiting);
        ControlFlow::Continue(())
    })?;
    for waiting in all {
        verdict.keys += 1;
        if !told_there(is_known(view, release, &waiting), true)? {
            let Waiting { due, id, timer, .. } = waiting;
            verdict.find(text!(
                "timer {timer} of {id}, due at {due}, is in the table but not in the record",
                "记录 {id} 的计时器 {timer}（{due} 到期）在时间表中，但记录里没有"
            ));
        }
    }
    Ok(())
}

/// Whether the record has this timer. One of an object that this release does not have can't be looked at.
fn is_known(view: &dyn View, release: &Release, waiting: &Waiting) -> Result<bool, Refusal> {
    let Some(object) = release.object_of(waiting.table) else { return Ok(true) };
    let record = query::load(view, release, object, waiting.id)?;
    Ok(record.is_some_and(|record| {
        record.timers.iter().any(|timer| timer.id == waiting.timer && timer.due == Some(waiting.due))
    }))
}
