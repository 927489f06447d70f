//! Every part of a wording looked at: fields looked up and noted, helpers known, and what is the same for every record
//! put in its place at once.

use formwork_definition::{
    kind::field::Field,
    literal::{Data, Val},
    map::Map,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
    text::{Language, Text},
};
use handlebars::{
    Path, html_escape,
    template::{HelperTemplate, Parameter, Template as Parsed, TemplateElement, TemplateMapping},
};

use super::{
    markup,
    place::{Found, Origins, Place, place_of},
};
use crate::{
    object::{system_field, system_label},
    resolve::{Linker, Used, label, unknown},
    template::{PRINTED, Reads},
};

/// The helpers that have a block; `zh` and `en` are parts in one language.
const BLOCKS: [&str; 6] = ["if", "unless", "each", "with", "zh", "en"];
/// The helpers that give a value. The last three are the same for every record.
const HELPERS: [&str; 14] =
    ["eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len", "in_words", "label", "say", "setting"];
/// What `each` tells of the turn.
const LOCALS: [&str; 5] = ["index", "first", "last", "key", "root"];

/// An element and where it stands.
type Placed = (TemplateElement, Option<TemplateMapping>);

pub(super) struct Lint<'a, 'l> {
    linker: &'a Linker<'l>,
    is_page: bool,
    language: Language,
    origins: Origins<'a>,
    /// Line and column of what is looked at.
    element: (usize, usize),
    /// What `{{field}}` is looked up in: the record, and whatever `each` and `with` opened.
    scopes: Vec<Found>,
    /// Whether a path goes through lists: it names a field then, of no one of them.
    of_each: bool,
    out: &'a mut Diagnostics,
}

impl<'a, 'l> Lint<'a, 'l> {
    pub(super) fn new(
        linker: &'a Linker<'l>,
        (object, is_page, language): (Name, bool, Language),
        origins: Origins<'a>,
        out: &'a mut Diagnostics,
    ) -> Self {
        let root = Found { place: Place::Record(object), path: Vec::new() };
        Self { linker, is_page, language, origins, element: (1, 1), scopes: vec![root], of_each: false, out }
    }

    /// Looks at a template, notes what it reads, and leaves of it what depends on the record.
    pub(super) fn template(&mut self, parsed: &mut Parsed, reads: &mut Reads) {
        let elements = std::mem::take(&mut parsed.elements);
        let mut places = std::mem::take(&mut parsed.mapping).into_iter();
        for element in elements {
            let at = places.next();
            let outer = self.element;
            if let Some(at) = &at {
                self.element = (at.0, at.1);
            }
            for (element, at) in self.element(element, at, reads) {
                parsed.elements.push(element);
                parsed.mapping.extend(at);
            }
            self.element = outer;
        }
    }

    fn element(&mut self, element: TemplateElement, at: Option<TemplateMapping>, reads: &mut Reads) -> Vec<Placed> {
        let left = match element {
            TemplateElement::HtmlExpression(_) if self.is_page => {
                self.problem("a page shows values as text: `{{…}}`", "打印页面只能显示文本值：`{{…}}`");
                return Vec::new();
            }
            TemplateElement::RawString(text) => {
                if let Some(idle) = markup::idle(&text).filter(|_| self.is_page) {
                    let at = self.origins.of(idle, self.element);
                    self.problem_at(
                        at,
                        &format!("`{idle}` does nothing here: a page brings no style or script of its own"),
                        &format!("`{idle}` 在此无效：页面不能自带样式或脚本"),
                    );
                }
                TemplateElement::RawString(text)
            }
            TemplateElement::Comment(text) => TemplateElement::Comment(text),
            TemplateElement::Expression(found) => match self.expression(&found, reads) {
                Some(text) => self.constant(&text),
                None => TemplateElement::Expression(found),
            },
            TemplateElement::HtmlExpression(found) => match self.expression(&found, reads) {
                Some(text) => self.constant(&text),
                None => TemplateElement::HtmlExpression(found),
            },
            TemplateElement::HelperBlock(mut found) => {
                let language = match found.name.as_name() {
                    Some("zh") => Some(Language::Zh),
                    Some("en") => Some(Language::En),
                    _ => None,
                };
                self.block(&mut found, reads);
                let Some(language) = language else { return vec![(TemplateElement::HelperBlock(found), at)] };
                let part = found.template.take().filter(|_| language == self.language);
                let Some(Parsed { elements, mapping, .. }) = part else { return Vec::new() };
                return elements.into_iter().zip(mapping.into_iter().map(Some)).collect();
            }
            _ => {
                self.problem("partials and decorators are not used here", "模板不支持片段和装饰器");
                return Vec::new();
            }
        };
        vec![(left, at)]
    }

    /// The text that stands for an expression whatever the record is; `None` when that decides.
    fn expression(&mut self, found: &HelperTemplate, reads: &mut Reads) -> Option<String> {
        if found.params.is_empty() && found.hash.is_empty() {
            self.parameter(&found.name, reads);
            return None;
        }
        let first = found.params.first();
        match found.name.as_name() {
            Some("label") => {
                let path = first.and_then(Parameter::as_name).map(str::to_owned);
                Some(path.map(|path| self.label_of(&path)).unwrap_or_default())
            }
            Some("say") => {
                let texts: Vec<&str> = found.params.iter().filter_map(literal).collect();
                let [zh, en] = texts[..] else {
                    self.problem("`say` takes two texts: Chinese and English", "`say` 需要中文和英文两个文本");
                    return Some(String::new());
                };
                Some(if self.language == Language::Zh { zh } else { en }.to_owned())
            }
            Some("setting") => Some(first.and_then(literal).map(|name| self.setting(name)).unwrap_or_default()),
            _ => {
                self.helper(found, &HELPERS, reads);
                None
            }
        }
    }

