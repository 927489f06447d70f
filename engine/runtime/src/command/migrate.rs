//! `migrate`: a record's running instances go on under another release, all of them or none.

use std::sync::Arc;

use formwork_catalog::flow::Flow;
use formwork_model::{code, instance::Instance, name::Name, text};

use crate::{
    decide::Done,
    decider::{Decider, Key},
    flow::Queue,
    migration::{Mapping, Misfit},
    rejection::{Kind, Refusal, Rejection},
};

pub(crate) fn decide(decider: &Decider<'_>, key: Key, to: &str, mapping: &Mapping) -> Result<Done, Refusal> {
    let target = decider.kept_release(to)?.clone();
    let mut instances = decider.record(key, |record| record.flows.clone())?;
    if !instances.iter().any(|instance| instance.is_live()) {
        return Err(Rejection::new(
            Kind::Conflict,
            code!("nothing-to-migrate"),
            text!("nothing of the record is running", "该记录没有运行中的流程"),
        )
        .into());
    }
    let own = decider.catalog_of(key)?;
    let mut moving: Vec<(Name, Queue)> = Vec::new();
    let before = instances.clone();
    for instance in instances.iter_mut().filter(|instance| instance.is_live()) {
        let name = instance.flow;
        let flow = target.flows.get(&name).filter(|flow| flow.object == key.0);
        let flow = flow.ok_or_else(|| Misfit::NoFlow.reject(name))?;
        let queue = mapping.apply(instance, flow).map_err(|misfit| misfit.reject(name))?;
        instance.release.replace_range(.., &target.release);
        moving.push((name, queue.into()));
    }
    decider.pin_to(key, &target.release);
    decider.fire(format!("migrate {} to {}", key.0, target.release), "");
    decider.quietly(key, |record| record.flows = instances)?;
    for (name, queue) in moving {
        let flow = decider.flow(key, name)?;
        decider.migrate_all_timers(key, flow, own.flows.get(&name), &before)?;
        decider.run_to_rest(key, flow, queue)?;
    }
    let input = mapping.to_json();
    let input = input.as_object().cloned().unwrap_or_default();
    Ok(Done::about(format!("migrate {}", target.release), key.0, key.1, &input))
}

impl Decider<'_> {
    fn migrate_all_timers(
        &self,
        key: Key,
        flow: &Flow,
        own: Option<&Arc<Flow>>,
        before: &[Instance],
    ) -> Result<(), Refusal> {
        let Some(own) = own else { return Ok(()) };
        let tokens = self.record(key, |record| record.flow(flow.name).map(|now| now.tokens.clone()))?;
        let stood = before.iter().filter(|instance| instance.flow == flow.name).flat_map(|instance| &instance.tokens);
        for old in stood {
            let now = tokens.iter().flatten().find(|token| token.id == old.id);
            if let Some((token, node, before)) =
                now.and_then(|token| Some((token, flow.node(token.node)?, own.node(old.node)?)))
            {
                self.migrate_timers(key, (flow, node), before, token)?;
            }
        }
        Ok(())
    }

    /// From now on the record is decided by this release. Nobody has changed the record itself: rules that fire when
    /// somebody does stay quiet.
    fn pin_to(&self, key: Key, hash: &str) {
        if let Some(slot) = self.slots.borrow_mut().get_mut(&key) {
            slot.pin = (*hash != *self.release.catalog.release).then(|| hash.into());
            slot.announced = true;
        }
    }
}
