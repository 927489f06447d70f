//! Approvals as part of a record's bytes.

use std::sync::Arc;

use formwork_model::{
    approval::{Approval, Comment, Copy, End, Ended, Ending, Need, Outcome, Place, Step, StepState, Task},
    value::FileRef,
};

use super::record::many;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    symbols::Symbols,
};

/// Appends the approvals of an instance.
pub(super) fn put(out: &mut Writer, approvals: &[Approval], symbols: &Symbols) -> Result<(), Error> {
    out.varint(approvals.len() as u64);
    for approval in approvals {
        put_approval(out, approval, symbols)?;
    }
    Ok(())
}

/// Reads the approvals of an instance.
pub(super) fn read(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Vec<Approval>, Error> {
    many(from, |from| approval(from, symbols))
}

fn put_approval(out: &mut Writer, approval: &Approval, symbols: &Symbols) -> Result<(), Error> {
    out.varint(u64::from(approval.id));
    out.varint(u64::from(approval.token));
    out.name(approval.node, symbols)?;
    out.varint(u64::from(approval.scope));
    out.varint(approval.splits.len() as u64);
    approval.splits.iter().for_each(|split| out.varint(u64::from(*split)));
    out.str(&approval.submitter);
    out.varint(u64::from(approval.submission));
    out.instant(approval.began_at);
    put_logins(out, &approval.earlier);
    out.varint(approval.chosen.len() as u64);
    for (step, logins) in &approval.chosen {
        out.name(*step, symbols)?;
        put_logins(out, logins);
    }
    out.varint(u64::from(approval.first));
    out.bool(approval.back.is_some());
    if let Some((node, step)) = approval.back {
        out.name(node, symbols)?;
        out.varint(u64::from(step));
    }
    out.varint(approval.steps.len() as u64);
    for step in &approval.steps {
        put_step(out, step, symbols)?;
    }
    out.varint(approval.copies.len() as u64);
    for copy in &approval.copies {
        out.varint(u64::from(copy.id));
        out.str(&copy.login);
        out.str(&copy.by);
        out.instant(copy.at);
        out.optional_instant(copy.read_at);
    }
    out.varint(approval.comments.len() as u64);
    for comment in &approval.comments {
        put_comment(out, comment);
    }
    out.optional_instant(approval.urged_at);
    put_ending(out, approval.ended.as_ref(), symbols)
}

fn approval(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Approval, Error> {
    Ok(Approval {
        id: from.u32()?,
        token: from.u32()?,
        node: from.name(symbols)?,
        scope: from.u32()?,
        splits: many(from, Reader::u32)?,
        submitter: from.str()?.into(),
        submission: from.u32()?,
        began_at: from.instant()?,
        earlier: logins(from)?,
        chosen: many(from, |from| Ok((from.name(symbols)?, logins(from)?)))?,
        first: from.u32()?,
        back: if from.bool()? { Some((from.name(symbols)?, from.u32()?)) } else { None },
        steps: many(from, |from| step(from, symbols))?,
        copies: many(from, |from| {
            Ok(Copy {
                id: from.u32()?,
                login: from.str()?.into(),
                by: from.str()?.into(),
                at: from.instant()?,
                read_at: from.optional_instant()?,
            })
        })?,
        comments: many(from, comment)?,
        urged_at: from.optional_instant()?,
        ended: ending(from, symbols)?,
    })
}

fn put_logins(out: &mut Writer, logins: &[Arc<str>]) {
    out.varint(logins.len() as u64);
    logins.iter().for_each(|login| out.str(login));
}

fn logins(from: &mut Reader<'_>) -> Result<Vec<Arc<str>>, Error> {
    many(from, |from| Ok(from.str()?.into()))
}

fn put_ending(out: &mut Writer, ending: Option<&Ending>, symbols: &Symbols) -> Result<(), Error> {
    let Some(ending) = ending else {
        out.u8(0);
        return Ok(());
    };
    match ending.outcome {
        Outcome::Approved => out.u8(1),
        Outcome::Rejected => out.u8(2),
        Outcome::Returned { resume } => {
            out.u8(3);
            out.varint(resume.map_or(0, |step| u64::from(step) + 1));
        }
        Outcome::SentBack { to } => {
            out.u8(4);
            out.name(to, symbols)?;
        }
        Outcome::Withdrawn => out.u8(5),
        Outcome::Left => out.u8(6),
    }
    out.instant(ending.at);
    out.str(&ending.by);
    Ok(())
}

fn ending(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Option<Ending>, Error> {
    let outcome = match from.u8()? {
        0 => return Ok(None),
        1 => Outcome::Approved,
        2 => Outcome::Rejected,
        3 => Outcome::Returned { resume: from.u32()?.checked_sub(1) },
        4 => Outcome::SentBack { to: from.name(symbols)? },
        5 => Outcome::Withdrawn,
        6 => Outcome::Left,
        _ => return Err(damaged("outcome")),
    };
    Ok(Some(Ending { outcome, at: from.instant()?, by: from.str()?.into() }))
}

fn put_step(out: &mut Writer, step: &Step, symbols: &Symbols) -> Result<(), Error> {
    out.name(step.name, symbols)?;
    out.varint(u64::from(step.at));
    let (tag, number) = match step.need {
        Need::Any => (0, 0),
        Need::All => (1, 0),
        Need::InOrder => (2, 0),
        Need::Count(n) => (3, n),
        Need::Percent(n) => (4, n),
    };
    out.u8(tag);
    out.varint(u64::from(number));
    out.u8(match step.state {
        StepState::Open => 0,
        StepState::Blocked => 1,
        StepState::Passed => 2,
        StepState::Failed => 3,
        StepState::Skipped => 4,
        StepState::Undone => 5,
        StepState::Dropped => 6,
    });
    out.instant(step.began_at);
    out.varint(step.then.map_or(0, |then| u64::from(then) + 1));
    out.varint(step.tasks.len() as u64);
    step.tasks.iter().for_each(|task| put_task(out, task));
    Ok(())
}

fn step(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Step, Error> {
    let name = from.name(symbols)?;
    let at = from.u32()?;
    let need = match (from.u8()?, from.u32()?) {
        (0, _) => Need::Any,
        (1, _) => Need::All,
        (2, _) => Need::InOrder,
        (3, n) => Need::Count(n),
        (4, n) => Need::Percent(n),
        _ => return Err(damaged("need")),
    };
    let state = match from.u8()? {
        0 => StepState::Open,
        1 => StepState::Blocked,
        2 => StepState::Passed,
        3 => StepState::Failed,
        4 => StepState::Skipped,
        5 => StepState::Undone,
        6 => StepState::Dropped,
        _ => return Err(damaged("state")),
    };
    let began_at = from.instant()?;
    let then = from.u32()?.checked_sub(1);
    Ok(Step { name, at, need, state, began_at, then, tasks: many(from, task)? })
}

fn put_task(out: &mut Writer, task: &Task) {
    out.varint(u64::from(task.id));
    out.str(&task.login);
    out.u8(match task.place {
        Place::Voter => 0,
        Place::Before(_) => 1,
        Place::Parallel(_) => 2,
        Place::After(_) => 3,
        Place::Delegate(_) => 4,
    });
    out.varint(u64::from(task.place.of().unwrap_or_default()));
    out.optional_str(task.added_by.as_deref());
    out.str(&task.why);
    out.bool(task.open);
    out.instant(task.since);
    let Some(end) = &task.end else {
        out.u8(0);
        return;
    };
    let (tag, other) = match end.how {
        End::Approved => (1, 0),
        End::Rejected => (2, 0),
        End::Returned => (3, 0),
        End::Transferred(to) => (4, to),
        End::Escalated(to) => (5, to),
        End::Expired => (6, 0),
        End::Passed => (7, 0),
        End::Superseded => (8, 0),
        End::Cancelled => (9, 0),
        End::Removed => (10, 0),
        End::Acted => (11, 0),
    };
    out.u8(tag);
    out.varint(u64::from(other));
    out.instant(end.at);
    out.str(&end.by);
    out.optional_str(end.on_behalf_of.as_deref());
    out.optional_str(end.comment.as_deref());
}

fn task(from: &mut Reader<'_>) -> Result<Task, Error> {
    let id = from.u32()?;
    let login = from.str()?.into();
    let place = match (from.u8()?, from.u32()?) {
        (0, _) => Place::Voter,
        (1, of) => Place::Before(of),
        (2, of) => Place::Parallel(of),
        (3, of) => Place::After(of),
        (4, of) => Place::Delegate(of),
        _ => return Err(damaged("place")),
    };
    Ok(Task {
        id,
        login,
        place,
        added_by: from.optional_str()?.map(Into::into),
        why: from.str()?.into(),
        open: from.bool()?,
        since: from.instant()?,
        end: ended(from)?,
    })
}

fn ended(from: &mut Reader<'_>) -> Result<Option<Ended>, Error> {
    let tag = from.u8()?;
    if tag == 0 {
        return Ok(None);
    }
    let how = match (tag, from.u32()?) {
        (1, _) => End::Approved,
        (2, _) => End::Rejected,
        (3, _) => End::Returned,
        (4, to) => End::Transferred(to),
        (5, to) => End::Escalated(to),
        (6, _) => End::Expired,
        (7, _) => End::Passed,
        (8, _) => End::Superseded,
        (9, _) => End::Cancelled,
        (10, _) => End::Removed,
        (11, _) => End::Acted,
        _ => return Err(damaged("end")),
    };
    Ok(Some(Ended {
        how,
        at: from.instant()?,
        by: from.str()?.into(),
        on_behalf_of: from.optional_str()?.map(Into::into),
        comment: from.optional_str()?.map(Into::into),
    }))
}

fn put_comment(out: &mut Writer, comment: &Comment) {
    out.str(&comment.by);
    out.instant(comment.at);
    out.str(&comment.text);
    out.varint(comment.files.len() as u64);
    for file in &comment.files {
        out.str(&file.sha256);
        out.str(&file.name);
        out.str(&file.media);
        out.varint(file.size);
    }
}

fn comment(from: &mut Reader<'_>) -> Result<Comment, Error> {
    Ok(Comment {
        by: from.str()?.into(),
        at: from.instant()?,
        text: from.str()?.into(),
        files: many(from, |from| {
            Ok(Arc::new(FileRef {
                sha256: from.str()?.to_owned(),
                name: from.str()?.to_owned(),
                media: from.str()?.to_owned(),
                size: from.varint()?,
            }))
        })?,
    })
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a stored approval's {what} can't be read"))
}
