//! JSON to [`Filter`], with limits that hold whoever sends it.

mod operand;
#[cfg(test)]
mod tests;

use formwork_model::{
    code, code::Code, field_type::FieldType, name::Name, nearest::nearest, text, text::Text, value::Value,
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::{BadFilter, Comparison, Filter, Lines, Op, Operand, Quantifier, Step};
use crate::{
    catalog::Catalog,
    object::SYSTEM_FIELDS,
    parse_value::ParseContext,
    task::{TASK_FIELDS, TASKS, task_field},
};

/// How deep `and`, `or`, `not` and operators may be nested.
pub const MAX_DEPTH: usize = 8;

/// How many conditions one filter may have.
pub const MAX_NODES: usize = 200;

/// How many operands `in` may have.
pub const MAX_IN: usize = 1000;

/// How many references a key may follow.
const MAX_PATH: usize = 4;

/// The longest text that is compared with.
const MAX_OPERAND: usize = 1000;

/// What a filter has to know about objects; the resolver has it before there is a catalog.
pub trait Schema {
    /// The field or system field of `object` spelt `field`, with its type.
    fn kind_of(&self, object: Name, field: &str) -> Option<(Name, FieldType)>;

    /// Whether `field` of `object` is sensitive.
    fn is_sensitive(&self, object: Name, field: Name) -> bool;

    /// Whether `field` of lines is sensitive.
    fn is_sensitive_in_lines(&self, object: Name, lines: Name, field: Name) -> bool;

    /// What `field` could have meant.
    fn fields(&self, object: Name) -> Vec<&str>;

    /// The field of the lines in `lines` of `object` spelt `field`, with its type.
    fn line_kind_of(&self, object: Name, lines: Name, field: &str) -> Option<(Name, FieldType)>;

    /// What a field of lines could have meant.
    fn line_fields(&self, object: Name, lines: Name) -> Vec<&str>;

    /// The only states that records of `object` can be in. `None` where there may be others: those of releases before,
    /// on which records stay that were submitted then.
    fn states(&self, _object: Name) -> Option<Vec<&str>> {
        None
    }
}

impl Schema for Catalog {
    fn kind_of(&self, object: Name, field: &str) -> Option<(Name, FieldType)> {
        let field = Name::find(field)?;
        Some((field, self.object(object)?.kind_of(field)?.clone()))
    }

    fn is_sensitive(&self, object: Name, field: Name) -> bool {
        self.object(object).is_some_and(|object| object.is_sensitive(field))
    }

    fn fields(&self, object: Name) -> Vec<&str> {
        let own = self.object(object).into_iter().flat_map(|object| object.fields.iter().map(|f| f.name.as_str()));
        own.chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name)).collect()
    }

    fn is_sensitive_in_lines(&self, object: Name, lines: Name, field: Name) -> bool {
        let line = self.object(object).and_then(|object| object.field(lines)?.line(field));
        line.is_some_and(|line| line.sensitive)
    }

    fn line_kind_of(&self, object: Name, lines: Name, field: &str) -> Option<(Name, FieldType)> {
        let line = self.object(object)?.field(lines)?.line(Name::find(field)?)?;
        Some((line.name, line.kind.clone()))
    }

    fn line_fields(&self, object: Name, lines: Name) -> Vec<&str> {
        let field = self.object(object).and_then(|object| object.field(lines));
        field.into_iter().flat_map(|field| field.lines.iter().map(|line| line.name.as_str())).collect()
    }
}

/// Reads a filter over `object`, as documented in [`crate::filter`].
///
/// `{"field": null}` and `{"field": {"eq": null}}` mean `empty`, `{"field": {"ne": null}}` its opposite, and
/// `{"field": [a, b]}` is `in`. Relative days take `y`, `m` (months), `w` and `d`; relative instants also `h`,
/// `min` and `s`: `month_start-1m+3d`, `now-30min`.
///
/// # Errors
/// When a field or operator does not exist, a value does not fit, or a limit is exceeded.
pub fn parse_filter(schema: &dyn Schema, object: Name, json: &Json, zone: &TimeZone) -> Result<Filter, BadFilter> {
    Parser::of(schema, object, zone, false).mapping(json, "", 1)
}

