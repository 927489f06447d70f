//! `act`: a flow action.

use formwork_catalog::role::Action;
use formwork_model::{name::Name, record::Fields};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::Refusal,
};

pub(crate) fn decide(
    decider: &Decider<'_>,
    key: Key,
    rev: Option<u64>,
    action: Name,
    token: Option<u32>,
    input: &Input,
) -> Result<Done, Refusal> {
    decider.check_covered(key, Action::Act(action))?;
    decider.check_rev(key, rev)?;
    decider.take_action(key, action, token, input, decider.command.reason.as_deref())?;
    Ok(Done::about(format!("act {action}"), key.0, key.1, input))
}

impl Decider<'_> {
    /// Takes an action from inside a script, with values that already have their types.
    pub(crate) fn act_inside(&self, key: Key, action: Name, input: Fields) -> Result<(), Refusal> {
        self.settle()?;
        let mut sent = Input::new();
        for (name, value) in input.iter() {
            sent.insert(name.to_string(), formwork_catalog::parse_value::render_json(value));
        }
        self.take_action(key, action, None, &sent, self.command.reason.as_deref())
    }
}
