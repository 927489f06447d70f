//! The book: what holds for everything else.

use std::{collections::HashMap, sync::Arc};

use formwork_definition::{
    kind::{
        Definitions,
        book::{Access, Book as Written, MenuItem as WrittenItem},
    },
    literal::Val,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::Currency,
    incident::Owner,
    name::Name,
    nearest::nearest,
    text,
    text::{Language, Text},
};
use indexmap::IndexMap;
use jiff::tz::TimeZone;

use crate::{
    calendar::Calendar,
    catalog::{Book, Channels, MenuEntry, MenuItem, Setting, SignIn, WebhookChannel, is_address},
    parse_value::ParseContext,
    resolve::{
        Linker, approver, connector::variable, hours::resolve_hours, label, literal, name, node::both,
        role::role_called, sign_in::sign_in, unknown,
    },
    world::Names,
};

/// The zone of a book that names none.
const ZONE: &str = "Asia/Shanghai";
/// The role that looks at the incidents of a book that names nobody.
const ADMIN: &str = "admin";

/// The zone in which days begin and end; a wrong one is reported.
pub(crate) fn zone(definitions: &Definitions, out: &mut Diagnostics) -> TimeZone {
    let written = definitions.books.first().and_then(|book| book.body.time_zone.as_ref());
    let default = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    written.map_or_else(|| default.clone(), |written| zone_called(written, &default, out))
}

/// The zone called so; when there is none that is reported, and the other one taken.
pub(crate) fn zone_called(written: &Sp<String>, otherwise: &TimeZone, out: &mut Diagnostics) -> TimeZone {
    TimeZone::get(&written.value).unwrap_or_else(|_| {
        let zone = &written.value;
        out.push(
            Diagnostic::error(
                code!("bad-value"),
                written.span,
                text!("there is no time zone `{zone}`", "没有时区 `{zone}`"),
            )
            .help(text!("for example `Asia/Shanghai`", "例如 `Asia/Shanghai`")),
        );
        otherwise.clone()
    })
}

/// The book; without one, a book called `book`.
pub(crate) fn resolve_book(
    definitions: &Definitions,
    names: &Names,
    context: &ParseContext,
    out: &mut Diagnostics,
) -> Book {
    let currency = names.currency.unwrap_or(Currency::CNY);
    let mut books = definitions.books.iter();
    let first = books.next();
    for other in books {
        let problem = Diagnostic::error(
            code!("several-books"),
            other.body.book.span,
            text!("there is more than one book", "只能有一个 book 定义"),
        );
        let at = first.map_or(other.body.book.span, |first| first.body.book.span);
        out.push(problem.related(at, text!("the other one", "另一个在这里")));
    }
    let calendar = resolve_hours(&context.zone, first.and_then(|book| book.body.working_hours.as_ref()), out);
    let (zone, calendar) = (context.zone.clone(), Arc::new(calendar));
    let Some(defined) = first else {
        let name = Name::intern("book");
        let label = Text::same("book");
        let (locales, menu, settings) = (Vec::new(), Vec::new(), HashMap::new());
        let incidents = Owner::Role(Name::intern(ADMIN));
        return Book {
            name,
            label,
            locales,
            currency,
            zone,
            calendar,
            calendar_name: None,
            // Roles that are defined are enforced, whatever else is missing.
            open: definitions.own_roles().next().is_none(),
            incidents,
            four_eyes: Vec::new(),
            channels: Channels::default(),
            sign_in: SignIn::default(),
            menu,
            settings,
        };
    };
    let body = &defined.body;
    let book = name(&body.book);
    if is_address(book) {
        let message = text!("`{book}` is a fixed address of every server", "`{book}` 是服务器的固定地址");
        out.push(Diagnostic::error(code!("reserved-name"), body.book.span, message));
    }
    Book {
        name: book,
        label: label::label(body.label.as_ref(), book),
        locales: locales(body, out),
        currency,
        zone,
        calendar,
        calendar_name: None,
        open: body.access.as_ref().is_some_and(|access| access.value == Access::Open),
        incidents: body
            .incidents
            .as_ref()
            .and_then(|by| owner(definitions, by, out))
            .unwrap_or(Owner::Role(Name::intern(ADMIN))),
        four_eyes: (body.four_eyes.iter())
            .filter_map(|role| approver::role(definitions, name(role).as_str(), role.span, out))
            .collect(),
        channels: channels(body, out),
        sign_in: sign_in(body, definitions, out),
        menu: menu(body, definitions, names, out),
        settings: settings(body, names, context, out),
    }
}

/// The book with the calendar it names.
pub(crate) fn with_calendar(
    linker: &Linker<'_>,
    book: Book,
    calendars: &IndexMap<Name, Calendar>,
    out: &mut Diagnostics,
) -> Book {
    let Some(body) = linker.definitions.books.first().map(|book| &book.body) else { return book };
    let Some(written) = &body.calendar else { return book };
    if let Some(hours) = &body.working_hours {
        out.push(both(
            hours.span,
            "a book has `working_hours` or `calendar`, not both",
            "`working_hours` 与 `calendar` 只能有一个",
        ));
    }
    match calendars.get(&name(written)) {
        Some(calendar) => Book { calendar: calendar.hours.clone(), calendar_name: Some(calendar.name), ..book },
        None => {
            out.push(unknown::calendar(written.span, name(written).as_str(), linker.names));
            book
        }
    }
}

