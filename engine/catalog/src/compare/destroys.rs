//! What a release takes away: definitions that data, or other systems, may still depend on.

use formwork_model::{text, text::Text};

use crate::{
    catalog::Catalog,
    object::{Field, Object},
};

/// Everything that `now` takes away from `before`, in words.
pub fn destroys(before: &Catalog, now: &Catalog) -> Vec<Text> {
    let mut found = Vec::new();
    for (name, object) in &before.objects {
        match now.object(*name) {
            None => found.push(text!(
                "the object `{name}` is removed: its records stay in the store and can't be reached",
                "删除对象 `{name}`：其记录仍保存，但无法访问"
            )),
            Some(other) => in_object(object, other, &mut found),
        }
    }
    for (name, flow) in &before.flows {
        let Some(other) = now.flows.get(name) else {
            found.push(text!(
                "the flow `{name}` is removed: running instances finish on their release, no new one starts",
                "删除流程 `{name}`：运行中的实例按原版本办完，不再新建"
            ));
            continue;
        };
        for node in flow.nodes.keys().filter(|node| other.node(**node).is_none()) {
            found.push(text!("the node `{name}.{node}` is removed", "删除节点 `{name}.{node}`"));
        }
    }
    for (name, ledger) in &before.ledgers {
        let Some(other) = now.ledgers.get(name) else {
            found.push(text!(
                "the ledger `{name}` is removed: its entries stay in the store and are not read",
                "删除账本 `{name}`：其分录仍保存，但不再读取"
            ));
            continue;
        };
        let names = |ledger: &crate::ledger::Ledger| ledger.dimensions.iter().map(|d| d.name).collect::<Vec<_>>();
        if names(ledger) != names(other) {
            found.push(text!(
                "the dimensions of the ledger `{name}` change: balances kept under the old ones are not found any more",
                "账本 `{name}` 的维度变化：按原维度保存的余额将无法找到"
            ));
        }
    }
    for name in before.tables.keys().filter(|name| !now.tables.contains_key(*name)) {
        found.push(text!("the table `{name}` is removed", "删除决策表 `{name}`"));
    }
    found
}

fn in_object(before: &Object, now: &Object, found: &mut Vec<Text>) {
    let object = before.name;
    let other = fields(now);
    for (path, field) in fields(before) {
        let Some((_, kept)) = other.iter().find(|(known, _)| *known == path) else {
            found.push(text!(
                "the field `{object}.{path}` is removed: its values stay in the records, apart",
                "删除字段 `{object}.{path}`：已有值仍保留在记录中，单独显示"
            ));
            continue;
        };
        let (from, to) = (field.kind.word(), kept.kind.word());
        if from != to {
            found.push(text!(
                "the field `{object}.{path}` changes from {from} to {to}: values that are there keep their old type until they are written again",
                "字段 `{object}.{path}` 由 {from} 改为 {to}：已有值在重新写入前保持原类型"
            ));
        }
        for option in field.kind.choices().unwrap_or_default() {
            let name = option.name;
            if kept.kind.choices().is_some_and(|options| !options.iter().any(|known| known.name == name)) {
                found.push(text!(
                    "the option `{name}` of `{object}.{path}` is removed",
                    "删除 `{object}.{path}` 的选项 `{name}`"
                ));
            }
        }
    }
    for unique in now.uniques.iter().filter(|unique| !before.uniques.iter().any(|known| known.fields == unique.fields))
    {
        let fields = unique.fields.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        found.push(text!(
            "`{object}` gets the unique key {fields}: the release does not go live when records share it",
            "`{object}` 新增唯一键 {fields}：若已有记录重复，版本不会生效"
        ));
    }
}

fn fields(object: &Object) -> Vec<(String, &Field)> {
    object.fields.iter().flat_map(flat).collect()
}

fn flat(field: &Field) -> Vec<(String, &Field)> {
    let lines = field.lines.iter().map(|line| (format!("{}.{}", field.name, line.name), line));
    std::iter::once((field.name.to_string(), field)).chain(lines).collect()
}
