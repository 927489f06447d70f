//! Reading and setting fields: `this.amount`, `this.customer.name`, `this.note = "…"`.

use formwork_model::{code, name::Name, text};
use jiff::{Timestamp, civil::Date};
use rhai::{Dynamic, Engine, ImmutableString};

use crate::{
    convert::{dynamic_to_val, val_to_dynamic, val_to_value},
    failure::Failure,
    frame::{self, Raised},
    handle::Handle,
    ops,
    val::{self, Months, Span, Val},
};

pub(super) fn register(engine: &mut Engine, names: impl IntoIterator<Item = Name>) {
    // One getter per field name is faster than the indexer, which has to look the name up.
    for name in names {
        engine
            .register_get_set(
                name.as_str(),
                move |handle: &mut Handle| get(handle, name),
                move |handle: &mut Handle, value: Dynamic| set(handle, name, value),
            )
            .register_get(name.as_str(), |_: &mut ()| ());
    }
    engine
        .register_indexer_get(|handle: &mut Handle, field: ImmutableString| get(handle, named(&field)?))
        .register_indexer_set(|handle: &mut Handle, field: ImmutableString, value: Dynamic| {
            set(handle, named(&field)?, value)
        })
        .register_indexer_get(|_: &mut (), _: ImmutableString| ());
    equality(engine);
    engine
        .register_fn("is_empty", |value: Dynamic| ops::is_empty(&dynamic_to_val(value)))
        .register_fn("coalesce", |a: Dynamic, b: Dynamic| if a.is_unit() { b } else { a })
        .register_fn("to_string", |handle: &mut Handle| text_of(handle))
        .register_fn("to_string", |date: &mut Date| date.to_string())
        .register_fn("to_string", |at: &mut Timestamp| at.to_string())
        .register_fn("to_string", |span: &mut Span| format!("{}s", span.0));
}

fn named(field: &str) -> Result<Name, Raised> {
    Name::find(field).ok_or_else(|| {
        frame::raise(Failure::new(code!("unknown-field"), text!("there is no field `{field}`", "没有字段 `{field}`")))
    })
}

pub(super) fn get(handle: &Handle, field: Name) -> Result<Dynamic, Raised> {
    frame::with(|frame| val::get(frame.host, handle, field)).map(val_to_dynamic)
}

fn set(handle: &Handle, field: Name, value: Dynamic) -> Result<(), Raised> {
    let value = dynamic_to_val(value);
    // Rhai sets a property again after every call or assignment behind it (`this.customer.limit = 5` also
    // sets `this.customer`), so what is the same already is not written.
    let same = frame::with(|frame| Ok(ops::same(&val::get(frame.host, handle, field)?, &value)))?;
    if same {
        return Ok(());
    }
    frame::with_effects(|frame| frame.host.set(handle, field, val_to_value(value)))
}

fn text_of(handle: &Handle) -> String {
    match handle {
        Handle::Record(object, id) => format!("{object} {id}"),
        Handle::Row(_, _, field, key) => format!("{field} {key}"),
        Handle::Fixed(..) => crate::convert::val_to_json(&Val::Handle(handle.clone())).to_string(),
    }
}

fn equality(engine: &mut Engine) {
    engine
        .register_fn("==", |a: &mut Handle, b: Handle| a.same(&b))
        .register_fn("!=", |a: &mut Handle, b: Handle| !a.same(&b));
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        comparison::<Date>(engine, op, Val::Date);
        comparison::<Timestamp>(engine, op, Val::Instant);
        comparison::<Span>(engine, op, Val::Span);
        comparison::<Months>(engine, op, Val::Months);
    }
}

fn comparison<T: Clone + Copy + Send + Sync + 'static>(engine: &mut Engine, name: &'static str, wrap: fn(T) -> Val) {
    let Some(op) = ops::Op::parse(name) else { return };
    engine.register_fn(name, move |a: T, b: T| ops::compare(op, &wrap(a), &wrap(b)).unwrap_or(false));
}
