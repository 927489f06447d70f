//! `report`: what came of sending an entry of the outbox.

use formwork_model::{code, id::RecordId, outbox::Report, text};

use crate::{
    decide::Done,
    decider::Decider,
    rejection::{Kind, Refusal, Rejection},
};

pub(crate) fn decide(decider: &Decider<'_>, entry: RecordId, report: &Report) -> Result<Done, Refusal> {
    let Some(entry) = decider.load_entry(entry)? else {
        // It was answered already, or its token went elsewhere.
        let message = text!("nothing of this id is to be sent", "没有此编号的待发送内容");
        return Err(Rejection::new(Kind::NotFound, code!("no-such-entry"), message).into());
    };
    let kind = match report {
        Report::Done(answer) => {
            decider.delivered(&entry, answer)?;
            "delivered"
        }
        Report::Refused(answer) => {
            decider.not_taken(&entry, answer)?;
            "not taken"
        }
        Report::Failed(cause) => {
            decider.not_sent(&entry, cause)?;
            "not sent"
        }
    };
    Ok(Done { target: entry.about, kind: kind.into(), input: entry.id.to_string(), import: None, on_behalf_of: None })
}
