//! Reading and checking mapping files.

mod column;

use std::path::{Path, PathBuf};

use formwork_catalog::{
    catalog::Catalog,
    object::Object,
    parse_value::{ParseContext, parse_text},
};
use formwork_definition::yaml::Node;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
};
use formwork_runtime::command::ImportMode;
use serde_json::Value as Json;

use super::{Column, From, Mapping, Then};
use crate::{
    error::Error,
    expression::RowCompiler,
    read_tree::{self, Entries, Word, items, read_file, word},
    rows,
};

const KEYS: &[&str] = &["import", "object", "from", "sheet", "key", "mode", "columns", "set", "then"];
const THEN: &[&str] = &["when", "act", "input"];

pub(super) fn parse(path: &Path, text: &str, from: Option<&Path>, catalog: &Catalog) -> Result<Mapping, Error> {
    let mut failure = None;
    let parsed = read_file(&path.display().to_string(), text, |tree, sources, out| {
        let entries = Entries::of(tree, KEYS, out)?;
        let head = Head::read(path, &entries, from, catalog, out)?;
        let header = match rows::open(&head.from, head.sheet.as_deref()) {
            Ok(rows) => rows.header().to_vec(),
            Err(error) => {
                failure = Some(error);
                return None;
            }
        };
        let titles: Vec<Name> = header.iter().map(|title| Name::intern(title)).collect();
        let object = catalog.object(head.object)?;
        let compiler = RowCompiler::new(catalog, sources, &titles, out);
        let body = Body { catalog, object, header: &header, compiler };
        let columns = body.columns(&entries, out);
        let set = body.set(&entries, out);
        let then = body.then(&entries, out);
        let mapping = Mapping {
            name: head.name,
            object: head.object,
            from: head.from,
            sheet: head.sheet,
            key: body.key(&entries, &columns, &set, out),
            mode: mode(&entries, out).unwrap_or(ImportMode::Skip),
            titles,
            columns,
            set,
            then,
        };
        Some(mapping)
    });
    match failure {
        Some(failure) => Err(failure),
        None => parsed,
    }
}

/// What has to be known before the data file can be opened.
struct Head {
    name: String,
    object: Name,
    from: PathBuf,
    sheet: Option<String>,
}

impl Head {
    fn read(
        path: &Path,
        entries: &Entries<'_>,
        from: Option<&Path>,
        catalog: &Catalog,
        out: &mut Diagnostics,
    ) -> Option<Self> {
        let name = entries.needed("import", out);
        let object = entries.needed("object", out).and_then(|word| read_tree::object(catalog, &word, out));
        let from = match from {
            Some(from) => Some(from.to_owned()),
            None => {
                let written = entries.needed("from", out)?;
                Some(path.parent().unwrap_or(Path::new("")).join(&*written.value))
            }
        };
        let sheet = entries.text("sheet", out).map(|word| word.value.to_string());
        Some(Self { name: name?.value.to_string(), object: object?, from: from?, sheet })
    }
}

fn mode(entries: &Entries<'_>, out: &mut Diagnostics) -> Option<ImportMode> {
    let word = entries.text("mode", out)?;
    match &*word.value {
        "skip" => Some(ImportMode::Skip),
        "update" => Some(ImportMode::Update),
        "update_only" => Some(ImportMode::UpdateOnly),
        wrong => {
            let known = ["skip", "update", "update_only"];
            out.push(
                Diagnostic::error(
                    code!("unknown-option"),
                    word.span,
                    text!(
                        "`{wrong}` is none of skip, update, update_only",
                        "`{wrong}` 不是 skip、update、update_only 之一"
                    ),
                )
                .suggest(nearest(wrong, known)),
            );
            None
        }
    }
}

struct Body<'a> {
    catalog: &'a Catalog,
    object: &'a Object,
    header: &'a [String],
    compiler: RowCompiler<'a>,
}

