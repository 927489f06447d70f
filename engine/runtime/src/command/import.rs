//! `import`: one row, created or updated by rules like any other, then actions, in one commit.

use formwork_model::{code, text};

use crate::{
    command::{ImportMode, ImportRow, Imported},
    decide::Done,
    decider::Decider,
    rejection::{Kind, Problem, Refusal},
};

pub(crate) fn decide(decider: &Decider<'_>, row: &ImportRow) -> Result<Done, Refusal> {
    let object = decider.object(row.object)?;
    let existing = match row.key.and_then(|key| row.values.get(key.as_str()).map(|value| (key, value))) {
        Some((key, value)) => decider.by_field(object, key, value)?,
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
    if imported == Imported::Created {
        for (action, input) in &row.then {
            decider.settle()?;
            decider.take_action(key, *action, None, input, decider.command.reason.as_deref())?;
        }
    }
    Ok(Done { import: Some(imported), ..Done::about("import", key.0, key.1, &row.values) })
}
