//! Ledger entries of a command, balances as they will be, and the limits no commit may break.

use formwork_catalog::ledger::{Ledger, Limit};
use formwork_model::{code, name::Name, record::Fields, text, value::Value};
use formwork_script::{handle::Handle, program::Vars, val::Val};
use formwork_store::{
    key::Key as StoreKey,
    store::Order,
    table::ledger::{self, Balance, LedgerEntry},
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// One entry this command posts.
#[derive(Debug, Clone)]
pub(crate) struct Posting {
    pub(crate) ledger: Name,
    pub(crate) dimensions: Vec<Value>,
    pub(crate) amount: Decimal,
    pub(crate) date: Date,
    pub(crate) note: String,
    pub(crate) kind: &'static str,
    pub(crate) about: Option<Key>,
}

/// Every entry this command posts.
pub(crate) type Postings = Vec<Posting>;

impl Decider<'_> {
    /// Posts one entry.
    pub(crate) fn post_entry(
        &self,
        ledger: Name,
        dimensions: &Fields,
        amount: Decimal,
        date: Option<Date>,
        note: Option<&str>,
        about: Option<Key>,
    ) -> Result<(), Refusal> {
        self.post_kind("entry", ledger, dimensions, amount, date, note, about)
    }

    /// Posts one opening value: refused once there is any other entry for these dimensions.
    pub(crate) fn post_opening(
        &self,
        ledger: Name,
        dimensions: &Fields,
        amount: Decimal,
        date: Option<Date>,
        note: Option<&str>,
    ) -> Result<(), Refusal> {
        let known = self.known_ledger(ledger)?;
        let values = self.dimension_values(known, dimensions)?;
        let posted = |posting: &Posting| posting.ledger == ledger && posting.dimensions == values;
        if self.stored_balance(known, &values)?.entries > 0 || self.postings.borrow().iter().any(posted) {
            return Err(Rejection::new(
                Kind::Conflict,
                code!("ledger-opened"),
                text!("an opening value can only be given before the first entry", "只能在第一笔分录之前录入期初值"),
            )
            .into());
        }
        self.post_kind("opening", ledger, dimensions, amount, date, note, None)
    }

    #[expect(clippy::too_many_arguments, reason = "the two callers above name every one of them")]
    fn post_kind(
        &self,
        kind: &'static str,
        ledger: Name,
        dimensions: &Fields,
        amount: Decimal,
        date: Option<Date>,
        note: Option<&str>,
        about: Option<Key>,
    ) -> Result<(), Refusal> {
        let known = self.known_ledger(ledger)?;
        let values = self.dimension_values(known, dimensions)?;
        let amount = match formwork_script::convert::coerce_value(Value::Decimal(amount), &known.amount)?.as_decimal() {
            Some(amount) => amount,
            None => return Ok(()),
        };
        self.fire(format!("post {ledger}"), format!("{{\"amount\":\"{amount}\"}}"));
        let note = note.unwrap_or_default().to_owned();
        let date = date.unwrap_or(self.today);
        self.postings.borrow_mut().push(Posting { ledger, dimensions: values, amount, date, note, kind, about });
        Ok(())
    }

    /// The ledger as the live release has it; one that only an earlier release has, as that has it.
    pub(crate) fn known_ledger(&self, name: Name) -> Result<&Ledger, Refusal> {
        self.catalogs().find_map(|catalog| catalog.ledgers.get(&name)).map(AsRef::as_ref).ok_or_else(|| {
            Rejection::new(
                Kind::NotFound,
                code!("unknown-ledger"),
                text!("there is no ledger `{name}`", "没有账本 `{name}`"),
            )
            .into()
        })
    }

    /// Every dimension's value, in the ledger's order; all are required.
    fn dimension_values(&self, ledger: &Ledger, given: &Fields) -> Result<Vec<Value>, Refusal> {
        let mut values = Vec::with_capacity(ledger.dimensions.len());
        for dimension in &ledger.dimensions {
            let value = given.get(dimension.name);
            if value.is_empty() {
                let (ledger, name) = (ledger.name, dimension.name);
                return Err(Problem::new(
                    code!("missing-dimension"),
                    text!("ledger `{ledger}` needs a value for `{name}`", "账本 `{ledger}` 需要维度 `{name}`"),
                )
                .field(name.as_str())
                .reject(Kind::Invalid)
                .into());
            }
            values.push(value.clone());
        }
        Ok(values)
    }

    fn stored_balance(&self, ledger: &Ledger, dimensions: &[Value]) -> Result<Balance, Refusal> {
        let refs: Vec<&Value> = dimensions.iter().collect();
        match self.view.get(&ledger::balance_key(self.release.number(ledger.name)?, &refs))? {
            Some(bytes) => Ok(ledger::decode_balance(&bytes)?),
            None => Ok(Balance::default()),
        }
    }

    /// The balance over leading dimensions, with what this command posts.
    fn balance_over(&self, ledger: &Ledger, leading: &[Value]) -> Result<Decimal, Refusal> {
        let mut total = Decimal::ZERO;
        if leading.len() == ledger.dimensions.len() {
            total += self.stored_balance(ledger, leading)?.total;
        } else {
            let refs: Vec<&Value> = leading.iter().collect();
            let prefix = ledger::balance_prefix(self.release.number(ledger.name)?, &refs);
            total += self.sum_balances(&prefix)?;
        }
        let postings = self.postings.borrow();
        let own =
            postings.iter().filter(|posting| posting.ledger == ledger.name && posting.dimensions.starts_with(leading));
        Ok(total + own.map(|posting| posting.amount).sum::<Decimal>())
    }

    fn sum_balances(&self, prefix: &[u8]) -> Result<Decimal, Refusal> {
        let mut total = Decimal::ZERO;
        let mut bad = None;
        self.view.scan(prefix, &StoreKey::prefix_end(prefix), Order::Forward, &mut |_, bytes| {
            match ledger::decode_balance(bytes) {
                Ok(balance) => {
                    total += balance.total;
                    std::ops::ControlFlow::Continue(())
                }
                Err(error) => {
                    bad = Some(error);
                    std::ops::ControlFlow::Break(())
                }
            }
        })?;
        bad.map_or(Ok(total), |error| Err(error.into()))
    }

    /// The `balance()` of expressions: over the dimensions that are given, in any position.
    pub(crate) fn ledger_balance(&self, name: Name, given: &Fields, at: Option<Date>) -> Result<Decimal, Refusal> {
        let known = self.known_ledger(name)?;
        let leading: Vec<Value> = known
            .dimensions
            .iter()
            .map(|dimension| given.get(dimension.name).clone())
            .take_while(|value| !value.is_empty())
            .collect();
        let given_count = given.iter().count();
        if at.is_none() && leading.len() == given_count {
            return self.balance_over(known, &leading);
        }
        let wanted: Vec<Value> = known.dimensions.iter().map(|dimension| given.get(dimension.name).clone()).collect();
        let stored = crate::ledger::sum_at(self.view, self.release, known, &wanted, at)?;
        let postings = self.postings.borrow();
        let own = postings.iter().filter(|posting| {
            posting.ledger == name
                && at.is_none_or(|at| posting.date <= at)
                && wanted.iter().zip(&posting.dimensions).all(|(want, have)| want.is_empty() || want.same(have))
        });
        Ok(stored + own.map(|posting| posting.amount).sum::<Decimal>())
    }

    /// Refuses a commit that leaves a ledger unbalanced or outside its limits.
    pub(crate) fn check_ledgers(&self) -> Result<(), Refusal> {
        if self.postings.borrow().is_empty() {
            return Ok(());
        }
        let touched: Vec<(Name, Vec<Value>)> =
            self.postings.borrow().iter().map(|posting| (posting.ledger, posting.dimensions.clone())).collect();
        let mut ledgers: Vec<Name> = touched.iter().map(|(name, _)| *name).collect();
        ledgers.sort_unstable();
        ledgers.dedup();
        for name in ledgers {
            let ledger = self.known_ledger(name)?;
            self.check_balanced(ledger)?;
            for limit in &ledger.limits {
                let mut checked: Vec<&[Value]> = Vec::new();
                for (_, dimensions) in touched.iter().filter(|(name, _)| *name == ledger.name) {
                    let leading = dimensions.get(..limit.over).unwrap_or(dimensions);
                    if !checked.contains(&leading) {
                        checked.push(leading);
                        self.check_limit(ledger, limit, leading)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn check_balanced(&self, ledger: &Ledger) -> Result<(), Refusal> {
        let postings = self.postings.borrow();
        let sum: Decimal = postings
            .iter()
            .filter(|posting| posting.ledger == ledger.name && posting.kind == "entry")
            .map(|posting| posting.amount)
            .sum();
        if !ledger.balanced || sum.is_zero() {
            return Ok(());
        }
        let name = ledger.name;
        Err(Problem::new(
            code!("unbalanced-posting"),
            text!(
                "the entries in `{name}` must sum to zero, they sum to {sum}",
                "账本 `{name}` 的分录合计应为零，现为 {sum}"
            ),
        )
        .rule(name.as_str())
        .reject(Kind::Invalid)
        .into())
    }

    fn check_limit(&self, ledger: &Ledger, limit: &Limit, leading: &[Value]) -> Result<(), Refusal> {
        let balance = self.balance_over(ledger, leading)?;
        let mut vars = Vars::new();
        vars.set("balance", Val::Dec(balance));
        vars.set("user", self.user());
        if let Some(of) = limit.of
            && let (Some(Value::Ref(id)), Some(dimension)) = (leading.get(of), ledger.dimensions.get(of))
            && let formwork_model::field_type::FieldType::Ref(object) = &dimension.kind
        {
            vars.set("this", Handle::Record(*object, *id));
        }
        let bound = |source: &Option<formwork_catalog::source::Source>| {
            source
                .as_ref()
                .map(|source| self.value(source, &ledger.amount, &vars))
                .transpose()
                .map(|value| value.and_then(|value| value.as_decimal()))
        };
        let (min, max) = (bound(&limit.min)?, bound(&limit.max)?);
        if min.is_none_or(|min| balance >= min) && max.is_none_or(|max| balance <= max) {
            return Ok(());
        }
        self.fire(format!("limit {}.{}", ledger.name, limit.name), format!("{{\"balance\":\"{balance}\"}}"));
        Err(Problem::new(code!("ledger-limit"), limit.say.clone())
            .rule(format!("{}.{}", ledger.name, limit.name))
            .reject(Kind::Conflict)
            .into())
    }

    /// The keys and values of the entries and balances.
    pub(crate) fn write_postings(&self, writes: &mut Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), Refusal> {
        let mut balances: Vec<(Vec<u8>, Balance)> = Vec::new();
        for (n, posting) in self.postings.borrow().iter().enumerate() {
            let number = self.release.number(posting.ledger)?;
            let refs: Vec<&Value> = posting.dimensions.iter().collect();
            let record =
                posting.about.map(|(object, id)| self.release.number(object).map(|table| (table, id))).transpose()?;
            let entry = LedgerEntry {
                amount: posting.amount,
                record,
                kind: posting.kind.to_owned(),
                note: posting.note.clone(),
            };
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            writes.push((
                ledger::entry_key(number, &refs, posting.date, self.seq, n),
                Some(ledger::encode_entry(&entry)),
            ));
            let key = ledger::balance_key(number, &refs);
            let place = match balances.iter().position(|(known, _)| *known == key) {
                Some(place) => place,
                None => {
                    let stored = self.view.get(&key)?.map(|bytes| ledger::decode_balance(&bytes)).transpose()?;
                    balances.push((key, stored.unwrap_or_default()));
                    balances.len() - 1
                }
            };
            if let Some((_, balance)) = balances.get_mut(place) {
                balance.total += posting.amount;
                balance.entries += 1;
            }
        }
        writes.extend(balances.into_iter().map(|(key, balance)| (key, Some(ledger::encode_balance(balance)))));
        Ok(())
    }
}
