//! Reading a page along a plan.

use std::{
    collections::{BinaryHeap, HashSet},
    ops::ControlFlow,
};

use formwork_catalog::{filter::Filter, object::Object};
use formwork_model::{id::RecordId, name::Name, record::Record, value::Value};
use formwork_store::{
    error::Error,
    key::Key,
    store::{Order, View},
    table::{index, record, unique},
};

use crate::{
    access::{self, Granted},
    query::{
        Asking, Cursor, Page, Query,
        branch::branches,
        cursor::value_bytes,
        fields_read, matches_with,
        plan::{Access, Plan, plans},
    },
    rejection::Refusal,
    release::Release,
};

/// Reads one page.
///
/// # Errors
/// When the store fails or a record is damaged.
pub fn page(view: &dyn View, release: &Release, query: &Query, asking: &Asking) -> Result<Page, Refusal> {
    page_of(view, release, release.object(query.object)?, query, asking)
}

/// As [`page`], of an object that the live release need not have.
pub(crate) fn page_of(
    view: &dyn View,
    release: &Release,
    object: &Object,
    query: &Query,
    asking: &Asking,
) -> Result<Page, Refusal> {
    let within = Within::of(view, release, object, query, asking)?;
    let (mut records, plan, read) = match branches(object, query, &within.rows, asking) {
        Some(branches) => merged(&within, (query, &branches))?,
        None => first_of(&within, &whole(query, &within.rows))?,
    };
    let more = records.len() > query.limit;
    records.truncate(query.limit);
    let next = if more { records.last().map(|record| Cursor::of(record, &query.sort)) } else { None };
    Ok(Page { records, absent: Vec::new(), next, plan, read })
}

/// What a query looks through, and what whoever asks may see of it.
struct Within<'a> {
    view: &'a dyn View,
    release: &'a Release,
    object: &'a Object,
    asking: &'a Asking,
    /// The filter as it was asked: it sees what whoever asks sees.
    filter: &'a Filter,
    /// The rows that they may see, by every field that the filter and the order read.
    rows: Filter,
}

impl<'a> Within<'a> {
    /// # Errors
    /// When the query reads a field that no grant shows: there is no such field for whoever asks.
    fn of(
        view: &'a dyn View,
        release: &'a Release,
        object: &'a Object,
        query: &'a Query,
        asking: &'a Asking,
    ) -> Result<Self, Refusal> {
        let rows = match &asking.granted {
            Granted::All => Filter::And(Vec::new()),
            Granted::By(access) => {
                let fields = fields_read(query);
                access.check_shown(object, asking.action, &fields)?;
                access.rows(object.name, asking.action, &fields)
            }
        };
        Ok(Self { view, release, object, asking, filter: &query.filter, rows })
    }
}

/// The query with what may be seen as part of its filter: for finding a plan.
fn whole(query: &Query, within: &Filter) -> Query {
    let filter = match within {
        Filter::And(all) if all.is_empty() => query.filter.clone(),
        within => Filter::And(vec![query.filter.clone(), within.clone()]),
    };
    Query { filter, ..query.clone() }
}

/// The first records in order, one more than asked for when there are more.
type First = (Vec<Record>, Plan, usize);

fn first_of(within: &Within<'_>, query: &Query) -> Result<First, Refusal> {
    let plan = chosen(within, query)?;
    let mut reader = Reader { within, query, read: 0 };
    let records = if plan.sorted { reader.in_order(&plan)? } else { reader.sorted(&plan)? };
    Ok((records, plan, reader.read))
}

/// So many candidates are counted to find out whether a range is short.
const FEW: usize = 2_000;

/// The plan that reads least. One whose range is short is better than an order in which everybody else's records come
/// between: who may see a few of a million reads a few.
fn chosen(within: &Within<'_>, query: &Query) -> Result<Plan, Refusal> {
    let (best, narrow) = plans(within.object, query, within.asking);
    if best.covered || narrow.is_empty() || length(within, query, &best)?.is_some() {
        return Ok(best);
    }
    let mut shortest: Option<(usize, Plan)> = None;
    for plan in narrow {
        let Some(length) = length(within, query, &plan)? else { continue };
        if shortest.as_ref().is_none_or(|(least, _)| length < *least) {
            shortest = Some((length, plan));
        }
    }
    Ok(shortest.map_or(best, |(_, plan)| plan))
}

