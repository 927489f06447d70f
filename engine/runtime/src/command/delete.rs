//! `delete`: no record any more.

use formwork_model::{id::RecordId, name::Name};

use crate::{access::DELETE, command::Input, decide::Done, decider::Decider, rejection::Refusal};

pub(crate) fn decide(decider: &Decider<'_>, object: Name, id: RecordId, rev: Option<u64>) -> Result<Done, Refusal> {
    decider.check_covered((object, id), DELETE)?;
    decider.check_rev((object, id), rev)?;
    decider.remove((object, id))?;
    Ok(Done::about("delete", object, id, &Input::new()))
}
