//! Lists and lines: `this.lines.sum("total")`, `.avg(|r| r.price)`, `.any(|r| r.urgent)`.

use formwork_model::{code, name::Name, text};
use rhai::{Array, Dynamic, Engine, FnPtr, NativeCallContext};

use crate::{
    coerce,
    convert::{dynamic_to_val, val_to_dynamic},
    failure::Failure,
    frame::{self, Raised, raise},
    handle::Handle,
    ops::{self, Op},
    val::{self, Val},
};

/// How the values of a list become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Sum,
    Average,
    Least,
    Greatest,
}

impl Fold {
    /// The fold a method name means.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "sum" => Self::Sum,
            "avg" => Self::Average,
            "min" => Self::Least,
            "max" => Self::Greatest,
            _ => return None,
        })
    }
}

/// Folds values; `()` is left out. A sum of nothing is 0, everything else of nothing is `()`.
/// `None` when the values cannot be added or compared.
pub(crate) fn fold<E>(fold: Fold, items: impl Iterator<Item = Result<Val, E>>) -> Result<Option<Val>, E> {
    let mut result = Val::Unit;
    let mut count = 0_i64;
    for item in items {
        let item = item?;
        if item.is_unit() {
            continue;
        }
        count += 1;
        let next = match (fold, &result) {
            (Fold::Sum | Fold::Average, Val::Unit) if matches!(item, Val::Int(_) | Val::Dec(_) | Val::Span(_)) => {
                Some(item)
            }
            (Fold::Sum | Fold::Average, _) => ops::apply(Op::Add, &result, &item),
            (_, Val::Unit) => Some(item),
            (Fold::Least, _) => choose(Op::Less, item, &result),
            (Fold::Greatest, _) => choose(Op::Greater, item, &result),
        };
        match next {
            Some(next) => result = next,
            None => return Ok(None),
        }
    }
    Ok(match (fold, result) {
        (Fold::Sum, Val::Unit) => Some(Val::Int(0)),
        (Fold::Average, Val::Unit) => Some(Val::Unit),
        (Fold::Average, sum) => ops::divide(&sum, &Val::Int(count)),
        (_, result) => Some(result),
    })
}

fn choose(op: Op, item: Val, best: &Val) -> Option<Val> {
    let comparable = matches!(
        (&item, best),
        (Val::Int(_) | Val::Dec(_), Val::Int(_) | Val::Dec(_))
            | (Val::Date(_), Val::Date(_))
            | (Val::Instant(_), Val::Instant(_))
            | (Val::Span(_), Val::Span(_))
            | (Val::Text(_), Val::Text(_))
    );
    if !comparable {
        return None;
    }
    Some(if ops::compare(op, &item, best)? { item } else { best.clone() })
}

pub(super) fn register(engine: &mut Engine) {
    for name in ["sum", "avg", "min", "max"] {
        let Some(how) = Fold::parse(name) else { continue };
        engine
            .register_fn(name, move |items: &mut Array| finish(how, items.iter().map(|item| Ok(plain(item)))))
            .register_fn(name, move |items: &mut Array, field: &str| {
                let field = Name::find(field).ok_or_else(|| unknown(field))?;
                finish(how, items.iter().map(|item| of(item, field)))
            })
            .register_fn(name, move |context: NativeCallContext<'_>, items: &mut Array, each: FnPtr| {
                finish(how, items.iter().map(|item| call(&context, &each, item)))
            });
    }
    engine
        .register_fn("count", |items: &mut Array| items.len() as i64)
        .register_fn("count", |context: NativeCallContext<'_>, items: &mut Array, each: FnPtr| {
            let mut count = 0_i64;
            for item in items.iter() {
                count += i64::from(holds(call(&context, &each, item)?)?);
            }
            Ok::<_, Raised>(count)
        })
        .register_fn("any", |context: NativeCallContext<'_>, items: &mut Array, each: FnPtr| {
            for item in items.iter() {
                if holds(call(&context, &each, item)?)? {
                    return Ok::<_, Raised>(true);
                }
            }
            Ok(false)
        })
        .register_fn("first", |items: &mut Array| items.first().cloned().unwrap_or(Dynamic::UNIT))
        .register_fn("last", |items: &mut Array| items.last().cloned().unwrap_or(Dynamic::UNIT));
}

fn plain(item: &Dynamic) -> Val {
    dynamic_to_val(item.clone())
}

/// A field of an item of a list.
fn of(item: &Dynamic, field: Name) -> Result<Val, Raised> {
    if let Some(handle) = item.read_lock::<Handle>() {
        return frame::with(|frame| val::get(frame.host, &handle, field));
    }
    if let Some(map) = item.read_lock::<rhai::Map>() {
        return Ok(map.get(field.as_str()).map_or(Val::Unit, plain));
    }
    Ok(Val::Unit)
}

fn call(context: &NativeCallContext<'_>, each: &FnPtr, item: &Dynamic) -> Result<Val, Raised> {
    each.call_within_context::<Dynamic>(context, (item.clone(),)).map(dynamic_to_val)
}

fn holds(val: Val) -> Result<bool, Raised> {
    match val {
        Val::Bool(b) => Ok(b),
        Val::Unit => Ok(false),
        other => Err(unfit(&other)),
    }
}

fn finish(how: Fold, items: impl Iterator<Item = Result<Val, Raised>>) -> Result<Dynamic, Raised> {
    fold(how, items)?.map(val_to_dynamic).ok_or_else(|| {
        raise(Failure::new(
            code!("script-failed"),
            text!("the items of the list cannot be added or compared", "列表的各项不能相加或比较"),
        ))
    })
}

fn unfit(val: &Val) -> Raised {
    let given = coerce::word(val);
    raise(Failure::new(
        code!("type-mismatch"),
        text!("this is {given}, but true or false is needed", "这里得到的是 {given}，需要的是真或假"),
    ))
}

fn unknown(field: &str) -> Raised {
    raise(Failure::new(code!("unknown-field"), text!("there is no field `{field}`", "没有字段 `{field}`")))
}
