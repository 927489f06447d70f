//! `incident`: trying again what failed, or going on without it.

use formwork_model::id::RecordId;

use crate::{command::IncidentStep, decide::Done, decider::Decider, incident::no_incident, rejection::Refusal};

pub(crate) fn decide(decider: &Decider<'_>, id: RecordId, step: IncidentStep) -> Result<Done, Refusal> {
    let incident = decider.open_incident(id)?;
    if let Err(refusal) = decider.check_owner(&incident) {
        // What is not theirs to deal with is not there for those whom something limits.
        return Err(if decider.limits().is_some() { no_incident() } else { refusal });
    }
    let kind = match step {
        IncidentStep::Retry => {
            decider.retry_incident(&incident)?;
            "retry incident"
        }
        IncidentStep::Skip => {
            decider.skip_incident(&incident, decider.command.reason.as_ref())?;
            "skip incident"
        }
    };
    Ok(Done {
        target: incident.about.record,
        kind: kind.into(),
        input: id.to_string(),
        on_behalf_of: None,
        import: None,
    })
}
