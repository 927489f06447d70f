//! Ledger balances against the sum of their entries.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_catalog::ledger::Ledger;
use formwork_model::text;
use formwork_store::{
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::ledger,
};
use rust_decimal::Decimal;

use super::Verdict;
use crate::{rejection::Refusal, release::Release};

pub(super) fn verify(view: &dyn View, release: &Release, known: &Ledger, verdict: &mut Verdict) -> Result<(), Refusal> {
    let number = release.number(known.name)?;
    let mut sums: HashMap<Vec<u8>, (Decimal, u64)> = HashMap::new();
    crate::ledger::each_line(view, release, known, &[], &mut |line| {
        match line {
            Ok(line) => {
                let key = ledger::balance_key(number, &line.dimensions.iter().collect::<Vec<_>>());
                let sum = sums.entry(key).or_default();
                sum.0 += line.amount;
                sum.1 += 1;
            }
            Err(error) => {
                let name = known.name;
                verdict.find(text!(
                    "an entry of ledger {name} can't be read: {error}",
                    "账本 {name} 的一条分录无法读取：{error}"
                ));
            }
        }
        ControlFlow::Continue(())
    })?;
    let prefix = ledger::balance_prefix(number, &[]);
    let mut kept: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    view.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |key, bytes| {
        kept.push((key.to_vec(), bytes.to_vec()));
        ControlFlow::Continue(())
    })?;
    for (key, bytes) in kept {
        verdict.balances += 1;
        let (sum, entries) = sums.remove(&key).unwrap_or_default();
        let balance = match ledger::decode_balance(&bytes) {
            Ok(balance) => balance,
            Err(error) => {
                let (name, place) = (known.name, dimensions(&key, known));
                verdict.find(text!(
                    "ledger {name} ({place}): the balance can't be read: {error}",
                    "账本 {name}（{place}）：余额无法读取：{error}"
                ));
                continue;
            }
        };
        if balance.total != sum || balance.entries != entries {
            let (name, place, total) = (known.name, dimensions(&key, known), balance.total);
            verdict.find(text!(
                "ledger {name} ({place}): the balance is {total}, its entries sum to {sum}",
                "账本 {name}（{place}）：余额为 {total}，分录合计为 {sum}"
            ));
        }
    }
    for key in sums.into_keys() {
        let (name, place) = (known.name, dimensions(&key, known));
        verdict.find(text!(
            "ledger {name} ({place}) has entries but no balance",
            "账本 {name}（{place}）有分录但没有余额"
        ));
    }
    Ok(())
}

fn dimensions(key: &[u8], known: &Ledger) -> String {
    let Ok(mut reader) = KeyReader::new(key, KeyKind::LedgerBalance) else { return String::new() };
    if reader.u16().is_err() {
        return String::new();
    }
    known
        .dimensions
        .iter()
        .map_while(|_| reader.value().ok())
        .map(|value| value.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
