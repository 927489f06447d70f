//! Templates: compiled, and every field they name looked up.

use formwork_definition::{
    kind::{Defined, template::Template as Written},
    label::Label,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
    text::Language,
};
use handlebars::{
    Handlebars, Path,
    template::{HelperTemplate, Parameter, Template as Parsed, TemplateElement},
};

use crate::{
    object::system_field,
    resolve::{Linker, label, name, unknown},
    template::{Part, Reads, Template, engine, key},
    world::FieldNames,
};

/// The helpers a template may use; the first four have a block.
const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];
const HELPERS: [&str; 10] = ["eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len"];

/// The template; `None` when its object does not exist.
pub(crate) fn resolve_template(
    linker: &Linker<'_>,
    defined: &Defined<Written>,
    out: &mut Diagnostics,
) -> Option<Template> {
    let body = &defined.body;
    let object = name(&body.object);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(body.object.span, object, linker.names));
        return None;
    }
    let mut compiled = engine();
    let mut reads = Reads::default();
    let parts = [(Part::Subject, body.subject.as_ref()), (Part::Text, Some(&body.text))];
    for (part, written) in parts.into_iter().filter_map(|(part, written)| Some((part, written?))) {
        compile(linker, object, part, written, &mut compiled, &mut reads, out);
    }
    if let Some(name) = both_ways(&reads, object, linker) {
        out.push(
            Diagnostic::error(
                code!("template-syntax"),
                body.text.span,
                text!(
                    "`{name}` is used as a whole and by its fields; the whole would not be its title",
                    "`{name}` 既整体使用又使用其字段；整体不会显示为标题"
                ),
            )
            .help(text!("use one of its fields in both places", "两处都使用它的字段")),
        );
    }
    let own = name(&body.template);
    let label = label::label(body.label.as_ref(), own);
    Some(Template::new(own, label, body.template.span, object, reads, compiled))
}

fn compile(
    linker: &Linker<'_>,
    object: Name,
    part: Part,
    written: &Sp<Label>,
    compiled: &mut Handlebars<'static>,
    reads: &mut Reads,
    out: &mut Diagnostics,
) {
    let root = Found { place: Place::Record(object), path: Vec::new() };
    for language in [Language::Zh, Language::En] {
        let text = written.value.text.get(language);
        match Parsed::compile(text) {
            Ok(parsed) => {
                // One wording for both languages is read once.
                if language == Language::Zh || !written.value.single {
                    let mut lint = Lint { linker, at: written.span, scopes: vec![root.clone()], out: &mut *out };
                    lint.template(&parsed, reads);
                }
                compiled.register_template(key(part, language), parsed);
            }
            Err(error) => {
                let (line, why) = (error.pos().map_or(1, |(line, _)| line), error.reason().to_string());
                out.push(Diagnostic::error(
                    code!("template-syntax"),
                    written.span,
                    text!("line {line} of the wording: {why}", "文本第 {line} 行：{why}"),
                ));
                if written.value.single {
                    return;
                }
            }
        }
    }
}

/// What stands behind a path.
#[derive(Clone)]
enum Place {
    /// A record of an object.
    Record(Name),
    /// A line of a field of an object.
    Line(Name, Name),
    /// Several records.
    Records(Name),
    /// Several lines.
    Lines(Name, Name),
    /// Several plain values.
    Values,
    /// A plain value.
    Value,
}

/// A place and the fields that lead there from the record.
#[derive(Clone)]
struct Found {
    place: Place,
    path: Vec<Name>,
}

struct Lint<'a, 'l> {
    linker: &'a Linker<'l>,
    at: Span,
    /// What `{{field}}` is looked up in: the record, and whatever `each` and `with` opened.
    scopes: Vec<Found>,
    out: &'a mut Diagnostics,
}

