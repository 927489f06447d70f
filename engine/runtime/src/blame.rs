//! Saying that a required value is missing, rather than that an expression failed for want of it.

use formwork_model::{code, record::Record};

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
    validate::missing,
};

impl Decider<'_> {
    /// An expression that failed for want of a value is no news where the record misses required values: those are
    /// what the user has to know of.
    pub(crate) fn blame_missing(&self, key: Key, refusal: Refusal) -> Refusal {
        match &refusal {
            Refusal::Rejected(rejection) if rejection.code() == code!("script-failed") => {}
            _ => return refusal,
        }
        match self.missing_values(key) {
            Ok(problems) if !problems.is_empty() => Rejection { kind: Kind::Invalid, problems }.into(),
            _ => refusal,
        }
    }

    fn missing_values(&self, key: Key) -> Result<Vec<Problem>, Refusal> {
        let object = self.object_of(key)?;
        let record = self.record(key, Record::clone)?;
        let mut problems = Vec::new();
        for field in &object.fields {
            let value = record.fields.get(field.name);
            if value.is_empty() && self.is(field.required.as_ref(), &self.vars(key))? {
                problems.push(missing(field, field.name.as_str()));
            }
            for (i, row) in value.rows().iter().enumerate() {
                let vars = self.line_vars(key, field.name, row.key);
                for line in field.lines.iter().filter(|line| row.fields.get(line.name).is_empty()) {
                    if self.is(line.required.as_ref(), &vars)? {
                        problems.push(missing(line, &format!("{}[{i}].{}", field.name, line.name)));
                    }
                }
            }
        }
        Ok(problems)
    }
}
