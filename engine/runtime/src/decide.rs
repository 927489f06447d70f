//! The decision function: what a command writes, from what a view shows. No I/O, clock or randomness of its own.

use formwork_definition::kind::role::Right;
use formwork_store::store::View;
use jiff::Timestamp;

use crate::{
    approval, calendar,
    changes::Changes,
    command::{
        Command, Request, act, comment, create, delete, erase, event, import, incident, migrate, post, receive, repair,
        report, share, tick, transfer, update, work,
    },
    decider::Decider,
    incident::instead_of_refusing,
    rejection::Refusal,
    release::Release,
    schedule,
    timer::fire,
};

/// Decides `command` at `now`. The same view, release, command and instant give the same changes.
///
/// # Errors
/// When the command is refused, or the view or the engine fails. Nothing is to be written then.
pub fn decide(view: &dyn View, release: &Release, command: &Command, now: Timestamp) -> Result<Changes, Refusal> {
    match decide_once(view, release, command, now) {
        Err(Refusal::Rejected(rejection)) if command.is_unattended() => {
            instead_of_refusing(view, release, command, now, &rejection)?.ok_or(Refusal::Rejected(rejection))
        }
        result => result,
    }
}

fn decide_once(view: &dyn View, release: &Release, command: &Command, now: Timestamp) -> Result<Changes, Refusal> {
    let decider = Decider::new(view, release, command, now)?;
    if let Some(replay) = decider.replay()? {
        return Ok(replay);
    }
    match &command.request {
        Request::Fire { .. }
        | Request::Schedule { .. }
        | Request::MoveTimers
        | Request::Receive(_)
        | Request::Unreadable { .. }
        | Request::Report { .. }
        | Request::Tick => decider.check_engine()?,
        Request::Migrate { .. } => decider.require(Right::Releases)?,
        Request::Repair { .. } => decider.require(Right::Repairs)?,
        _ => {}
    }
    let done = match &command.request {
        Request::Create { object, values } => create::decide(&decider, *object, values)?,
        Request::Update { object, id, rev, values } => update::decide(&decider, *object, *id, *rev, values)?,
        Request::Delete { object, id, rev } => delete::decide(&decider, *object, *id, *rev)?,
        Request::Act { object, id, rev, action, token, input } => {
            act::decide(&decider, (*object, *id), *rev, *action, *token, input)?
        }
        Request::Event { object, id, event, data } => event::decide(&decider, (*object, *id), *event, data)?,
        Request::Comment { object, id, files } => comment::decide(&decider, (*object, *id), files)?,
        Request::Decide { object, id, task, operation } => {
            decider.see((*object, *id))?;
            approval::decide(&decider, (*object, *id), *task, operation)?
        }
        Request::Work { object, id, rev, token, operation } => {
            work::decide(&decider, (*object, *id), *rev, *token, operation)?
        }
        Request::Share { object, id, end, terms } => share::decide(&decider, (*object, *id), *end, terms)?,
        Request::Erase { object, id } => erase::decide(&decider, (*object, *id))?,
        Request::Transfer { from, to } => transfer::decide(&decider, from, to)?,
        Request::Post { ledger, entries, opening } => post::decide(&decider, *ledger, entries, *opening)?,
        Request::Import(row) => import::decide(&decider, row)?,
        Request::Fire { object, id, timer } => match fire::decide(&decider, (*object, *id), *timer)? {
            Some(done) => done,
            None => return Ok(Changes::nothing(command, now)),
        },
        Request::Schedule { schedule } => match schedule::decide(&decider, *schedule)? {
            Some(done) => done,
            None => return Ok(Changes::nothing(command, now)),
        },
        Request::MoveTimers => match calendar::decide(&decider)? {
            Some(done) => done,
            None => return Ok(Changes::nothing(command, now)),
        },
        Request::Incident { id, step } => incident::decide(&decider, *id, *step)?,
        Request::Migrate { object, id, to, mapping } => migrate::decide(&decider, (*object, *id), to, mapping)?,
        Request::Repair { object, id, rev, repair } => repair::decide(&decider, (*object, *id), *rev, repair)?,
        Request::Receive(message) => receive::decide(&decider, message)?,
        Request::Unreadable { message, cause } => receive::decide_unreadable(&decider, message, cause)?,
        Request::Report { entry, report } => report::decide(&decider, *entry, report)?,
        Request::Tick => tick::decide(&decider)?,
    };
    decider.finish(done)
}

/// What a command file hands back: the record it was about, and what to call it in the history.
#[derive(Debug)]
pub(crate) struct Done {
    /// The record the command was about.
    pub(crate) target: Option<(formwork_model::name::Name, formwork_model::id::RecordId)>,
    /// `create`, `update`, `act ACTION`, ….
    pub(crate) kind: String,
    /// What was sent, as compact JSON.
    pub(crate) input: String,
    /// For whom, when a proxy did it.
    pub(crate) on_behalf_of: Option<std::sync::Arc<str>>,
    /// For an import: what became of the row.
    pub(crate) import: Option<crate::command::Imported>,
}

impl Done {
    /// About one record.
    pub(crate) fn about(
        kind: impl Into<String>,
        object: formwork_model::name::Name,
        id: formwork_model::id::RecordId,
        input: &crate::command::Input,
    ) -> Self {
        let input = if input.is_empty() { String::new() } else { serde_json::to_string(input).unwrap_or_default() };
        Self { target: Some((object, id)), kind: kind.into(), input, on_behalf_of: None, import: None }
    }
}