impl Lint<'_, '_> {
    fn template(&mut self, parsed: &Parsed, reads: &mut Reads) {
        for element in &parsed.elements {
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(found) | TemplateElement::HtmlExpression(found) => {
                    if found.params.is_empty() && found.hash.is_empty() {
                        self.parameter(&found.name, reads);
                    } else {
                        self.helper(found, &HELPERS, reads);
                    }
                }
                TemplateElement::HelperBlock(found) => self.block(found, reads),
                _ => self.problem("partials and decorators are not used in messages", "消息模板不支持片段和装饰器"),
            }
        }
    }

    fn helper(&mut self, helper: &HelperTemplate, known: &[&str], reads: &mut Reads) {
        let called = helper.name.as_name().unwrap_or_default();
        if !known.contains(&called) {
            self.out.push(unknown::word(self.at, called, known));
        }
        for parameter in helper.params.iter().chain(helper.hash.values()) {
            self.parameter(parameter, reads);
        }
    }

    fn block(&mut self, block: &HelperTemplate, reads: &mut Reads) {
        let called = block.name.as_name().unwrap_or_default();
        if block.block_param.is_some() {
            self.problem("`as |name|` is not used in messages", "消息模板不支持 `as |name|`");
        }
        let depth = self.scopes.len();
        if matches!(called, "each" | "with") {
            let first = block.params.first().and_then(Parameter::as_name).map(str::to_owned);
            let opened = first.and_then(|path| self.look_up(&path));
            if let Some(found) = &opened {
                reads.open(&found.path);
            }
            let inner = opened.map(|found| {
                let place = match (called, &found.place) {
                    ("each", Place::Records(object)) | ("with", Place::Record(object)) => Place::Record(*object),
                    ("each", Place::Lines(object, field)) => Place::Line(*object, *field),
                    ("each", Place::Values) => Place::Value,
                    _ => {
                        self.problem(
                            "`each` goes over a list, `with` opens a reference",
                            "`each` 遍历列表，`with` 打开引用",
                        );
                        Place::Value
                    }
                };
                Found { place, path: found.path }
            });
            self.scopes.push(inner.unwrap_or(Found { place: Place::Value, path: Vec::new() }));
        } else {
            self.helper(block, &BLOCKS, reads);
        }
        if let Some(template) = &block.template {
            self.template(template, reads);
        }
        self.scopes.truncate(depth);
        if let Some(inverse) = &block.inverse {
            self.template(inverse, reads);
        }
    }

    /// A value that is printed or compared.
    fn parameter(&mut self, parameter: &Parameter, reads: &mut Reads) {
        match parameter {
            Parameter::Name(path) => {
                self.find(&path.clone(), reads);
            }
            Parameter::Path(Path::Local(_)) => {}
            Parameter::Path(_) => {
                if let Some(path) = parameter.as_name().map(str::to_owned) {
                    self.find(&path, reads);
                }
            }
            Parameter::Subexpression(inner) => match inner.as_element() {
                TemplateElement::Expression(found) => self.helper(found, &HELPERS, reads),
                _ => self.problem("this can't be used here", "此处不能使用"),
            },
            // Literals read nothing.
            _ => {}
        }
    }

    /// Looks a path up and notes that what is there is used.
    fn find(&mut self, raw: &str, reads: &mut Reads) -> Option<Found> {
        let found = self.look_up(raw)?;
        reads.note(&found.path);
        Some(found)
    }

    fn look_up(&mut self, raw: &str) -> Option<Found> {
        let mut depth = self.scopes.len().checked_sub(1)?;
        let mut rest = raw.trim();
        if let Some(below) = rest.strip_prefix("@root") {
            (depth, rest) = (0, below.trim_start_matches(['.', '/']));
        }
        while let Some(outer) = rest.strip_prefix("..") {
            depth = depth.saturating_sub(1);
            rest = outer.trim_start_matches('/');
        }
        rest = rest.strip_prefix("this").map_or(rest, |below| {
            if below.is_empty() || below.starts_with(['.', '/']) { below.trim_start_matches(['.', '/']) } else { rest }
        });
        let mut found = self.scopes.get(depth)?.clone();
        for word in rest.trim_start_matches("./").split(['.', '/']).filter(|word| !word.is_empty()) {
            found = self.step(&found, word.trim_matches(['[', ']']))?;
        }
        Some(found)
    }

    fn step(&mut self, from: &Found, word: &str) -> Option<Found> {
        let names = self.linker.names;
        let (field, owner) = match from.place {
            Place::Record(object) => {
                let found = Name::find(word).and_then(|field| Some((field, names.field_of(object, field)?)));
                match found {
                    Some((field, known)) => ((field, known), object),
                    None if system_field(word).is_some() && word != "id" => {
                        let path = from.path.iter().copied().chain([Name::intern(word)]).collect();
                        return Some(Found { place: Place::Value, path });
                    }
                    None => {
                        self.out.push(unknown::field(self.at, object, Name::intern(word), names, true));
                        return None;
                    }
                }
            }
            Place::Line(object, lines) => {
                let known = names.field_of(object, lines)?;
                match Name::find(word).and_then(|field| Some((field, known.lines.get(&field)?))) {
                    Some(found) => (found, object),
                    None => {
                        let all = known.lines.keys().map(|name| name.as_str());
                        self.out.push(unknown::part(self.at, lines.as_str(), word, all));
                        return None;
                    }
                }
            }
            _ => {
                self.problem(&format!("there is nothing called `{word}` in it"), &format!("其中没有 `{word}`"));
                return None;
            }
        };
        let path = from.path.iter().copied().chain([field.0]).collect();
        Some(Found { place: place_of(field, owner), path })
    }

    fn problem(&mut self, en: &str, zh: &str) {
        self.out.push(Diagnostic::error(code!("template-syntax"), self.at, text!("{en}", "{zh}")));
    }
}

fn place_of((name, known): (Name, &FieldNames), owner: Name) -> Place {
    match &known.kind {
        Some(FieldType::Ref(to)) => Place::Record(*to),
        Some(FieldType::Refs(to)) => Place::Records(*to),
        Some(FieldType::Lines) => Place::Lines(owner, name),
        Some(FieldType::Choices(_) | FieldType::Files) => Place::Values,
        _ => Place::Value,
    }
}

/// References that are used as a whole and by their fields: one of them would not be what it seems.
fn both_ways(reads: &Reads, object: Name, linker: &Linker<'_>) -> Option<Name> {
    reads.fields.iter().find_map(|(name, inner)| {
        let known = linker.names.field_of(object, *name)?;
        let Some(FieldType::Ref(to)) = &known.kind else { return None };
        if inner.whole && !inner.fields.is_empty() {
            return Some(*name);
        }
        both_ways(inner, *to, linker)
    })
}
