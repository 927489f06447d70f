//! Evaluating decision tables inside a command, with the trace always on.

use formwork_catalog::{
    catalog::Catalog,
    parse_value::parse_json,
    table::{self, Table},
};
use formwork_model::{code, field_type::FieldType, name::Name, record::Fields, text, value::Value};
use formwork_script::{handle::Handle, host::Outputs, program::Vars, val::Val};

use crate::{
    command::Input,
    decider::Decider,
    rejection::{Kind, Problem, Refusal, Rejection},
};

impl Decider<'_> {
    fn known_table(catalog: &Catalog, name: Name) -> Result<&Table, Refusal> {
        catalog.tables.get(&name).map(AsRef::as_ref).ok_or_else(|| {
            Rejection::new(
                Kind::NotFound,
                code!("unknown-table"),
                text!("there is no table `{name}`", "没有决策表 `{name}`"),
            )
            .into()
        })
    }

    /// Evaluates a table of a release. Inputs that are not given come from the table's own expressions over `this`.
    pub(crate) fn evaluate_table(
        &self,
        catalog: &Catalog,
        name: Name,
        this: Option<&Handle>,
        given: &Fields,
    ) -> Result<Outputs, Refusal> {
        let table = Self::known_table(catalog, name)?;
        self.release.touch(|touched| _ = touched.tables.insert(name));
        let mut vars = this.map_or_else(Vars::new, |this| Vars::this(this.clone()));
        let inputs = self.table_inputs(table, &vars, given)?;
        let day = match &table.date {
            Some(date) => match self.program_value(date, &FieldType::Date, &vars)? {
                Value::Date(day) => day,
                _ => self.today,
            },
            None => self.today,
        };
        let hits = table.hits(&inputs, day, &mut |program, value| {
            vars.set("value", Val::from(value.clone()));
            self.holds(program, &vars)
        })?;
        let mut outputs = Vec::with_capacity(hits.len());
        for row in hits.iter().filter_map(|hit| table.rows.get(*hit as usize)) {
            let values =
                row.outputs.iter().zip(&table.outputs).map(|(source, output)| self.value(source, &output.kind, &vars));
            outputs.push(values.collect::<Result<Vec<_>, _>>()?);
        }
        self.trace(table, &inputs, day, &hits);
        let answer = table.answer(&hits, outputs).map_err(|broken| {
            Problem::new(code!("table-failed"), broken.message(name)).rule(name.as_str()).reject(Kind::Invalid)
        })?;
        Ok(match answer.outputs {
            table::Outputs::One(values) => Outputs::One(named(table, values)),
            table::Outputs::List(list) => Outputs::Many(list.into_iter().map(|values| named(table, values)).collect()),
        })
    }

    fn table_inputs(&self, table: &Table, vars: &Vars, given: &Fields) -> Result<Vec<Value>, Refusal> {
        let mut inputs = Vec::with_capacity(table.inputs.len());
        for input in &table.inputs {
            let value = given.get(input.name);
            inputs.push(if !value.is_empty() {
                formwork_script::convert::coerce_value(value.clone(), &input.kind)?
            } else {
                match &input.value {
                    Some(program) if vars.get(Name::intern("this")).is_some() => {
                        self.program_value(program, &input.kind, vars)?
                    }
                    _ => Value::Null,
                }
            });
        }
        Ok(inputs)
    }

    /// Notes each row that hit, with the inputs that made it; the day too, when the table says which it is.
    fn trace(&self, table: &Table, inputs: &[Value], day: jiff::civil::Date, rows: &[u32]) {
        let mut values = String::from("{");
        for (i, (input, value)) in table.inputs.iter().zip(inputs).enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let value = formwork_catalog::parse_value::render_json(value);
            values.push_str(&format!("{comma}\"{}\":{value}", input.name));
        }
        if table.date.is_some() {
            let comma = if inputs.is_empty() { "" } else { "," };
            values.push_str(&format!("{comma}\"@day\":\"{day}\""));
        }
        values.push('}');
        let values: std::sync::Arc<str> = values.into();
        if rows.is_empty() {
            self.fire(format!("table {}#default", table.name), values.clone());
        }
        for row in rows {
            self.fire(format!("table {}#{}", table.name, row + 1), values.clone());
        }
    }

    /// Reads the inputs of a table from outside.
    pub(crate) fn read_table_inputs(&self, catalog: &Catalog, name: Name, values: &Input) -> Result<Fields, Refusal> {
        let table = Self::known_table(catalog, name)?;
        let mut inputs = Fields::with_capacity(values.len());
        let mut problems = Vec::new();
        for (key, json) in values {
            let Some(input) = table.inputs.iter().find(|input| input.name == *key.as_str()) else {
                let message = text!("the table has no input `{key}`", "决策表没有输入 `{key}`");
                problems.push(Problem::new(code!("unknown-input"), message).field(key));
                continue;
            };
            let value = match &input.kind {
                FieldType::Ref(to) => self.resolve_reference(*to, json)?.map_or(Value::Null, Value::Ref),
                kind => match parse_json(kind, json, &self.parse_context()) {
                    Ok(value) => value,
                    Err(bad) => {
                        problems.push(Problem::new(bad.code, bad.message).field(key));
                        continue;
                    }
                },
            };
            inputs.set(input.name, value);
        }
        if problems.is_empty() { Ok(inputs) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
    }
}

fn named(table: &Table, values: Vec<Value>) -> Fields {
    table.outputs.iter().map(|output| output.name).zip(values).collect()
}