/// As [`parse_filter`], of a role: whoever asks does so by a position, whose places it may name.
///
/// # Errors
/// As [`parse_filter`].
pub fn parse_filter_of_role(
    schema: &dyn Schema,
    object: Name,
    json: &Json,
    zone: &TimeZone,
) -> Result<Filter, BadFilter> {
    Parser::of(schema, object, zone, true).mapping(json, "", 1)
}

struct Parser<'a> {
    schema: &'a dyn Schema,
    of: Of,
    context: ParseContext,
    nodes: usize,
    /// Whether the places of a position may be named.
    places: bool,
}

impl<'a> Parser<'a> {
    fn of(schema: &'a dyn Schema, object: Name, zone: &TimeZone, places: bool) -> Self {
        Self { schema, of: Of::Record(object), context: ParseContext { zone: zone.clone() }, nodes: 0, places }
    }
}

/// What a condition is on.
#[derive(Clone, Copy)]
enum Of {
    /// A record of an object.
    Record(Name),
    /// A line of a field of an object.
    Line(Name, Name),
}

/// A field that a key names.
struct Target {
    /// As what it is compared.
    compared: Comparison,
    /// The object that has it; `None` of a field of a line.
    object: Option<Name>,
}

fn bad(code: Code, key: &str, message: Text) -> BadFilter {
    BadFilter { code, message, key: key.chars().take(200).collect() }
}

fn malformed(key: &str, message: Text) -> BadFilter {
    bad(code!("bad-filter"), key, message)
}

fn did_you_mean(message: Text, near: Option<&str>) -> Text {
    let Some(near) = near else { return message };
    let Text { en, zh } = message;
    text!("{en}; did you mean `{near}`?", "{zh}；是不是 `{near}`？")
}

fn join(key: &str, part: &str) -> String {
    if key.is_empty() { part.to_owned() } else { format!("{key}.{part}") }
}

