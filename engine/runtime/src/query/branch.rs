//! What somebody may see, as ranges of indexes: one query for each way in which a row can be theirs.
//!
//! A list restricted to `owner = me or territory in (a, b)` is read as three ranges and merged, so it costs what they
//! hold, not what the object holds.

use formwork_catalog::{
    filter::{Comparison, Filter, Op},
    object::Object,
};

use super::{Asking, Query, plan::Access, plan::plan};

/// How many ranges at most; a restriction with more is checked on each record instead.
const MOST: usize = 1000;

/// The query for each way in which a row can be within what is asked for; none at all when no row can be. `None` when
/// some way has no index: then all of it has to be looked through anyway.
pub(super) fn branches(object: &Object, query: &Query, within: &Filter, asking: &Asking) -> Option<Vec<Query>> {
    let ways = ways(within)?;
    let branches: Vec<Query> = ways
        .into_iter()
        .map(|way| {
            let filter = Filter::And(vec![query.filter.clone(), way]);
            Query { filter, ..query.clone() }
        })
        .collect();
    let narrow = |branch: &Query| match plan(object, branch, asking).access {
        Access::Unique { .. } => true,
        Access::Index { equal, low, high, .. } => !equal.is_empty() || low.is_some() || high.is_some(),
        Access::Union(_) | Access::Everything => false,
    };
    branches.iter().all(narrow).then_some(branches)
}

/// The filter as alternatives without `or` and `in` at the top; `None` when there are too many.
fn ways(filter: &Filter) -> Option<Vec<Filter>> {
    let ways = match filter {
        Filter::Or(any) => any.iter().map(ways).collect::<Option<Vec<_>>>()?.concat(),
        Filter::And(all) => {
            let mut product = vec![Vec::new()];
            for part in all {
                let part = ways(part)?;
                if product.len().saturating_mul(part.len()) > MOST {
                    return None;
                }
                let with = |one: &[Filter], way: &Filter| one.iter().chain([way]).cloned().collect::<Vec<_>>();
                let product_of = |one: &Vec<Filter>| part.iter().map(|way| with(one, way)).collect::<Vec<_>>();
                product = product.iter().flat_map(product_of).collect();
            }
            product.into_iter().map(Filter::And).collect()
        }
        Filter::Compare(comparison) if comparison.op == Op::In => {
            let one = |with| Filter::Compare(Comparison { op: Op::Eq, with: vec![with], ..comparison.clone() });
            comparison.with.iter().cloned().map(one).collect()
        }
        Filter::Compare(_) | Filter::Lines(_) | Filter::Shared(_) | Filter::Not(_) => vec![filter.clone()],
    };
    (ways.len() <= MOST).then_some(ways)
}
