//! The `columns:` of a mapping.

use formwork_definition::yaml::{Kind, Node};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
};

use super::Body;
use crate::{
    mapping::{Column, Lookup},
    read_tree::{self, Entries, Word, word},
};

const COLUMN: &[&str] = &["to", "by", "table", "date", "default", "skip_empty", "later"];

impl Body<'_> {
    /// The columns that go into fields.
    pub(super) fn columns(&self, entries: &Entries<'_>, out: &mut Diagnostics) -> Vec<Column> {
        let Some(columns) = entries.get("columns").and_then(|node| Entries::any(node, out)) else { return Vec::new() };
        columns.pairs.iter().filter_map(|(title, node)| self.column(title, node, out)).collect()
    }

    fn column(&self, title: &Word, node: &Node, out: &mut Diagnostics) -> Option<Column> {
        let index = self.index(title, out);
        let nothing = Entries { pairs: &[], span: node.span };
        let (to, entries) = match &node.kind {
            Kind::Scalar { .. } => (word(node, out), nothing),
            _ => {
                let entries = Entries::of(node, COLUMN, out)?;
                (entries.needed("to", out), entries)
            }
        };
        let field = to.and_then(|to| self.field(&to, out));
        let kind = self.object.field(field?)?.kind.clone();
        if kind == FieldType::Lines {
            read_tree::wrong_type(node.span, text!("no `lines` field", "非 `lines` 字段"), out);
            return None;
        }
        Some(Column {
            index: index?,
            field: field?,
            table: entries.text("table", out).and_then(|table| self.lookup(&table, out)),
            by: entries.text("by", out).and_then(|by| self.by(&kind, &by, out)),
            date: entries.text("date", out).map(|format| format.value),
            default: entries.text("default", out).map(|default| default.value),
            skip_empty: entries.boolean("skip_empty", out).unwrap_or(true),
            later: entries.boolean("later", out).unwrap_or(false),
            kind,
        })
    }

    fn by(&self, kind: &FieldType, word: &Word, out: &mut Diagnostics) -> Option<Name> {
        let (FieldType::Ref(to) | FieldType::Refs(to)) = kind else {
            read_tree::wrong_type(
                word.span,
                text!("`by` only where the field is a reference", "`by` 仅用于引用字段"),
                out,
            );
            return None;
        };
        if &*word.value == "number" {
            return Name::find("number");
        }
        read_tree::field(self.catalog, *to, word, out)
    }

    /// A table with one input.
    fn lookup(&self, word: &Word, out: &mut Diagnostics) -> Option<Lookup> {
        let wrong = &word.value;
        let Some(table) = Name::find(wrong).and_then(|name| self.catalog.tables.get(&name)) else {
            let names = self.catalog.tables.keys().map(|name| name.as_str());
            out.push(
                Diagnostic::error(
                    code!("unknown-table"),
                    word.span,
                    text!("there is no table `{wrong}`", "没有决策表 `{wrong}`"),
                )
                .suggest(nearest(wrong, names)),
            );
            return None;
        };
        match (table.inputs.as_slice(), table.outputs.as_slice(), table.hit.is_list()) {
            ([input], [output, ..], false) => {
                Some(Lookup { table: table.name, input: input.name, output: output.name })
            }
            _ => {
                out.push(Diagnostic::error(
                    code!("table-does-not-fit"),
                    word.span,
                    text!(
                        "a look-up needs a table with one input and one answer",
                        "查找需要只有一个输入、一个结果的决策表"
                    ),
                ));
                None
            }
        }
    }
}
