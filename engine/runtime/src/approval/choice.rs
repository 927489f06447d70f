//! Whom the submitter chooses: `approvers: {STEP: [LOGIN, …]}` in the input of the action that leads to an approval.

use std::sync::Arc;

use formwork_catalog::flow::{Action, Flow};
use formwork_model::{code, name::Name, text};
use serde_json::Value as Json;

use crate::{
    command::Input,
    decider::Decider,
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// The input that chooses.
const APPROVERS: &str = "approvers";

impl Decider<'_> {
    /// Takes the choice out of an action's input, where the flow has steps that ask for one.
    pub(crate) fn take_choice(&self, flow: &Flow, action: &Action, input: &Input) -> Result<Input, Refusal> {
        let mut rest = input.clone();
        let steps: Vec<Name> = flow
            .nodes
            .values()
            .filter_map(|node| node.approval())
            .flat_map(|approval| approval.chosen().map(|step| step.name))
            .collect();
        if steps.is_empty() || action.to.is_empty() {
            return Ok(rest);
        }
        let Some(sent) = rest.shift_remove(APPROVERS) else { return Ok(rest) };
        let Json::Object(sent) = sent else { return Err(bad(APPROVERS.to_owned()).into()) };
        let mut problems = Vec::new();
        let mut chosen: Vec<(Name, Vec<Arc<str>>)> = Vec::new();
        for (step, logins) in &sent {
            let place = format!("{APPROVERS}.{step}");
            let Some(name) = Name::find(step).filter(|name| steps.contains(name)) else {
                let shown: String = step.chars().take(64).collect();
                let message = text!("nobody is chosen for a step `{shown}`", "步骤 `{shown}` 不需要选择审批人");
                problems.push(Problem::new(code!("unknown-input"), message).field(place));
                continue;
            };
            let mut people: Vec<Arc<str>> = Vec::new();
            let one = std::slice::from_ref(logins);
            for login in logins.as_array().map_or(one, Vec::as_slice) {
                match login.as_str().map(str::trim).filter(|login| !login.is_empty()) {
                    Some(login) if !self.is_active(login)? => {
                        let message = text!("`{login}` does not work here any more", "`{login}` 已停用");
                        problems.push(Problem::new(code!("inactive-user"), message).field(&*place));
                    }
                    Some(login) => people.push(login.into()),
                    None => problems.extend(bad(place.clone()).problems),
                }
            }
            if !people.is_empty() {
                chosen.push((name, people));
            }
        }
        if !problems.is_empty() {
            return Err(Rejection { kind: Kind::Invalid, problems }.into());
        }
        *self.chosen.borrow_mut() = chosen;
        Ok(rest)
    }
}

fn bad(field: String) -> Rejection {
    let message = text!("write `{{step: [login, …]}}`", "请写成 `{{步骤: [登录名, …]}}`");
    Problem::new(code!("bad-value"), message).field(field).reject(Kind::Invalid)
}