impl Body<'_> {
    /// The position of a column in the file.
    fn index(&self, word: &Word, out: &mut Diagnostics) -> Option<usize> {
        let found = self.header.iter().position(|title| **title == *word.value);
        if found.is_none() {
            let wrong = &word.value;
            out.push(
                Diagnostic::error(
                    code!("missing-column"),
                    word.span,
                    text!("the data file has no column `{wrong}`", "数据文件没有列 `{wrong}`"),
                )
                .suggest(nearest(wrong, self.header.iter().map(String::as_str))),
            );
        }
        found
    }

    fn field(&self, word: &Word, out: &mut Diagnostics) -> Option<Name> {
        read_tree::field(self.catalog, self.object.name, word, out)
    }

    fn set(&self, entries: &Entries<'_>, out: &mut Diagnostics) -> Vec<(Name, From)> {
        let Some(set) = entries.get("set").and_then(|node| Entries::any(node, out)) else { return Vec::new() };
        set.pairs
            .iter()
            .filter_map(|(field, node)| {
                let field = self.field(field, out)?;
                let word = word(node, out)?;
                if word.value.starts_with('=') {
                    return Some((field, From::Program(Box::new(self.compiler.compile(&word, out)?))));
                }
                self.check_literal(field, &word, out);
                Some((field, From::Literal(Json::String(word.value.to_string()))))
            })
            .collect()
    }

    fn check_literal(&self, field: Name, word: &Word, out: &mut Diagnostics) {
        let Some(kind) = self.object.field(field).map(|field| &field.kind) else { return };
        let context = ParseContext { zone: self.catalog.book.zone.clone() };
        if matches!(kind, FieldType::Ref(_) | FieldType::Refs(_)) {
            return;
        }
        match parse_text(kind, &word.value, &context) {
            Ok(_) => {}
            Err(bad) => {
                out.push(Diagnostic::error(bad.code, word.span, bad.message).suggest(bad.near.as_deref()));
            }
        }
    }

    fn then(&self, entries: &Entries<'_>, out: &mut Diagnostics) -> Vec<Then> {
        let steps = entries.get("then").map(items).unwrap_or_default();
        steps.iter().filter_map(|node| self.step(node, out)).collect()
    }

    fn step(&self, node: &Node, out: &mut Diagnostics) -> Option<Then> {
        let entries = Entries::of(node, THEN, out)?;
        let act = entries.needed("act", out)?;
        let act = read_tree::action(self.catalog, self.object.name, &act, out);
        let when = match entries.text("when", out) {
            Some(word) => Some(self.compiler.compile(&word, out)?),
            None => None,
        };
        let input = entries.get("input").and_then(|node| Entries::any(node, out));
        let pairs = input.map(|input| input.pairs).unwrap_or_default();
        let input = pairs.iter().filter_map(|(name, node)| {
            read_tree::action_input(self.catalog, self.object.name, act?, name, out);
            let word = word(node, out)?;
            let from = if word.value.starts_with('=') {
                From::Program(Box::new(self.compiler.compile(&word, out)?))
            } else {
                From::Column(self.index(&word, out)?)
            };
            Some((Name::find(&name.value)?, from))
        });
        let input = input.collect();
        Some(Then { when, act: act?, input })
    }

    fn key(
        &self,
        entries: &Entries<'_>,
        columns: &[Column],
        set: &[(Name, From)],
        out: &mut Diagnostics,
    ) -> Option<Name> {
        let later = columns.iter().any(|column| column.later);
        let Some(word) = entries.text("key", out) else {
            if later || entries.get("mode").is_some() {
                out.push(Diagnostic::error(
                    code!("missing-key"),
                    entries.span.within(entries.span.start as usize, entries.span.start as usize + 1),
                    text!("`mode` and `later` need a `key`", "使用 `mode` 或 `later` 时必须写 `key`"),
                ));
            }
            return None;
        };
        let key = self.field(&word, out)?;
        let found = self.object.uniques.iter().any(|unique| unique.fields == [key])
            || self.object.indexes.iter().any(|index| index.lines.is_none() && index.fields.first() == Some(&key));
        let filled = columns.iter().any(|column| column.field == key && !column.later)
            || set.iter().any(|(field, _)| *field == key);
        if !found || !filled {
            out.push(Diagnostic::error(
                code!("bad-value"),
                word.span,
                text!(
                    "`{key}` can't be the key: it must be unique or indexed, and filled by a column",
                    "`{key}` 不能作为键：它必须唯一或有索引，并由某一列填写"
                ),
            ));
        }
        Some(key)
    }
}
