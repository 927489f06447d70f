//! Templates: compiled, and every field they name looked up.

mod lint;
mod markup;
mod place;

use formwork_definition::{
    kind::{
        Defined,
        template::{Print, Template as Written},
    },
    label::Wording,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
    text::Language,
};
use handlebars::template::Template as Parsed;

use self::{
    lint::Lint,
    place::{Origins, apart},
};
use crate::{
    resolve::{Linker, label, name, unknown},
    template::{Compiled, Part, Reads, Sheet, Template, key},
};

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
    let print = body.print.as_ref().map(sheet);
    if let (Some(_), Some(subject)) = (print, &body.subject) {
        let message = text!("a page to print has a label, no subject", "打印页面使用 `label`，没有 `subject`");
        out.push(Diagnostic::error(code!("key-not-applicable"), subject.zh.span, message));
    }
    let mut compiled = Compiled::new(print.is_some());
    let mut reads = Reads::default();
    let parts = [(Part::Subject, body.subject.as_ref()), (Part::Text, Some(&body.text))];
    for (part, written) in parts.into_iter().filter_map(|(part, written)| Some((part, written?))) {
        compile(linker, (object, print.is_some()), (part, written), (&mut compiled, &mut reads), out);
    }
    if let Some(name) = both_ways(&reads, object, linker) {
        out.push(
            Diagnostic::error(
                code!("template-syntax"),
                body.text.zh.span,
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
    Some(Template::new((own, label, body.template.span), object, print, reads, compiled))
}

fn sheet(print: &Sp<Print>) -> Sheet {
    let Print { paper, landscape } = &print.value;
    Sheet {
        paper: paper.as_ref().map(|paper| paper.value).unwrap_or_default(),
        landscape: landscape.as_ref().is_some_and(|landscape| landscape.value),
    }
}

fn compile(
    linker: &Linker<'_>,
    (object, is_page): (Name, bool),
    (part, written): (Part, &Wording),
    (compiled, reads): (&mut Compiled, &mut Reads),
    out: &mut Diagnostics,
) {
    for language in [Language::Zh, Language::En] {
        let text = written.get(language);
        // What is wrong with one wording for both languages is said once.
        let mut said = Diagnostics::default();
        let out = if written.single && language == Language::En { &mut said } else { &mut *out };
        let (read, put) = apart(&text.value);
        let origins = Origins::new(linker.sources, text, put);
        match Parsed::compile(&read) {
            Ok(mut parsed) => {
                Lint::new(linker, (object, is_page, language), origins, out).template(&mut parsed, reads);
                compiled.of(language).register_template(key(part), parsed);
            }
            Err(error) => {
                let why = error.reason().to_string();
                let at = error.pos().map_or(text.span, |at| origins.at(at));
                out.push(Diagnostic::error(
                    code!("template-syntax"),
                    at,
                    text!("the wording can't be read: {why}", "文本无法解析：{why}"),
                ));
            }
        }
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