impl Parser<'_> {
    fn count(&mut self, key: &str) -> Result<(), BadFilter> {
        self.nodes += 1;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(bad(
            code!("filter-too-deep"),
            key,
            text!("more than {MAX_NODES} conditions in one filter", "一个筛选最多 {MAX_NODES} 个条件"),
        ))
    }

    fn mapping(&mut self, json: &Json, key: &str, depth: usize) -> Result<Filter, BadFilter> {
        if depth > MAX_DEPTH {
            let message = text!("more than {MAX_DEPTH} levels in one filter", "筛选嵌套超过 {MAX_DEPTH} 层");
            return Err(bad(code!("filter-too-deep"), key, message));
        }
        let Json::Object(parts) = json else {
            let message =
                text!("a condition is a mapping such as `{{stage: won}}`", "条件应为映射，例如 `{{stage: won}}`");
            return Err(malformed(key, message));
        };
        self.count(key)?;
        let mut all = Vec::with_capacity(parts.len().min(MAX_NODES));
        for (word, json) in parts {
            let key = join(key, word);
            match word.as_str() {
                "and" => all.push(Filter::And(self.several(json, &key, depth)?)),
                "or" => all.push(Filter::Or(self.several(json, &key, depth)?)),
                "not" => all.push(Filter::Not(Box::new(self.mapping(json, &key, depth + 1)?))),
                path => self.field(path, json, &key, depth, &mut all)?,
            }
        }
        Ok(one_or_and(all))
    }

    fn several(&mut self, json: &Json, key: &str, depth: usize) -> Result<Vec<Filter>, BadFilter> {
        let Json::Array(items) = json else {
            let message = text!("`and` and `or` take a list of conditions", "`and` 与 `or` 的值应为条件列表");
            return Err(malformed(key, message));
        };
        items.iter().enumerate().map(|(i, item)| self.mapping(item, &format!("{key}[{i}]"), depth + 1)).collect()
    }

    fn field(
        &mut self,
        path: &str,
        json: &Json,
        key: &str,
        depth: usize,
        all: &mut Vec<Filter>,
    ) -> Result<(), BadFilter> {
        let target = self.follow(path, key)?;
        let one = |op| (op, json);
        match json {
            Json::Object(operators) if operators.is_empty() => {
                let message = text!("no operator; write for example `{{gte: 5}}`", "缺少运算符，例如 `{{gte: 5}}`");
                Err(malformed(key, message))
            }
            Json::Object(operators) => self.operators(&target, operators, key, depth, all),
            Json::Array(_) => self.compare(&target.compared, one(Op::In), key, all),
            _ => self.compare(&target.compared, one(Op::Eq), key, all),
        }
    }

    fn operators(
        &mut self,
        target: &Target,
        operators: &Map<String, Json>,
        key: &str,
        depth: usize,
        all: &mut Vec<Filter>,
    ) -> Result<(), BadFilter> {
        let lines = target.object.filter(|_| target.compared.kind == FieldType::Lines);
        for (word, json) in operators {
            let key = join(key, word);
            let quantifier = QUANTIFIERS.iter().find(|(known, _)| known == word);
            if let (Some(object), Some((_, of))) = (lines, quantifier) {
                let that = Box::new(self.of_line((object, target.compared.field), json, &key, depth)?);
                let Comparison { through, field, .. } = target.compared.clone();
                all.push(Filter::Lines(Lines { through, field, of: *of, that }));
                continue;
            }
            let Some((_, op)) = OPERATORS.iter().find(|(known, _)| known == word) else {
                let found: String = word.chars().take(40).collect();
                let message = text!("there is no operator `{found}`", "没有运算符 `{found}`");
                let quantifiers = QUANTIFIERS.iter().filter(|_| lines.is_some()).map(|(known, _)| *known);
                let near = nearest(&found, OPERATORS.iter().map(|(known, _)| *known).chain(quantifiers));
                return Err(bad(code!("unknown-operator"), &key, did_you_mean(message, near)));
            };
            self.compare(&target.compared, (*op, json), &key, all)?;
        }
        Ok(())
    }

    /// What holds of a line.
    fn of_line(
        &mut self,
        (object, lines): (Name, Name),
        json: &Json,
        key: &str,
        depth: usize,
    ) -> Result<Filter, BadFilter> {
        // One condition would read the lines of the records of every line.
        if let Of::Line(..) = self.of {
            let message = text!("a condition on a line can't look into other lines", "行条件不能再嵌套行条件");
            return Err(malformed(key, message));
        }
        let above = std::mem::replace(&mut self.of, Of::Line(object, lines));
        let that = self.mapping(json, key, depth + 1);
        self.of = above;
        that
    }

    fn compare(
        &mut self,
        target: &Comparison,
        (op, json): (Op, &Json),
        key: &str,
        all: &mut Vec<Filter>,
    ) -> Result<(), BadFilter> {
        self.count(key)?;
        let (op, with) = operand::read(&target.kind, (op, json), (&self.context, self.places), key)?;
        let of = target.through.last().map_or(self.of, |step| Of::Record(step.to));
        let is_sensitive = match of {
            Of::Record(object) => self.schema.is_sensitive(object, target.field),
            Of::Line(object, lines) => self.schema.is_sensitive_in_lines(object, lines, target.field),
        };
        if is_sensitive && !matches!(op, Op::Eq | Op::In | Op::Empty | Op::NotEmpty) {
            let field = target.field;
            let message = text!(
                "`{field}` is sensitive and is found only whole: write `eq`, `in` or `empty`",
                "`{field}` 是敏感字段，只能按完整值查找：请用 `eq`、`in` 或 `empty`"
            );
            return Err(bad(code!("sensitive-search"), key, message));
        }
        if let Of::Record(object) = of
            && target.field.as_str() == "state"
            && matches!(op, Op::Eq | Op::Ne | Op::In | Op::NotIn)
        {
            self.check_states(object, &with, key)?;
        }
        all.push(Filter::Compare(Comparison { op, with, ..target.clone() }));
        Ok(())
    }

    /// A state that no record can be in is a slip of the pen.
    fn check_states(&self, object: Name, with: &[Operand], key: &str) -> Result<(), BadFilter> {
        let Some(states) = self.schema.states(object) else { return Ok(()) };
        let mut named = with.iter().filter_map(|operand| match operand {
            Operand::Value(Value::Text(text)) => Some(&**text),
            _ => None,
        });
        let Some(state) = named.find(|state| !states.contains(state)) else { return Ok(()) };
        let message = text!("no flow of {object} has a state `{state}`", "{object} 的流程没有状态 `{state}`");
        Err(bad(code!("bad-value"), key, did_you_mean(message, nearest(state, states.iter().copied()))))
    }

    /// Follows `customer.industry` from reference to reference to the field at the end.
    fn follow(&self, path: &str, key: &str) -> Result<Target, BadFilter> {
        let mut of = self.of;
        let mut through = Vec::new();
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            let (known, object) = match of {
                Of::Record(object) => (self.kind_of(object, part, through.is_empty()), Some(object)),
                Of::Line(_, lines) if lines == TASKS => (task_field(part).map(|kind| (Name::intern(part), kind)), None),
                Of::Line(object, lines) => (self.schema.line_kind_of(object, lines, part), None),
            };
            let (field, kind) = known.ok_or_else(|| self.unknown(of, part, key))?;
            if parts.peek().is_none() {
                let compared = Comparison { through, field, kind, op: Op::Eq, with: Vec::new() };
                return Ok(Target { compared, object });
            }
            let FieldType::Ref(to) = kind else {
                let word = kind.word();
                let message =
                    text!("`{field}` is a {word} and has no fields of its own", "`{field}` 是 {word}，没有下级字段");
                return Err(malformed(key, message));
            };
            through.push(Step { field, to });
            if through.len() > MAX_PATH {
                let message = text!("more than {MAX_PATH} references in one key", "一个键最多经过 {MAX_PATH} 次引用");
                return Err(bad(code!("filter-too-deep"), key, message));
            }
            of = Of::Record(to);
        }
        Err(self.unknown(of, path, key))
    }

    /// The type of a field. The record itself also has its tasks; those of others are not read.
    fn kind_of(&self, object: Name, part: &str, own: bool) -> Option<(Name, FieldType)> {
        let tasks = || (own && part == TASKS).then(|| (Name::intern(TASKS), FieldType::Lines));
        self.schema.kind_of(object, part).or_else(tasks)
    }

    fn unknown(&self, of: Of, field: &str, key: &str) -> BadFilter {
        let found: String = field.chars().take(64).collect();
        let (of, known) = match of {
            Of::Record(object) => (object.to_string(), self.schema.fields(object)),
            Of::Line(object, lines) if lines == TASKS => (format!("{object}.{lines}"), TASK_FIELDS.to_vec()),
            Of::Line(object, lines) => (format!("{object}.{lines}"), self.schema.line_fields(object, lines)),
        };
        let message = text!("`{of}` has no field `{found}`", "`{of}` 没有字段 `{found}`");
        bad(code!("unknown-field"), key, did_you_mean(message, nearest(&found, known)))
    }
}

fn one_or_and(mut all: Vec<Filter>) -> Filter {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        Some(last) => {
            all.push(last);
            Filter::And(all)
        }
        None => Filter::And(all),
    }
}

/// What a condition on lines begins with.
const QUANTIFIERS: &[(&str, Quantifier)] =
    &[("any", Quantifier::Any), ("all", Quantifier::All), ("none", Quantifier::None)];

/// Every operator; `empty: false` is [`Op::NotEmpty`].
const OPERATORS: &[(&str, Op)] = &[
    ("eq", Op::Eq),
    ("ne", Op::Ne),
    ("lt", Op::Lt),
    ("lte", Op::Lte),
    ("gt", Op::Gt),
    ("gte", Op::Gte),
    ("in", Op::In),
    ("not_in", Op::NotIn),
    ("contains", Op::Contains),
    ("starts_with", Op::StartsWith),
    ("empty", Op::Empty),
];
