//! One definition laid over another: what an object that says `extend: true` adds to the one it names.
//! Every key has one owner; only what people read can be worded anew.

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{
    kind::{Defined, Definitions, object::Object},
    map::Map,
    spanned::Sp,
};

/// Adds each extension to its object.
pub(crate) fn extend(definitions: &mut Definitions, extensions: Vec<Defined<Object>>, out: &mut Diagnostics) {
    for extension in extensions {
        let written = extension.body.object;
        let name = written.value.0;
        match definitions.objects.iter_mut().find(|known| known.body.object.value.0 == name) {
            Some(base) => add(&mut base.body, extension.body, out),
            None if definitions.broken.iter().any(|broken| broken.kind == "object" && broken.name == name) => {}
            None => {
                let known = definitions.objects.iter().map(|object| object.body.object.value.0.as_str());
                out.push(
                    Diagnostic::error(
                        code!("extends-nothing"),
                        written.span,
                        text!("there is no object `{name}` to extend", "没有可扩展的对象 `{name}`"),
                    )
                    .suggest(nearest(name.as_str(), known)),
                );
            }
        }
    }
}

fn add(base: &mut Object, more: Object, out: &mut Diagnostics) {
    base.label = more.label.or(base.label.take());
    base.help = more.help.or(base.help.take());
    let mut layer = Layer { base: base.object.span, out };
    layer.one("number", &mut base.number, more.number);
    layer.one("title", &mut base.title, more.title);
    layer.one("owner", &mut base.owner, more.owner);
    layer.one("department", &mut base.department, more.department);
    layer.one("territory", &mut base.territory, more.territory);
    layer.one("product_line", &mut base.product_line, more.product_line);
    layer.one("partner", &mut base.partner, more.partner);
    layer.one("effective", &mut base.effective, more.effective);
    layer.one("sharing", &mut base.sharing, more.sharing);
    layer.one("retain", &mut base.retain, more.retain);
    layer.one("append_only", &mut base.append_only, more.append_only);
    layer.entries("field", "字段", &mut base.fields, more.fields);
    layer.entries("unique key", "唯一键", &mut base.unique, more.unique);
    layer.entries("index", "索引", &mut base.indexes, more.indexes);
    layer.entries("check", "校验", &mut base.checks, more.checks);
    layer.entries("rule", "规则", &mut base.rules, more.rules);
}

struct Layer<'a> {
    /// Where the object that is extended names itself.
    base: Span,
    out: &'a mut Diagnostics,
}

impl Layer<'_> {
    fn one<T>(&mut self, key: &str, base: &mut Option<Sp<T>>, more: Option<Sp<T>>) {
        match (&base, &more) {
            (Some(own), Some(more)) => self.clash(&format!("`{key}`"), &format!("`{key}`"), more.span, own.span),
            (None, Some(_)) => *base = more,
            (_, None) => {}
        }
    }

    fn entries<T>(&mut self, en: &str, zh: &str, base: &mut Map<T>, more: Map<T>) {
        for (key, entry) in more {
            match base.key(key.value) {
                Some(own) => self.taken(en, zh, key, own.span),
                None => base.push(key, entry),
            }
        }
    }

    fn taken(&mut self, en: &str, zh: &str, key: Sp<Name>, own: Span) {
        let name = key.value;
        self.clash(&format!("the {en} `{name}`"), &format!("{zh} `{name}`"), key.span, own);
    }

    fn clash(&mut self, en: &str, zh: &str, at: Span, own: Span) {
        self.out.push(
            Diagnostic::error(code!("extension-clash"), at, text!("the object has {en} already", "该对象已有{zh}"))
                .help(text!("an extension adds; it can't change what is there", "扩展只能增加，不能改动已有内容"))
                .related(
                    if own == Span::default() { self.base } else { own },
                    text!("it is said here", "已在这里定义"),
                ),
        );
    }
}
