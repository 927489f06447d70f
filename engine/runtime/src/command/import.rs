//! `import`: one row, created or updated by rules like any other, then actions, in one commit.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{code, text};

use crate::{
    command::{ImportMode, ImportRow, Imported},
    decide::Done,
    decider::Decider,
    rejection::{Kind, Problem, Refusal},
};

/// Bringing records in.
const IMPORT: Action = Action::May(May::Import);

pub(crate) fn decide(decider: &Decider<'_>, row: &ImportRow) -> Result<Done, Refusal> {
    let object = decider.object(row.object)?;
    decider.check_may(row.object, IMPORT)?;
    let existing = match row.key.and_then(|key| row.values.get(key.as_str()).map(|value| (key, value))) {
        Some((key, value)) => match decider.by_field(object, key, value)? {
            Some(id) if decider.if_seen((row.object, id), Some(key))? => Some(id),
            _ => None,
        },
        None => None,
    };
    let (key, imported) = match (existing, row.mode) {
        (Some(id), ImportMode::Skip) => ((row.object, id), Imported::Skipped),
        (Some(id), ImportMode::Update | ImportMode::UpdateOnly) => {
            decider.update_from((row.object, id), &row.values)?;
            ((row.object, id), Imported::Updated)
        }
        (None, ImportMode::UpdateOnly) => {
            let name = row.object;
            return Err(Problem::new(code!("no-such-record"), text!("no {name} has this key", "没有 {name} 具有该键"))
                .field(row.key.map_or("", |key| key.as_str()))
                .reject(Kind::NotFound)
                .into());
        }
        (None, _) => (decider.create_from(row.object, &row.values)?, Imported::Created),
    };
    if imported != Imported::Skipped {
        decider.check_covered(key, IMPORT)?;
    }
    if imported == Imported::Created {
        for (action, input) in &row.then {
            decider.settle()?;
            decider.check_covered(key, Action::Act(*action))?;
            decider.take_action(key, *action, None, input, decider.command.reason.as_deref())?;
        }
    }
    Ok(Done { import: Some(imported), ..Done::about("import", key.0, key.1, &row.values) })
}
