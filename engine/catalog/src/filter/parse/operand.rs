//! What a field is compared with: values of its type, days relative to now, `$me`, places of a position.

use formwork_model::{code, field_type::FieldType, nearest::nearest, text};
use serde_json::Value as Json;

use super::{BadFilter, MAX_IN, MAX_OPERAND, bad, did_you_mean, malformed};
use crate::{
    filter::{Anchor, Op, Operand, Places, Relative},
    parse_value::{ParseContext, parse_json},
};

/// The operator as it is meant, and its operands.
pub(super) fn read(
    kind: &FieldType,
    (op, json): (Op, &Json),
    context: (&ParseContext, bool),
    key: &str,
) -> Result<(Op, Vec<Operand>), BadFilter> {
    // Scalars of definitions are texts until a type says what they are.
    let truth = json.as_bool().or_else(|| json.as_str().and_then(|text| text.parse().ok()));
    match (op, json) {
        (Op::Eq, Json::Null) => return Ok((Op::Empty, Vec::new())),
        (Op::Ne, Json::Null) => return Ok((Op::NotEmpty, Vec::new())),
        (Op::Empty, _) if truth == Some(true) => return Ok((Op::Empty, Vec::new())),
        (Op::Empty, _) if truth == Some(false) => return Ok((Op::NotEmpty, Vec::new())),
        (Op::Empty, _) => {
            return Err(malformed(key, text!("`empty` takes `true` or `false`", "`empty` 的值应为 `true` 或 `false`")));
        }
        _ => {}
    }
    let kind = compared_as(kind, op).ok_or_else(|| unfit(kind, key))?;
    if !matches!(op, Op::In | Op::NotIn) {
        return Ok((op, vec![one(&kind, json, context, key)?]));
    }
    let Json::Array(items) = json else {
        return Err(malformed(key, text!("`in` and `not_in` take a list", "`in` 与 `not_in` 的值应为列表")));
    };
    if items.len() > MAX_IN {
        let message = text!("more than {MAX_IN} values in one list", "一个列表最多 {MAX_IN} 个值");
        return Err(bad(code!("filter-too-deep"), key, message));
    }
    let with = items.iter().map(|item| one(&kind, item, context, key)).collect::<Result<_, _>>()?;
    Ok((op, with))
}

/// The type that the operand has, if the operator makes sense for the field.
fn compared_as(kind: &FieldType, op: Op) -> Option<FieldType> {
    let scalar = kind.is_ordered() || *kind == FieldType::LongText;
    let good = match op {
        Op::Eq | Op::Ne | Op::In | Op::NotIn => scalar,
        Op::Lt | Op::Lte | Op::Gt | Op::Gte => {
            kind.is_ordered() && !matches!(kind, FieldType::Boolean | FieldType::Ref(_))
        }
        Op::Contains => kind.is_text() || matches!(kind, FieldType::Choices(_) | FieldType::Refs(_)),
        Op::StartsWith => kind.is_text(),
        Op::Empty | Op::NotEmpty => false,
    };
    good.then(|| match (op, kind) {
        (Op::Contains, FieldType::Choices(options)) => FieldType::Choice(options.clone()),
        (Op::Contains, FieldType::Refs(to)) => FieldType::Ref(*to),
        // A part of an address or a telephone number is none itself; a part of an option is just a text.
        (Op::Contains | Op::StartsWith, _) => FieldType::Text,
        (_, FieldType::Email | FieldType::Phone | FieldType::Url | FieldType::Region) => FieldType::Text,
        (Op::Lt | Op::Lte | Op::Gt | Op::Gte, kind) if kind.is_text() => FieldType::Text,
        // What is compared with is not rounded: `{gt: 0.004}` is not `{gt: 0.00}`.
        (_, FieldType::Decimal { .. } | FieldType::Money { .. }) => FieldType::Decimal { scale: None },
        _ => kind.clone(),
    })
}

fn unfit(kind: &FieldType, key: &str) -> BadFilter {
    let word = kind.word();
    let message = text!("a {word} can't be compared like this", "{word} 不能这样比较");
    let hint = match kind {
        FieldType::Choices(_) | FieldType::Refs(_) => Some("contains"),
        FieldType::Lines => Some("any"),
        _ if kind.is_ordered() || kind.is_text() => None,
        _ => Some("empty"),
    };
    bad(code!("unknown-operator"), key, did_you_mean(message, hint))
}

