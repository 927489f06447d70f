//! `incident`: trying again what failed, or going on without it.

use formwork_model::id::RecordId;

use crate::{command::IncidentStep, decide::Done, decider::Decider, rejection::Refusal};

pub(crate) fn decide(decider: &Decider<'_>, id: RecordId, step: IncidentStep) -> Result<Done, Refusal> {
    let incident = decider.open_incident(id)?;
    decider.check_owner(&incident)?;
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
