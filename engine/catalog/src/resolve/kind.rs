//! Type words to types, with the keys that belong to a type.

use formwork_definition::{
    kind::field::{Field, Options, Tone as WrittenTone},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::{Choice, Currency, FieldType, Tone},
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::resolve::{label, name, word::WORDS};

/// A type as it was written, with the keys it may need.
pub(crate) struct Written<'a> {
    pub word: &'a Sp<String>,
    pub options: Option<&'a Sp<Options>>,
    pub to: Option<&'a Sp<WrittenName>>,
    pub currency: Option<&'a Sp<String>>,
    pub scale: Option<&'a Sp<u32>>,
    /// Whether people see the values as those of a record, in colours.
    pub toned: bool,
}

impl<'a> Written<'a> {
    /// Only a word.
    pub(crate) fn word(word: &'a Sp<String>) -> Self {
        Self { word, options: None, to: None, currency: None, scale: None, toned: false }
    }

    /// The type of a field.
    pub(crate) fn field(field: &'a Field) -> Self {
        Self {
            word: &field.kind,
            options: field.options.as_ref(),
            to: field.to.as_ref(),
            currency: field.currency.as_ref(),
            scale: field.scale.as_ref(),
            toned: true,
        }
    }
}

/// What is known when types are resolved.
pub(crate) struct Known<'a> {
    pub objects: &'a dyn Fn(Name) -> bool,
    pub object_names: &'a [Name],
    pub currency: Currency,
}

/// The type; `None` when it is wrong, which is then reported.
pub(crate) fn resolve_kind(
    written: &Written<'_>,
    allowed: &[&str],
    known: &Known<'_>,
    out: &mut Diagnostics,
) -> Option<FieldType> {
    let word = written.word.value.as_str();
    if !allowed.contains(&word) {
        out.push(bad_word(written.word, allowed));
        return None;
    }
    misplaced(written, out);
    Some(match word {
        "text" => FieldType::Text,
        "long_text" => FieldType::LongText,
        "integer" => FieldType::Integer,
        "decimal" => FieldType::Decimal { scale: written.scale.map(|scale| scale.value) },
        "money" => FieldType::Money { currency: currency(written.currency, known.currency, out) },
        "percent" => FieldType::Percent,
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "duration" => FieldType::Duration,
        "choice" => FieldType::Choice(choices(written, out)?),
        "choices" => FieldType::Choices(choices(written, out)?),
        "ref" => FieldType::Ref(target(written, known, out)?),
        "refs" => FieldType::Refs(target(written, known, out)?),
        "user" => FieldType::User,
        "department" => FieldType::Department,
        "lines" => FieldType::Lines,
        "file" => FieldType::File,
        "files" => FieldType::Files,
        "phone" => FieldType::Phone,
        "email" => FieldType::Email,
        "url" => FieldType::Url,
        "region" => FieldType::Region,
        "geo" => FieldType::Geo,
        _ => FieldType::Json,
    })
}

fn bad_word(word: &Sp<String>, allowed: &[&str]) -> Diagnostic {
    let written = &word.value;
    if WORDS.contains(&written.as_str()) {
        let list = allowed.join("`, `");
        return Diagnostic::error(
            code!("type-not-allowed"),
            word.span,
            text!("type `{written}` can't be used here", "这里不能使用类型 `{written}`"),
        )
        .help(text!("one of `{list}`", "可用的有 `{list}`"));
    }
    let unknown = Diagnostic::error(
        code!("unknown-type"),
        word.span,
        text!("there is no type `{written}`", "没有类型 `{written}`"),
    );
    let common = match written.as_str() {
        "string" | "str" | "varchar" => Some("text"),
        "int" | "number" => Some("integer"),
        "bool" => Some("boolean"),
        "enum" | "select" => Some("choice"),
        "float" | "double" => Some("decimal"),
        "time" | "timestamp" => Some("datetime"),
        "reference" | "link" => Some("ref"),
        wrong => nearest(wrong, allowed.iter().copied()),
    };
    unknown.suggest(common)
}