fn one(
    kind: &FieldType,
    json: &Json,
    (context, places): (&ParseContext, bool),
    key: &str,
) -> Result<Operand, BadFilter> {
    if let Json::String(text) = json {
        if text.chars().nth(MAX_OPERAND).is_some() {
            let message = text!("a value of more than {MAX_OPERAND} characters", "值超过 {MAX_OPERAND} 个字符");
            return Err(malformed(key, message));
        }
        match kind {
            FieldType::User if text == "$me" => return Ok(Operand::Me),
            kind if places && names_places(kind, text) => return self::places(kind, text, key),
            FieldType::Date | FieldType::DateTime if text.starts_with(|c: char| c.is_ascii_lowercase()) => {
                return relative(text, *kind == FieldType::DateTime).map(Operand::Relative).ok_or_else(|| {
                    let found: String = text.chars().take(40).collect();
                    let message = text!(
                        "`{found}` is no day; write one like `2026-03-31`, or `today-7d` for seven days ago",
                        "`{found}` 不是日期；请写成 `2026-03-31`，或用 `today-7d` 表示七天前"
                    );
                    bad(code!("bad-value"), key, message)
                });
            }
            _ => {}
        }
    }
    let value = parse_json(kind, json, context).map_err(|bad_value| {
        bad(code!("bad-value"), key, did_you_mean(bad_value.message, bad_value.near.as_deref()))
    })?;
    if value.is_empty() {
        let message =
            text!("no value to compare with; write `{{empty: true}}`", "缺少比较值；判断为空请写 `{{empty: true}}`");
        return Err(bad(code!("bad-value"), key, message));
    }
    Ok(Operand::Value(value))
}

/// Whether places are meant: a text may begin with the same sign.
fn names_places(kind: &FieldType, word: &str) -> bool {
    let known = Places::ALL.iter().any(|(known, ..)| *known == word);
    known || (word.starts_with('$') && matches!(kind, FieldType::Ref(_) | FieldType::Department))
}

/// The places of a position: `$departments`.
fn places(kind: &FieldType, word: &str, key: &str) -> Result<Operand, BadFilter> {
    let fits = |of: &str| match kind {
        FieldType::Ref(to) => *to == of,
        FieldType::Department => of == "department",
        FieldType::Text => true,
        _ => false,
    };
    if let Some((_, places, _)) = Places::ALL.iter().find(|(known, _, of)| *known == word && fits(of)) {
        return Ok(Operand::Places(*places));
    }
    let found: String = word.chars().take(40).collect();
    let of = kind.word();
    let message = text!("a position has no `{found}` that a {of} can be", "岗位没有可与 {of} 比较的 `{found}`");
    let known = Places::ALL.iter().filter(|(_, _, of)| fits(of)).map(|(known, ..)| *known);
    Err(bad(code!("bad-value"), key, did_you_mean(message, nearest(&found, known))))
}

/// `today-7d`, `month_start-1m+3d`, `now-4h`.
fn relative(text: &str, instant: bool) -> Option<Relative> {
    const ANCHORS: &[(&str, Anchor)] = &[
        ("today", Anchor::Today),
        ("now", Anchor::Now),
        ("week_start", Anchor::WeekStart),
        ("month_start", Anchor::MonthStart),
        ("year_start", Anchor::YearStart),
    ];
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
    let (word, mut rest) = text.split_at_checked(end)?;
    let (_, anchor) = ANCHORS.iter().find(|(known, _)| *known == word)?;
    let mut found = Relative { anchor: *anchor, months: 0, days: 0, seconds: 0 };
    rest = rest.trim();
    while !rest.is_empty() {
        let (sign, after) = match rest.split_at_checked(1)? {
            ("+", after) => (1, after.trim_start()),
            ("-", after) => (-1, after.trim_start()),
            _ => return None,
        };
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let count = sign * after.get(..digits).filter(|digits| (1..=7).contains(&digits.len()))?.parse::<i64>().ok()?;
        let after = after.get(digits..)?;
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, next) = after.split_at_checked(letters)?;
        match unit {
            "y" => found.months += i32::try_from(count * 12).ok()?,
            "m" => found.months += i32::try_from(count).ok()?,
            "w" => found.days += i32::try_from(count * 7).ok()?,
            "d" => found.days += i32::try_from(count).ok()?,
            "h" => found.seconds += count * 3600,
            "min" => found.seconds += count * 60,
            "s" => found.seconds += count,
            _ => return None,
        }
        // Bounded so that adding to any day stays in the calendar's arithmetic, and the sum can't overflow.
        if found.months.abs() > 12_000 || found.days.abs() > 400_000 || found.seconds.abs() > 40_000_000_000 {
            return None;
        }
        rest = next.trim_start();
    }
    // A day has no hours to add to.
    (instant || found.seconds == 0).then_some(found)
}
