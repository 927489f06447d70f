//! The people of an approval, found in the record and the directory.

use std::sync::Arc;

use formwork_catalog::flow::approval::{Approver, Step as Rule};
use formwork_model::{approval::Approval, name::Name};
use formwork_script::program::Vars;

use super::{
    machine::{Candidate, Office},
    work::Case,
};
use crate::{
    decider::{Decider, Key},
    directory::Within,
    effects::collect_logins,
    rejection::Refusal,
};

/// Whoever helps when nobody is found has this role.
pub(crate) const ADMIN: &str = "admin";

/// The people of one approval.
pub(crate) struct Desk<'d, 'a> {
    decider: &'d Decider<'a>,
    key: Key,
    vars: Vars,
    submitter: Arc<str>,
    chosen: Vec<(Name, Vec<Arc<str>>)>,
    /// Who decided which step in earlier activations of the node.
    known: Vec<(Name, Arc<str>)>,
}

impl<'d, 'a> Desk<'d, 'a> {
    pub(crate) fn new(decider: &'d Decider<'a>, case: &Case<'_>, approval: &Approval) -> Result<Self, Refusal> {
        let vars = match decider.token(case.key, case.flow, approval.token)? {
            Some(token) => decider.token_vars(case.key, case.flow, &token)?,
            None => decider.vars(case.key),
        };
        let known = decider.record(case.key, |record| {
            let instance = record.flow(case.flow.name);
            let before = instance.into_iter().flat_map(|instance| &instance.approvals);
            before.filter(|known| known.node == approval.node).flat_map(deciders).collect()
        })?;
        Ok(Self {
            decider,
            key: case.key,
            vars,
            submitter: approval.submitter.clone(),
            chosen: approval.chosen.clone(),
            known,
        })
    }

    /// Everybody whom `approvers` name, each once.
    pub(crate) fn all(&self, approvers: &[Approver]) -> Result<Vec<Arc<str>>, Refusal> {
        let mut found = Vec::new();
        for by in approvers {
            self.resolve(None, by, &mut found)?;
        }
        let mut logins: Vec<Arc<str>> = Vec::new();
        for candidate in found {
            if !logins.contains(&candidate.login) {
                logins.push(candidate.login);
            }
        }
        Ok(logins)
    }

    fn resolve(&self, rule: Option<&Rule>, by: &Approver, found: &mut Vec<Candidate>) -> Result<(), Refusal> {
        let decider = self.decider;
        let mut push = |login: String, why: String| {
            if !login.is_empty() {
                found.push(Candidate { login: login.into(), why: why.into() });
            }
        };
        match by {
            Approver::Field(field) => {
                if let Some(login) = decider.field(self.key, *field)?.as_text() {
                    push(login.to_owned(), field.to_string());
                }
            }
            Approver::User(login) => push(login.to_string(), format!("user({login})")),
            Approver::Creator => {
                push(decider.record(self.key, |record| record.created_by.to_string())?, "creator".into());
            }
            Approver::Role(role, fields) => {
                let Some(within) = self.within(fields.iter().map(|(_, field)| *field))? else { return Ok(()) };
                for holder in decider.holders(*role, &within)? {
                    push(holder.login, format!("role({role})"));
                }
            }
            Approver::Head(field) => {
                let place = self.within([*field])?.and_then(|within| within.department);
                if let Some(head) = place.map(|place| decider.department_head(place)).transpose()?.flatten() {
                    push(head, format!("head(this.{field})"));
                }
            }
            Approver::Supervisor(n) => {
                if let Some(above) = decider.supervisor(&self.submitter, *n)? {
                    push(above, format!("supervisor({n})"));
                }
            }
            Approver::Supervisors(role) => {
                for above in decider.supervisors_up_to(&self.submitter, Some(*role))? {
                    push(above, format!("supervisors({role})"));
                }
            }
            Approver::Chosen => {
                let chosen = self.chosen.iter().filter(|(step, _)| rule.is_some_and(|rule| *step == rule.name));
                chosen.flat_map(|(_, logins)| logins).for_each(|login| push(login.to_string(), "chosen".into()));
            }
            Approver::Program(program) => {
                let mut logins = Vec::new();
                collect_logins(decider.eval(program, &self.vars)?, &mut logins);
                logins.into_iter().for_each(|login| push(login, program.text.to_string()));
            }
        }
        Ok(())
    }

    /// The place that the fields name together; `None` when one of them names none.
    fn within(&self, fields: impl IntoIterator<Item = Name>) -> Result<Option<Within>, Refusal> {
        let mut all = Within::default();
        for field in fields {
            let Some(one) = self.decider.within(self.key, field)? else { return Ok(None) };
            all.department = one.department.or(all.department);
            all.territory = one.territory.or(all.territory);
            all.product_line = one.product_line.or(all.product_line);
            all.partner = one.partner.or(all.partner);
        }
        Ok(Some(all))
    }
}

/// Who decided which step.
fn deciders(approval: &Approval) -> impl Iterator<Item = (Name, Arc<str>)> + '_ {
    approval.steps.iter().flat_map(|step| {
        let decided =
            step.tasks.iter().filter(|task| task.how().is_some_and(formwork_model::approval::End::is_decision));
        decided.map(|task| (step.name, task.login.clone()))
    })
}

impl Office for Desk<'_, '_> {
    type Failure = Refusal;

    fn candidates(&self, rule: &Rule) -> Result<Option<Vec<Candidate>>, Refusal> {
        if !self.decider.holds_or_none(rule.when.as_ref(), &self.vars)? {
            return Ok(None);
        }
        let mut found = Vec::new();
        for by in &rule.by {
            self.resolve(Some(rule), by, &mut found)?;
        }
        Ok(Some(found))
    }

    fn supervisor(&self, login: &str) -> Result<Option<Arc<str>>, Refusal> {
        Ok(self.decider.supervisor(login, 1)?.map(Into::into))
    }

    fn admins(&self) -> Result<Vec<Arc<str>>, Refusal> {
        let holders = self.decider.holders(Name::intern(ADMIN), &Within::default())?;
        Ok(holders.into_iter().map(|holder| holder.login.into()).collect())
    }

    fn is_active(&self, login: &str) -> Result<bool, Refusal> {
        self.decider.is_active(login)
    }

    fn familiar(&self, rule: &Rule) -> Result<Vec<Arc<str>>, Refusal> {
        Ok(self.known.iter().filter(|(step, _)| *step == rule.name).map(|(_, login)| login.clone()).collect())
    }
}