/// How many candidates a plan has; `None` when they are more than a few.
fn length(within: &Within<'_>, query: &Query, plan: &Plan) -> Result<Option<usize>, Refusal> {
    let mut n = 0;
    let mut reader = Reader { within, query, read: 0 };
    reader.walk(plan, Order::Forward, None, &mut |_, _| {
        n += 1;
        Ok(if n > FEW { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok((n <= FEW).then_some(n))
}

/// The first of each branch, merged: what is among the first of all is among the first of its branch.
fn merged(within: &Within<'_>, (query, branches): (&Query, &[Query])) -> Result<First, Refusal> {
    let (mut records, mut plans, mut read) = (Vec::new(), Vec::new(), 0);
    for branch in branches {
        let (first, plan, cost) = first_of(within, branch)?;
        records.extend(first.into_iter().map(|record| Ranked { rank: rank(&record, &query.sort), record }));
        plans.push(plan);
        read += cost;
    }
    records.sort();
    // The rank ends with the id.
    records.dedup_by(|a, b| a.rank == b.rank);
    records.truncate(query.limit.saturating_add(1));
    let plan = match plans.pop() {
        Some(only) if plans.is_empty() => only,
        last => {
            plans.extend(last);
            Plan { access: Access::Union(plans), sorted: true, covered: false }
        }
    };
    Ok((records.into_iter().map(|ranked| ranked.record).collect(), plan, read))
}

/// Counts matching records up to `cap`; the flag says whether the count is exact.
///
/// # Errors
/// When the store fails or a record is damaged.
pub fn count(
    view: &dyn View,
    release: &Release,
    object: Name,
    filter: &Filter,
    cap: usize,
    asking: &Asking,
) -> Result<(usize, bool), Refusal> {
    let query = Query { object, filter: filter.clone(), sort: Vec::new(), limit: usize::MAX, after: None };
    let known = release.object(object)?;
    let within = Within::of(view, release, known, &query, asking)?;
    let branches = branches(known, &query, &within.rows, asking).unwrap_or_else(|| vec![whole(&query, &within.rows)]);
    let several = branches.len() > 1;
    let mut seen = HashSet::new();
    let mut n = 0;
    for query in &branches {
        let plan = chosen(&within, query)?;
        let covered = plan.covered;
        let mut reader = Reader { within: &within, query, read: 0 };
        reader.walk(&plan, Order::Forward, None, &mut |reader, id| {
            if (covered || reader.load(id)?.is_some()) && (!several || seen.insert(id)) {
                n += 1;
            }
            Ok(if n > cap { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
    }
    Ok((n.min(cap), n <= cap))
}

/// The records among which are all that match and lie within these rows, each once, by the ranges of indexes that hold
/// the fewest; `None` when every record has to be looked at anyway. None of them is read.
///
/// # Errors
/// When the store fails.
pub(crate) fn ids(
    view: &dyn View,
    release: &Release,
    object: &Object,
    (filter, rows): (&Filter, &Filter),
    asking: &Asking,
) -> Result<Option<Vec<RecordId>>, Refusal> {
    let query = Query { object: object.name, filter: filter.clone(), sort: Vec::new(), limit: usize::MAX, after: None };
    let within = Within { view, release, object, asking, filter, rows: rows.clone() };
    let branches = branches(object, &query, rows, asking).unwrap_or_else(|| vec![whole(&query, rows)]);
    let mut ids = Vec::new();
    for query in &branches {
        let plan = chosen(&within, query)?;
        if plan.access == Access::Everything {
            return Ok(None);
        }
        Reader { within: &within, query, read: 0 }.walk(&plan, Order::Forward, None, &mut |_, id| {
            ids.push(id);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

struct Reader<'a> {
    within: &'a Within<'a>,
    /// The query with one way in which a row can be theirs.
    query: &'a Query,
    read: usize,
}

/// What to do with the id of each candidate.
type Each<'r, 'a> = dyn FnMut(&mut Reader<'a>, RecordId) -> Result<ControlFlow<()>, Refusal> + 'r;

impl<'a> Reader<'a> {
    fn wanted(&self) -> usize {
        self.query.limit.saturating_add(1)
    }

    fn in_order(&mut self, plan: &Plan) -> Result<Vec<Record>, Refusal> {
        let mut records = Vec::new();
        let wanted = self.wanted();
        let reverse = self.query.sort.first().is_none_or(|(_, descending)| *descending);
        let order = if reverse { Order::Reverse } else { Order::Forward };
        // A unique key has no place in the order: a record that is found by it is compared with where the page begins.
        let after = self.query.after.clone().filter(|_| matches!(plan.access, Access::Unique { .. }));
        let sort = self.query.sort.clone();
        let is_after =
            |record: &Record| after.as_ref().is_none_or(|a| rank_of(&a.sort, a.id, &sort) < rank(record, &sort));
        self.walk(plan, order, self.query.after.as_ref(), &mut |reader, id| {
            records.extend(reader.load(id)?.filter(is_after));
            Ok(if records.len() >= wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(records)
    }

    /// Reads every match and keeps the first ones in order.
    fn sorted(&mut self, plan: &Plan) -> Result<Vec<Record>, Refusal> {
        let (sort, after, wanted) = (self.query.sort.clone(), self.query.after.clone(), self.wanted());
        let mut heap: BinaryHeap<Ranked> = BinaryHeap::new();
        self.walk(plan, Order::Forward, None, &mut |reader, id| {
            if let Some(record) = reader.load(id)? {
                let ranked = Ranked { rank: rank(&record, &sort), record };
                if after.as_ref().is_none_or(|after| rank_of(&after.sort, after.id, &sort) < ranked.rank) {
                    heap.push(ranked);
                    if heap.len() > wanted {
                        heap.pop();
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(heap.into_sorted_vec().into_iter().map(|ranked| ranked.record).collect())
    }

    /// The record, if it exists, matches, and may be seen.
    fn load(&mut self, id: RecordId) -> Result<Option<Record>, Refusal> {
        self.read += 1;
        let Within { view, release, object, asking, filter, rows } = self.within;
        let Some(record) = load(*view, release, object.name, id)? else { return Ok(None) };
        let matches = matches_with(filter, &record, asking, &mut through_seen(*view, release, asking))?
            && matches_with(rows, &record, asking, &mut through(*view, release))?;
        Ok(matches.then_some(record))
    }

    /// Calls `each` for every candidate in key order, beginning after `after`.
    fn walk(
        &mut self,
        plan: &Plan,
        order: Order,
        after: Option<&Cursor>,
        each: &mut Each<'_, 'a>,
    ) -> Result<(), Refusal> {
        let table = self.within.release.number(self.within.object.name)?;
        let (mut start, mut end) = match &plan.access {
            Access::Unique { key, values } => {
                let Within { view, release, object, .. } = self.within;
                let unique = object.uniques.iter().find(|unique| unique.name == *key);
                let place = unique.map(|unique| release.unique_key(object, unique, values)).transpose()?;
                if let Some(id) = place.map_or(Ok(None), |place| unique::holder_at(*view, &place))? {
                    let _flow = each(self, id)?;
                }
                return Ok(());
            }
            Access::Union(plans) => {
                return plans.iter().try_for_each(|plan| self.walk(plan, order, after, each));
            }
            Access::Everything => record::range(table),
            Access::Index { index, equal, low, high } => {
                self.index_range(table, *index, equal, low.as_ref(), high.as_ref())?
            }
        };
        if let Some(after) = after {
            let place = match &plan.access {
                Access::Index { index, equal, .. } => {
                    let equal = self.in_index(*index, equal)?;
                    let mut place =
                        index::prefix(table, self.within.release.number(*index)?, &equal.iter().collect::<Vec<_>>());
                    after.sort.iter().for_each(|value| place.extend_from_slice(value));
                    place.extend_from_slice(&after.id.bytes());
                    place
                }
                _ => record::key(table, after.id),
            };
            match order {
                Order::Forward => start = [place.as_slice(), &[0]].concat(),
                Order::Reverse => end = place,
            }
        }
        if start >= end {
            return Ok(());
        }
        self.scan(&start, &end, order, matches!(plan.access, Access::Everything), each)
    }

    /// Values of the first fields of an index as they stand in its keys.
    fn in_index(&self, name: Name, values: &[Value]) -> Result<Vec<Value>, Error> {
        let Within { release, object, .. } = self.within;
        object.index(name).map_or(Ok(values.to_vec()), |by| release.in_keys(object, &by.fields, values))
    }

    fn index_range(
        &self,
        table: u16,
        name: Name,
        equal: &[Value],
        low: Option<&(Value, bool)>,
        high: Option<&(Value, bool)>,
    ) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
        let number = self.within.release.number(name)?;
        let equal = self.in_index(name, equal)?;
        let equal: Vec<&Value> = equal.iter().collect();
        let prefix = |next: Option<&Value>| {
            let mut values = equal.clone();
            values.extend(next);
            index::prefix(table, number, &values)
        };
        let start = match low {
            Some((value, true)) => prefix(Some(value)),
            Some((value, false)) => Key::prefix_end(&prefix(Some(value))),
            // An empty field is less than everything; comparisons never hold for it.
            None if high.is_some() => Key::prefix_end(&prefix(Some(&Value::Null))),
            None => prefix(None),
        };
        let end = match high {
            Some((value, true)) => Key::prefix_end(&prefix(Some(value))),
            Some((value, false)) => prefix(Some(value)),
            None => Key::prefix_end(&prefix(None)),
        };
        Ok((start, end))
    }

    fn scan(
        &mut self,
        start: &[u8],
        end: &[u8],
        order: Order,
        records: bool,
        each: &mut Each<'_, 'a>,
    ) -> Result<(), Refusal> {
        let mut failure: Option<Refusal> = None;
        let view = self.within.view;
        view.scan(start, end, order, &mut |key, _| {
            let id = if records { record::id_of(key) } else { index::id_of(key) };
            match id.map_err(Refusal::from).and_then(|id| each(self, id)) {
                Ok(flow) => flow,
                Err(refusal) => {
                    failure = Some(refusal);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(()), Err)
    }
}

/// One stored record.
///
/// # Errors
/// When the store fails or the record is damaged.
pub(crate) fn load(view: &dyn View, release: &Release, object: Name, id: RecordId) -> Result<Option<Record>, Error> {
    let table = release.number(object)?;
    view.get(&record::key(table, id))?.map(|bytes| record::decode(object, id, &bytes, &release.symbols)).transpose()
}

/// Reads fields of other records.
fn through<'a>(
    view: &'a dyn View,
    release: &'a Release,
) -> impl FnMut(Name, RecordId, Name) -> Result<Value, Refusal> + 'a {
    move |object, id, field| {
        Ok(load(view, release, object, id)?.map_or(Value::Null, |record| crate::decider::field_of(&record, field)))
    }
}

/// As [`through`]; what whoever asks does not see in full is empty.
fn through_seen<'a>(
    view: &'a dyn View,
    release: &'a Release,
    asking: &'a Asking,
) -> impl FnMut(Name, RecordId, Name) -> Result<Value, Refusal> + 'a {
    move |object, id, field| {
        let Some(record) = load(view, release, object, id)? else { return Ok(Value::Null) };
        if let Granted::By(access) = &asking.granted {
            let covering = access.covering(access::READ, &record, asking, &mut through(view, release))?;
            let value = crate::decider::field_of(&record, field);
            return Ok(access::sight_by(&covering).in_full(field, value));
        }
        Ok(crate::decider::field_of(&record, field))
    }
}

/// A record with its place in a sort.
struct Ranked {
    rank: Vec<u8>,
    record: Record,
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

/// Bytes that sort records as asked: each value's bytes, inverted where the order is descending, then the id.
fn rank(record: &Record, sort: &[(Name, bool)]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = sort.iter().map(|(field, _)| value_bytes(record, *field)).collect();
    rank_of(&values, record.id, sort)
}

fn rank_of(values: &[Vec<u8>], id: RecordId, sort: &[(Name, bool)]) -> Vec<u8> {
    let mut rank = Vec::new();
    for (value, (_, descending)) in values.iter().zip(sort) {
        push_ranked(&mut rank, value, *descending);
    }
    push_ranked(&mut rank, &id.bytes(), sort.last().is_none_or(|(_, descending)| *descending));
    rank
}

fn push_ranked(rank: &mut Vec<u8>, bytes: &[u8], descending: bool) {
    if descending {
        rank.extend(bytes.iter().map(|byte| !byte));
    } else {
        rank.extend_from_slice(bytes);
    }
}
