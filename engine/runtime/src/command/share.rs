//! `share`, `unshare`: others see a record, or edit it, from a day to a day.

use formwork_catalog::{
    object::{Field, Object},
    role::Action,
};
use formwork_definition::kind::{
    role::May,
    sharing::{DEPARTMENT, EDIT, FROM, UNTIL, USER},
};
use formwork_model::{
    code,
    name::Name,
    record::{Fields, Row},
    text,
    value::Value,
};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// With whom: the field of a line, and what it holds.
type Party = (Name, Value);

pub(crate) fn decide(decider: &Decider<'_>, key: Key, end: bool, terms: &Input) -> Result<Done, Refusal> {
    decider.check_covered(key, Action::May(May::Share))?;
    let object = decider.object_of(key)?;
    let Some(shares) = object.shares.and_then(|shares| object.field(shares)) else { return Err(not_shared(object)) };
    // Who works here, and where, is no secret to whoever may share.
    let limited = decider.limited.replace(false);
    let read = decider.read_terms(shares, end, terms);
    decider.limited.set(limited);
    let mut line = read?;
    let party = party(&line)?;
    if *line.get(Name::intern(EDIT)) == Value::Bool(true) {
        // Nobody lets others do what they may not do themselves.
        decider.check_covered(key, Action::May(May::Update))?;
    }
    if end {
        line = Fields::new();
    }
    decider.put_share(key, shares.name, &party, line)?;
    decider.settle()?;
    Ok(Done::about(if end { "unshare" } else { "share" }, key.0, key.1, terms))
}

impl Decider<'_> {
    /// Reads with whom, what for and how long.
    fn read_terms(&self, shares: &Field, end: bool, terms: &Input) -> Result<Fields, Refusal> {
        let (mut line, mut problems) = (Fields::new(), Vec::new());
        for (member, json) in terms {
            let Some(field) = Name::find(member).and_then(|name| shares.line(name)) else {
                let message = text!("there is no `{member}` in a share", "共享中没有 `{member}`");
                problems.push(Problem::new(code!("unknown-field"), message).field(member));
                continue;
            };
            if let Some(value) = self.read_value(field, json, member, None, &mut problems)? {
                line.set(field.name, value);
            }
            // With somebody who has left it can still be ended.
            let login = line.get(field.name).as_text().filter(|_| member == USER && !end);
            if let Some(login) = login
                && !self.is_user(login)?
            {
                let message = text!("there is no such user in use", "没有这个在用的用户");
                problems.push(Problem::new(code!("no-such-reference"), message).field(member));
            }
        }
        if let (Value::Date(from), Value::Date(until)) = (line.get(Name::intern(FROM)), line.get(Name::intern(UNTIL)))
            && until < from
        {
            let message = text!("the last day is before the first", "结束日期早于开始日期");
            problems.push(Problem::new(code!("bad-value"), message).field(UNTIL));
        }
        if problems.is_empty() { Ok(line) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
    }

    /// Puts the line in the place of the one about the same; a line without anything ends it.
    fn put_share(&self, key: Key, shares: Name, (by, with): &Party, line: Fields) -> Result<(), Refusal> {
        let mut rows: Vec<Row> = self.record(key, |record| record.fields.get(shares).rows().to_vec())?;
        let next = rows.iter().map(|row| row.key).max().unwrap_or(0) + 1;
        let known = rows.iter().position(|row| row.fields.get(*by).same(with));
        let ends = line.iter().next().is_none();
        match known.and_then(|place| rows.get_mut(place)) {
            Some(row) => row.fields = line,
            None if ends => {
                let message = text!("it is not shared with them", "未与其共享");
                return Err(Rejection::new(Kind::Conflict, code!("not-possible"), message).into());
            }
            None => rows.push(Row { key: next, fields: line }),
        }
        rows.retain(|row| row.fields.iter().next().is_some());
        self.set(key, shares, if rows.is_empty() { Value::Null } else { Value::Rows(rows) })
    }
}

/// Exactly one of a user and a department.
fn party(line: &Fields) -> Result<Party, Refusal> {
    let given = |by: &str| {
        let by = Name::intern(by);
        Some((by, line.get(by).clone())).filter(|(_, with)| !with.is_empty())
    };
    match (given(USER), given(DEPARTMENT)) {
        (Some(party), None) | (None, Some(party)) => Ok(party),
        _ => {
            let message = text!("say either a `user` or a `department`", "请指定 `user` 或 `department` 之一");
            Err(Problem::new(code!("bad-value"), message).field(USER).reject(Kind::Invalid).into())
        }
    }
}

fn not_shared(object: &Object) -> Refusal {
    let label = &object.label;
    let (en, zh) = (&label.en, &label.zh);
    let message = text!("a {en} is not shared one by one", "{zh}不支持单独共享");
    Rejection::new(Kind::Conflict, code!("not-possible"), message).into()
}