fn misplaced(written: &Written<'_>, out: &mut Diagnostics) {
    let word = written.word.value.as_str();
    if let Some(options) = written.options.filter(|_| !matches!(word, "choice" | "choices")) {
        out.push(not_applicable(options.span, "options", word));
    }
    if let Some(to) = written.to.filter(|_| !matches!(word, "ref" | "refs")) {
        out.push(not_applicable(to.span, "to", word));
    }
    if let Some(currency) = written.currency.filter(|_| word != "money") {
        out.push(not_applicable(currency.span, "currency", word));
    }
    if let Some(scale) = written.scale {
        if word != "decimal" {
            out.push(not_applicable(scale.span, "scale", word));
        } else if scale.value > 12 {
            out.push(Diagnostic::error(
                code!("bad-value"),
                scale.span,
                text!("a decimal keeps at most 12 digits after the point", "小数最多保留 12 位"),
            ));
        }
    }
}

/// The key means nothing for this type.
pub(crate) fn not_applicable(at: Span, key: &str, word: &str) -> Diagnostic {
    Diagnostic::error(
        code!("key-not-applicable"),
        at,
        text!("`{key}` means nothing for type `{word}`", "`{key}` 对类型 `{word}` 没有意义"),
    )
}

/// The key is needed.
pub(crate) fn missing(at: Span, key: &str, why: &str, why_zh: &str) -> Diagnostic {
    Diagnostic::error(code!("missing-key"), at, text!("`{key}` is missing: {why}", "缺少 `{key}`：{why_zh}"))
}

/// Reads a currency; a wrong one is reported and the book's taken.
pub(crate) fn currency(written: Option<&Sp<String>>, book: Currency, out: &mut Diagnostics) -> Currency {
    let Some(written) = written else { return book };
    Currency::new(&written.value).unwrap_or_else(|| {
        let text = &written.value;
        out.push(Diagnostic::error(
            code!("bad-value"),
            written.span,
            text!("`{text}` is no ISO 4217 currency code", "`{text}` 不是 ISO 4217 货币代码"),
        ));
        book
    })
}

fn choices(written: &Written<'_>, out: &mut Diagnostics) -> Option<Vec<Choice>> {
    let word = &written.word.value;
    let Some(options) = written.options.filter(|options| !options.value.0.is_empty()) else {
        let why = format!("a {word} has options");
        out.push(missing(written.word.span, "options", &why, "选项字段必须列出选项"));
        return None;
    };
    let mut choices: Vec<Choice> = Vec::new();
    for option in &options.value.0 {
        let known = name(&option.name);
        if choices.iter().any(|choice| choice.name == known) {
            out.push(Diagnostic::error(
                code!("duplicate-option"),
                option.name.span,
                text!("option `{known}` is there twice", "选项 `{known}` 重复"),
            ));
            continue;
        }
        if let Some(tone) = option.tone.as_ref().filter(|_| !written.toned) {
            let message = text!("only options of a record's field have a `tone`", "只有记录字段的选项才有 `tone`");
            out.push(Diagnostic::error(code!("key-not-applicable"), tone.span, message));
        }
        let tone = option.tone.as_ref().map(|tone| resolve_tone(tone.value)).unwrap_or_default();
        choices.push(Choice { name: known, label: label::label(option.label.as_ref(), known), tone });
    }
    Some(choices)
}

/// The meaning that a colour stands for.
pub(crate) fn resolve_tone(written: WrittenTone) -> Tone {
    match written {
        WrittenTone::Neutral => Tone::Neutral,
        WrittenTone::Info => Tone::Info,
        WrittenTone::Good => Tone::Good,
        WrittenTone::Warn => Tone::Warn,
        WrittenTone::Bad => Tone::Bad,
    }
}

fn target(written: &Written<'_>, known: &Known<'_>, out: &mut Diagnostics) -> Option<Name> {
    let Some(to) = written.to else {
        out.push(missing(written.word.span, "to", "a reference names its object", "引用必须写明对象"));
        return None;
    };
    let object = name(to);
    if (known.objects)(object) {
        return Some(object);
    }
    out.push(
        Diagnostic::error(
            code!("unknown-object"),
            to.span,
            text!("there is no object `{object}`", "没有对象 `{object}`"),
        )
        .suggest(nearest(object.as_str(), known.object_names.iter().map(|n| n.as_str()))),
    );
    None
}
