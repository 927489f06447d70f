//! An object can't go while one of its records is under way: nothing could finish what was begun.

use std::ops::ControlFlow;

use formwork_catalog::catalog::Catalog;
use formwork_model::{code, text};
use formwork_store::{
    error::Error,
    store::{Order, View},
    symbols::Symbols,
    table::record,
};

use crate::rejection::{Kind, Refusal, Rejection};

/// Refuses a release that lacks an object of which a submitted instance is live.
pub(super) fn check(view: &dyn View, symbols: &Symbols, before: &Catalog, now: &Catalog) -> Result<(), Refusal> {
    for name in before.objects.keys().filter(|name| now.object(**name).is_none()) {
        let table = symbols.number(*name).and_then(|number| u16::try_from(number).ok());
        let (start, end) = record::range(table.ok_or_else(|| Error::Damaged(format!("{name} has no number")))?);
        let mut running = 0u64;
        let mut failure = None;
        view.scan(&start, &end, Order::Forward, &mut |key, bytes| match record::id_of(key)
            .and_then(|id| record::decode(*name, id, bytes, symbols))
        {
            Ok(record) => {
                running += u64::from(record.flows.iter().any(|instance| instance.is_live() && !instance.draft));
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        if running > 0 {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("object-in-use"),
                text!(
                    "the object `{name}` can't be removed: {running} of its records are under way",
                    "不能删除对象 `{name}`：有 {running} 条记录正在流转"
                ),
            )
            .into());
        }
    }
    Ok(())
}