    fn constant(&self, text: &str) -> TemplateElement {
        TemplateElement::RawString(if self.is_page { html_escape(text) } else { text.to_owned() })
    }

    fn helper(&mut self, helper: &HelperTemplate, known: &[&str], reads: &mut Reads) {
        let called = helper.name.as_name().unwrap_or_default();
        if !known.contains(&called) {
            self.out.push(unknown::word(self.origins.of(called, self.element), called, known));
        }
        for parameter in helper.params.iter().chain(helper.hash.values()) {
            self.parameter(parameter, reads);
        }
    }

    fn block(&mut self, block: &mut HelperTemplate, reads: &mut Reads) {
        let called = block.name.as_name().unwrap_or_default().to_owned();
        if block.block_param.is_some() {
            self.problem("`as |name|` is not used here", "模板不支持 `as |name|`");
        }
        let depth = self.scopes.len();
        if matches!(called.as_str(), "each" | "with") {
            let first = block.params.first().and_then(Parameter::as_name).map(str::to_owned);
            let opened = first.and_then(|path| self.look_up(&path));
            if let Some(found) = &opened {
                reads.open(&found.path);
            }
            let inner = opened.map(|found| {
                let place = match (called.as_str(), &found.place) {
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
        if let Some(template) = &mut block.template {
            self.template(template, reads);
        }
        self.scopes.truncate(depth);
        if let Some(inverse) = &mut block.inverse {
            self.template(inverse, reads);
        }
    }

    /// A value that is printed or compared.
    fn parameter(&mut self, parameter: &Parameter, reads: &mut Reads) {
        match parameter {
            Parameter::Name(path) => {
                self.find(&path.clone(), reads);
            }
            Parameter::Path(Path::Local((_, word, _))) if LOCALS.contains(&word.as_str()) => {}
            Parameter::Path(Path::Local((_, word, _))) => {
                self.out.push(unknown::word(self.origins.of(word, self.element), word, &LOCALS));
            }
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
    fn find(&mut self, raw: &str, reads: &mut Reads) {
        if self.is_page && self.scopes.len() == 1 && PRINTED.contains(&raw) {
            reads.note(&[Name::intern(raw)]);
        } else if let Some(found) = self.look_up(raw) {
            reads.note(&found.path);
        }
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
        let place = if self.of_each { from.place.each() } else { from.place.clone() };
        let (field, owner) = match place {
            Place::Record(object) => {
                let found = Name::find(word).and_then(|field| Some((field, names.field_of(object, field)?)));
                match found {
                    Some((field, known)) => ((field, known), object),
                    None if system_field(word).is_some() && word != "id" => {
                        let path = from.path.iter().copied().chain([Name::intern(word)]).collect();
                        return Some(Found { place: Place::Value, path });
                    }
                    None => {
                        let at = self.origins.of(word, self.element);
                        self.out.push(unknown::field(at, object, Name::intern(word), names, true));
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
                        let at = self.origins.of(word, self.element);
                        self.out.push(unknown::part(at, lines.as_str(), word, all));
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

    /// What people call the field at the end of a path; of lines, `lines.field` too.
    fn label_of(&mut self, raw: &str) -> String {
        let (above, last) = raw.rsplit_once(['.', '/']).unwrap_or(("this", raw));
        self.of_each = true;
        let from = self.look_up(above).map(|from| from.place.each());
        let from = from.filter(|place| self.step(&Found { place: place.clone(), path: Vec::new() }, last).is_some());
        self.of_each = false;
        let Some(from) = from else { return String::new() };
        let field = |fields: &Map<Field>, name: &str| -> Option<Text> {
            let (name, field) = fields.iter().find(|(known, _)| known.value == *name)?;
            Some(label::label(field.label.as_ref(), name.value))
        };
        let fields_of = |object: Name| {
            let mut all = self.linker.definitions.objects.iter().map(|defined| &defined.body);
            all.find(|body| body.object.value.0 == object).map(|body| &body.fields)
        };
        let found = match from {
            Place::Record(object) => fields_of(object).and_then(|fields| field(fields, last)),
            Place::Line(object, lines) => fields_of(object).and_then(|fields| {
                let (_, lines) = fields.iter().find(|(known, _)| known.value == lines)?;
                field(lines.fields.as_ref()?, last)
            }),
            _ => None,
        };
        found.unwrap_or_else(|| system_label(last)).get(self.language).to_owned()
    }

    fn setting(&mut self, wanted: &str) -> String {
        let mut all = self.linker.definitions.books.iter().flat_map(|book| &book.body.settings);
        let Some((name, setting)) = all.find(|(name, _)| name.value == *wanted) else {
            let known = self.linker.names.settings.keys().map(|name| name.as_str());
            let missing = Diagnostic::error(
                code!("unknown-setting"),
                self.origins.of(wanted, self.element),
                text!("there is no setting `{wanted}`", "没有设置项 `{wanted}`"),
            );
            self.out.push(missing.suggest(formwork_model::nearest::nearest(wanted, known)));
            return String::new();
        };
        self.linker.uses(Used::Setting, name.value);
        match &setting.default {
            Val::Literal(data) => match &data.value {
                Data::Scalar(text) => text.to_string(),
                _ => String::new(),
            },
            Val::Expression(_) => String::new(),
        }
    }

    fn problem(&mut self, en: &str, zh: &str) {
        let at = self.origins.at(self.element);
        self.problem_at(at, en, zh);
    }

    fn problem_at(&mut self, at: Span, en: &str, zh: &str) {
        self.out.push(Diagnostic::error(code!("template-syntax"), at, text!("{en}", "{zh}")));
    }
}

fn literal(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Literal(json) => json.as_str(),
        _ => None,
    }
}
