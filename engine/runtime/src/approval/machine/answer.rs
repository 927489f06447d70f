//! What a task, a tree of tasks and a step say; and who is next.

use formwork_model::approval::{End, Ended, Need, Place, Step, Task};
use jiff::Timestamp;

/// An answer that may not be there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Pending,
    Yes,
    No,
}

/// Whether the task counts: it was not taken away, and no other took its place.
pub(crate) fn counts(task: &Task) -> bool {
    task.how().is_none_or(|how| !how.is_replaced() && how != End::Removed)
}

/// What a task and everything that was added to it say.
pub(crate) fn answer(step: &Step, task: &Task) -> Answer {
    let own = match task.how() {
        Some(End::Approved | End::Passed) => Answer::Yes,
        Some(End::Rejected) => return Answer::No,
        _ => Answer::Pending,
    };
    let mut all = own;
    for added in parts(step, task.id) {
        match answer(step, added) {
            Answer::No => return Answer::No,
            Answer::Pending => all = Answer::Pending,
            Answer::Yes => {}
        }
    }
    all
}

/// The tasks whose answers are part of that of `task`.
fn parts(step: &Step, task: u32) -> impl Iterator<Item = &Task> {
    step.tasks.iter().filter(move |added| {
        matches!(added.place, Place::Before(of) | Place::Parallel(of) | Place::After(of) if of == task) && counts(added)
    })
}

/// The votes of a step, in order.
pub(crate) fn voters(step: &Step) -> impl Iterator<Item = &Task> {
    step.tasks.iter().filter(|task| task.place == Place::Voter && counts(task))
}

/// What the step says.
pub(crate) fn verdict(step: &Step) -> Answer {
    let answers: Vec<Answer> = voters(step).map(|task| answer(step, task)).collect();
    let count = |wanted: Answer| answers.iter().filter(|answer| **answer == wanted).count();
    let (all, yes, no) = (answers.len(), count(Answer::Yes), count(Answer::No));
    if all == 0 {
        return Answer::Pending;
    }
    let needed = match step.need {
        Need::Any if no > 0 && yes == 0 => return Answer::No,
        Need::Any => 1,
        Need::All | Need::InOrder => all,
        Need::Count(n) => usize::try_from(n).unwrap_or(all).clamp(1, all),
        Need::Percent(percent) => {
            let percent = usize::try_from(percent).unwrap_or(100).min(100);
            (all * percent).div_ceil(100).max(1)
        }
    };
    if yes >= needed {
        Answer::Yes
    } else if all - no < needed {
        Answer::No
    } else {
        Answer::Pending
    }
}

/// Opens whoever is next, and ends what has become needless because the tree around it has answered.
pub(crate) fn wake(step: &mut Step, now: Timestamp) {
    let needless: Vec<(usize, Ended)> = step
        .tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.is_live())
        .filter_map(|(place, task)| Some((place, decided_around(step, task)?)))
        .map(|(place, by)| (place, Ended { how: End::Superseded, at: now, comment: None, ..by }))
        .collect();
    for (place, ended) in needless {
        if let Some(task) = step.tasks.get_mut(place) {
            task.open = false;
            task.end = Some(ended);
        }
    }
    let ready: Vec<bool> = step.tasks.iter().map(|task| task.is_live() && is_ready(step, task)).collect();
    for (task, ready) in step.tasks.iter_mut().zip(ready) {
        if ready && !task.open {
            task.since = now;
        }
        task.open = ready;
    }
}

/// Tasks whose turn has come and which are not open yet.
pub(crate) fn about_to_open(step: &Step) -> impl Iterator<Item = &Task> {
    step.tasks
        .iter()
        .filter(|task| task.is_live() && !task.open && decided_around(step, task).is_none() && is_ready(step, task))
}

/// The decision that made a task needless: one of a tree it is part of that has answered.
fn decided_around(step: &Step, task: &Task) -> Option<Ended> {
    let mut around = Some(task);
    while let Some(at) = around {
        if answer(step, at) != Answer::Pending {
            return decider(step, at).cloned();
        }
        // A removed or replaced task holds nothing any more; its parts went with it.
        around = at.place.of().and_then(|of| step.task(of));
    }
    None
}

/// The end that gave a tree its answer.
fn decider<'a>(step: &'a Step, task: &'a Task) -> Option<&'a Ended> {
    let own = task.end.as_ref().filter(|end| matches!(end.how, End::Rejected | End::Approved | End::Passed));
    let inner = parts(step, task.id).filter(|added| answer(step, added) == Answer::No);
    inner.filter_map(|added| decider(step, added)).next().or(own)
}

/// Whether it is the task's turn.
fn is_ready(step: &Step, task: &Task) -> bool {
    let held_up = step.tasks.iter().filter(|other| counts(other)).any(|other| match other.place {
        Place::Before(of) => of == task.id && answer(step, other) != Answer::Yes,
        Place::Delegate(of) => of == task.id && answer(step, other) == Answer::Pending,
        _ => false,
    });
    if held_up {
        return false;
    }
    match task.place {
        Place::After(of) => {
            step.task(of).is_some_and(|before| matches!(before.how(), Some(End::Approved | End::Passed)))
        }
        Place::Voter if step.need == Need::InOrder => {
            voters(step).take_while(|before| before.id != task.id).all(|before| answer(step, before) == Answer::Yes)
        }
        _ => true,
    }
}
