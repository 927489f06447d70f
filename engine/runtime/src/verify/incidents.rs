//! Open incidents against the keys that find them by what they are about.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_model::{id::RecordId, text};
use formwork_store::{
    store::{Order, View},
    table::incident,
};

use super::Verdict;
use crate::{rejection::Refusal, release::Release};

pub(super) fn verify(view: &dyn View, release: &Release, verdict: &mut Verdict) -> Result<(), Refusal> {
    let mut expected: HashMap<Vec<u8>, RecordId> = HashMap::new();
    for open in [true, false] {
        let (start, end) = incident::range(open);
        let mut read = Vec::new();
        view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
            read.push(incident::id_of(key).and_then(|id| incident::decode(id, bytes, &release.symbols)));
            ControlFlow::Continue(())
        })?;
        for incident in read {
            let incident = match incident {
                Ok(incident) => incident,
                Err(error) => {
                    verdict.find(text!("an incident can't be read: {error}", "一条异常无法读取：{error}"));
                    continue;
                }
            };
            let id = incident.id;
            if incident.end.is_some() == open {
                verdict.find(text!("incident {id} lies among the wrong ones", "异常 {id} 存放位置不对"));
            }
            if open {
                let table = incident.about.record.map(|(object, _)| release.number(object)).transpose()?;
                expected.insert(incident::about_key(incident.what, &incident.about, table), id);
            }
        }
    }
    let (start, end) = incident::about_range();
    let mut found = Vec::new();
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        found.push((key.to_vec(), incident::decode_about(bytes).ok()));
        ControlFlow::Continue(())
    })?;
    verdict.keys += found.len() as u64;
    for (key, id) in found {
        if expected.remove(&key) != id {
            verdict.find(text!("an incident's key leads to no open incident", "异常的索引键没有对应的未处理异常"));
        }
    }
    for id in expected.into_values() {
        verdict.find(text!("incident {id} can't be found by what it is about", "异常 {id} 无法按其对象查到"));
    }
    Ok(())
}
