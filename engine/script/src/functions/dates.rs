//! Days, instants and durations: `today() + days(30)`, `month_end(d)`, `(b - a).hours`.

use formwork_model::{code, text};
use jiff::{Timestamp, civil::Date};
use rhai::{Dynamic, Engine, EvalAltResult, Position};
use rust_decimal::Decimal;

use crate::{
    convert::val_to_dynamic,
    failure::Failure,
    frame::{self, Raised, raise},
    ops::{self, Op},
    val::{Months, Span, Val},
};

pub(super) fn register(engine: &mut Engine) {
    making(engine);
    parts(engine);
    arithmetic(engine);
}

fn making(engine: &mut Engine) {
    engine
        .register_fn("today", || frame::with(|frame| Ok(frame.host.today())))
        .register_fn("now", || frame::with(|frame| Ok(frame.host.now())))
        .register_fn("date", |text: &str| text.trim().parse::<Date>().map_err(|_| unreadable(text)))
        .register_fn("date", |date: Date| date)
        .register_fn("date", |year: i64, month: i64, day: i64| {
            let part = |n: i64| i8::try_from(n).unwrap_or(0);
            Date::new(i16::try_from(year).unwrap_or(i16::MIN), part(month), part(day))
                .map_err(|_| unreadable(&format!("{year}-{month}-{day}")))
        })
        .register_fn("datetime", |text: &str| text.trim().parse::<Timestamp>().map_err(|_| unreadable(text)))
        .register_fn("datetime", |date: Date| frame::with(|frame| Ok(frame.host.start_of(date))))
        .register_fn("date_of", |at: Timestamp| frame::with(|frame| Ok(frame.host.date_of(at))))
        .register_fn("date_of", |_: ()| ())
        .register_fn("hour", |at: Timestamp| frame::with(|frame| Ok(i64::from(frame.host.time_of(at).hour()))))
        .register_fn("hour", |_: ()| ())
        .register_fn("minute", |at: Timestamp| frame::with(|frame| Ok(i64::from(frame.host.time_of(at).minute()))))
        .register_fn("minute", |_: ()| ())
        .register_fn("months", Months)
        .register_fn("years", |n: i64| Months(n.saturating_mul(12)));
    for (name, seconds) in [("weeks", 604_800), ("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)] {
        engine.register_fn(name, move |n: i64| Span(n.saturating_mul(seconds))).register_fn(name, move |n: Decimal| {
            use rust_decimal::prelude::ToPrimitive as _;
            Span((n * Decimal::from(seconds)).round().to_i64().unwrap_or(i64::MAX))
        });
    }
}

fn parts(engine: &mut Engine) {
    engine
        .register_get("year", |date: &mut Date| i64::from(date.year()))
        .register_get("month", |date: &mut Date| i64::from(date.month()))
        .register_get("day", |date: &mut Date| i64::from(date.day()))
        .register_get("weekday", |date: &mut Date| i64::from(date.weekday().to_monday_one_offset()))
        .register_get("quarter", |date: &mut Date| (i64::from(date.month()) + 2) / 3)
        .register_fn("month_start", |date: Date| date.first_of_month())
        .register_fn("month_end", |date: Date| date.last_of_month())
        .register_fn("add_months", |date: Date, months: i64| {
            ops::add_months(date, months).ok_or_else(|| unreadable(&format!("{date} + {months} months")))
        });
    for (name, seconds) in [("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)] {
        engine.register_get(name, move |span: &mut Span| (Decimal::from(span.0) / Decimal::from(seconds)).normalize());
    }
}

fn arithmetic(engine: &mut Engine) {
    op(engine, "+", Val::Date, Val::Span);
    op(engine, "+", Val::Span, Val::Date);
    op(engine, "-", Val::Date, Val::Span);
    op(engine, "+", Val::Date, Val::Months);
    op(engine, "-", Val::Date, Val::Months);
    op(engine, "-", Val::Date, Val::Date);
    op(engine, "+", Val::Instant, Val::Span);
    op(engine, "+", Val::Span, Val::Instant);
    op(engine, "-", Val::Instant, Val::Span);
    op(engine, "-", Val::Instant, Val::Instant);
    op(engine, "+", Val::Span, Val::Span);
    op(engine, "-", Val::Span, Val::Span);
    op(engine, "*", Val::Span, Val::Int);
    op(engine, "*", Val::Int, Val::Span);
    op(engine, "+", Val::Months, Val::Months);
    op(engine, "-", Val::Months, Val::Months);
    let empty = |(): ()| Val::Unit;
    op(engine, "+", empty, Val::Span);
    op(engine, "+", Val::Span, empty);
    op(engine, "+", empty, Val::Months);
    op(engine, "-", empty, Val::Span);
    op(engine, "-", empty, Val::Months);
    op(engine, "-", empty, Val::Date);
    op(engine, "-", Val::Date, empty);
    op(engine, "-", empty, Val::Instant);
    op(engine, "-", Val::Instant, empty);
    engine.register_fn("-", |span: Span| Span(-span.0)).register_fn("-", |months: Months| Months(-months.0));
}

fn op<A, B>(engine: &mut Engine, name: &'static str, left: fn(A) -> Val, right: fn(B) -> Val)
where
    A: Clone + Send + Sync + 'static,
    B: Clone + Send + Sync + 'static,
{
    let Some(op) = Op::parse(name) else { return };
    engine.register_fn(name, move |a: A, b: B| -> Result<Dynamic, Raised> {
        ops::apply(op, &left(a), &right(b)).map(val_to_dynamic).ok_or_else(|| out_of_range(op))
    });
}

fn out_of_range(op: Op) -> Raised {
    if matches!(op, Op::Add | Op::Subtract) {
        return raise(Failure::new(
            code!("script-failed"),
            text!(
                "a date moves by whole days, within the years 1 to 9999",
                "日期只能按整天移动，且须在 1 至 9999 年之间"
            ),
        ));
    }
    Box::new(EvalAltResult::ErrorArithmetic("overflow".into(), Position::NONE))
}

fn unreadable(text: &str) -> Raised {
    raise(Failure::new(code!("script-failed"), text!("`{text}` is no date or time", "`{text}` 不是有效的日期或时间")))
}