fn locales(body: &Written, out: &mut Diagnostics) -> Vec<Language> {
    let mut locales = Vec::new();
    for written in body.locales.iter().flat_map(|locales| &locales.value) {
        match written.value.as_str() {
            "zh" => locales.push(Language::Zh),
            "en" => locales.push(Language::En),
            word => out.push(unknown::word(written.span, word, &["zh", "en"])),
        }
    }
    locales
}

fn channels(body: &Written, out: &mut Diagnostics) -> Channels {
    let Some(written) = body.channels.as_ref().map(|channels| &channels.value) else { return Channels::default() };
    let email = written.email.as_ref().and_then(|email| {
        let from = &email.value.from;
        let address = from.value.rsplit_once('<').map_or(from.value.as_str(), |(_, rest)| rest.trim_end_matches('>'));
        if !address.trim().split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')) {
            out.push(Diagnostic::error(
                code!("bad-value"),
                from.span,
                text!("this is no e-mail address", "这不是有效的电子邮件地址"),
            ));
        }
        Some((from.value.clone(), variable(Some(&email.value.server), out)?))
    });
    let webhook = written.webhook.as_ref().and_then(|webhook| {
        let internal = webhook.value.internal.as_ref().is_some_and(|internal| internal.value);
        Some(WebhookChannel { secret: variable(Some(&webhook.value.secret), out)?, internal })
    });
    Channels { email, webhook }
}

/// `role(name)`, or a login.
pub(crate) fn owner(definitions: &Definitions, written: &Sp<String>, out: &mut Diagnostics) -> Option<Owner> {
    let word = written.value.trim();
    match role_called(definitions, written, out) {
        Some(role) => role.map(Owner::Role),
        None if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "()=".contains(c)) => {
            out.push(unknown::word(written.span, word, &["role(name)", "a login"]));
            None
        }
        None => Some(Owner::Login(word.into())),
    }
}

fn menu(body: &Written, definitions: &Definitions, names: &Names, out: &mut Diagnostics) -> Vec<MenuEntry> {
    let objects = definitions.objects.iter().map(|object| object.module.as_str());
    let reports = definitions.reports.iter().map(|report| report.module.as_str());
    let dashboards = definitions.dashboards.iter().map(|dashboard| dashboard.module.as_str());
    let mut modules: Vec<&str> = objects.chain(reports).chain(dashboards).collect();
    modules.sort_unstable();
    modules.dedup();
    let mut menu = Vec::new();
    for entry in &body.menu {
        let module = name(&entry.module);
        if !modules.contains(&module.as_str()) {
            out.push(
                Diagnostic::error(
                    code!("unknown-module"),
                    entry.module.span,
                    text!("there is no folder `{module}` with objects", "没有含对象的文件夹 `{module}`"),
                )
                .suggest(nearest(module.as_str(), modules.iter().copied())),
            );
        }
        let mut items = Vec::new();
        for item in &entry.items {
            items.extend(menu_item(item, definitions, names, out));
        }
        menu.push(MenuEntry { module, label: label::text(Some(&entry.label)), items });
    }
    menu
}

/// What an entry leads to; `None` when there is no such thing, which is then reported.
fn menu_item(
    written: &WrittenItem,
    definitions: &Definitions,
    names: &Names,
    out: &mut Diagnostics,
) -> Option<MenuItem> {
    match written {
        WrittenItem::Object(object) if names.objects.contains_key(&name(object)) => {
            Some(MenuItem::Object(name(object)))
        }
        WrittenItem::Object(object) => {
            out.push(unknown::object(object.span, name(object), names));
            None
        }
        WrittenItem::Report(report) => {
            let known = definitions.reports.iter().map(|defined| name(&defined.body.report));
            unknown::known_report(report.span, name(report), known, out).map(MenuItem::Report)
        }
        WrittenItem::Dashboard(dashboard) => {
            let known: Vec<Name> = definitions.dashboards.iter().map(|defined| name(&defined.body.dashboard)).collect();
            let wanted = name(dashboard);
            if known.contains(&wanted) {
                return Some(MenuItem::Dashboard(wanted));
            }
            let message = text!("there is no dashboard `{wanted}`", "没有看板 `{wanted}`");
            let near = nearest(wanted.as_str(), known.iter().map(|name| name.as_str()));
            out.push(Diagnostic::error(code!("unknown-dashboard"), dashboard.span, message).suggest(near));
            None
        }
    }
}

fn settings(body: &Written, names: &Names, context: &ParseContext, out: &mut Diagnostics) -> HashMap<Name, Setting> {
    let mut settings = HashMap::new();
    for (setting, written) in &body.settings {
        let Some(kind) = names.settings.get(&setting.value).cloned().flatten() else { continue };
        let default = match &written.default {
            Val::Literal(data) => literal::literal(data, &kind, context, out),
            Val::Expression(expression) => {
                out.push(Diagnostic::error(
                    code!("bad-value"),
                    expression.span,
                    text!("a fixed value, not an expression", "这里需要固定值，不能是表达式"),
                ));
                None
            }
        };
        let label = label::label(written.label.as_ref(), setting.value);
        settings.insert(setting.value, Setting { kind, label, default: default.unwrap_or_default() });
    }
    settings
}
