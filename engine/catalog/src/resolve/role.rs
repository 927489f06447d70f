//! Roles and their grants.

use std::{collections::HashSet, sync::Arc};

use formwork_definition::{
    kind::{
        Defined, Definitions,
        role::{Fields as WrittenFields, Grant as WrittenGrant, May, Role as Written, RowScope, Rows as WrittenRows},
    },
    list::Many,
    map::{WrittenName, WrittenPath},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_path::FieldPath,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{
    resolve::{
        Linker, filter::role_filter, kind::missing, label, module, name, node::both, object::existing_path, unknown,
    },
    role::{Fields, Grant, Mask, Role, Rows},
};

/// The role.
pub(crate) fn resolve_role(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Role {
    let body = &defined.body;
    let role = name(&body.role);
    if body.may.is_empty() && body.grants.is_empty() {
        out.push(missing(body.role.span, "grants", "the role allows nothing", "该角色没有任何权限"));
    }
    if let Some(most) = &body.export_rows
        && !body.grants.iter().any(|(_, grant)| grant.may.iter().any(|may| may.value == May::Export))
    {
        let message = text!("no grant of the role allows an export", "该角色没有任何授权允许导出");
        out.push(Diagnostic::error(code!("key-not-applicable"), most.span, message));
    }
    let mut grants = Vec::new();
    for (written, grant) in &body.grants {
        if grant.on.is_empty() {
            out.push(missing(written.span, "on", "the grant is on no object", "该授权没有指定对象"));
        }
        if grant.may.is_empty() && grant.act.is_empty() {
            out.push(missing(written.span, "may", "the grant allows nothing", "该授权没有允许任何操作"));
        }
        for on in &grant.on {
            grants.extend(self::grant(linker, written, on, grant, out));
        }
    }
    Role {
        name: role,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), role),
        help: label::text(body.help.as_ref()),
        span: body.role.span,
        gives: gives(linker, &body.gives, out),
        export_rows: body.export_rows.as_ref().map(|most| most.value),
        rights: body.may.iter().map(|right| right.value).collect(),
        grants,
    }
}

/// Reports a role that no file defines, where it is named: nobody could hold it. A book that defines no role takes any,
/// and `admin` needs no definition.
pub(crate) fn known_role(definitions: &Definitions, role: Name, at: Span, out: &mut Diagnostics) {
    let mut known = definitions.own_roles().map(|defined| defined.body.role.value.0).peekable();
    if known.peek().is_none() || role == "admin" || known.any(|known| known == role) {
        return;
    }
    let near = nearest(role.as_str(), definitions.roles.iter().map(|defined| defined.body.role.value.0.as_str()));
    let message = text!("there is no role `{role}`: nobody can hold it", "没有角色 `{role}`，无人可担任");
    out.push(Diagnostic::error(code!("unknown-role"), at, message).suggest(near));
}

/// The role of `role(name)`; the outer `None` when it is written otherwise, the inner one when the name is none, which
/// is reported.
pub(crate) fn role_called(
    definitions: &Definitions,
    written: &Sp<String>,
    out: &mut Diagnostics,
) -> Option<Option<Name>> {
    let role = written.value.trim().strip_prefix("role(")?.strip_suffix(')')?;
    let Ok(role) = Name::new(role.trim()) else {
        let message = text!("`{role}` is no name", "`{role}` 不是有效的名称");
        out.push(Diagnostic::error(code!("bad-name"), written.span, message));
        return Some(None);
    };
    known_role(definitions, role, written.span, out);
    Some(Some(role))
}

/// Reports roles of whoever acts in a scenario, `login role role`, that no file defines.
pub(crate) fn actor_roles(definitions: &Definitions, actor: Option<&Sp<String>>, out: &mut Diagnostics) {
    let Some(actor) = actor else { return };
    for role in actor.value.split_whitespace().skip(1) {
        match Name::new(role) {
            Ok(role) => known_role(definitions, role, actor.span, out),
            Err(_) => {
                let message = text!("`{role}` is no name", "`{role}` 不是有效的名称");
                out.push(Diagnostic::error(code!("bad-name"), actor.span, message));
            }
        }
    }
}

/// Roles that exist.
fn gives(linker: &Linker<'_>, written: &Many<Sp<WrittenName>>, out: &mut Diagnostics) -> HashSet<Name> {
    let known: Vec<Name> = linker.definitions.roles.iter().map(|role| name(&role.body.role)).collect();
    for role in written.iter().filter(|role| !known.contains(&name(role))) {
        let words: Vec<&str> = known.iter().map(|role| role.as_str()).collect();
        out.push(unknown::word(role.span, name(role).as_str(), &words));
    }
    written.iter().map(name).collect()
}

/// The grant on one of its objects; `None` when there is no such object, which is then reported.
fn grant(
    linker: &Linker<'_>,
    written: &Sp<Name>,
    on: &Sp<WrittenName>,
    body: &WrittenGrant,
    out: &mut Diagnostics,
) -> Option<Grant> {
    let object = name(on);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(on.span, object, linker.names));
        return None;
    }
    let may: HashSet<May> = body.may.iter().map(|may| may.value).collect();
    if let Some(act) = body.act.iter().next().filter(|_| may.contains(&May::Act)) {
        out.push(both(act.span, "`may: act` allows every action already", "`may: act` 已允许所有动作"));
    }
    for act in &body.act {
        let mut known = linker.names.actions(object).chain(linker.names.events(object));
        if !known.any(|known| known == name(act)) {
            out.push(unknown::action(act.span, object, name(act), linker.names));
        }
    }
    // What says no rows gives the least.
    let rows = match &body.rows {
        Some(rows) => self::rows(linker, object, written.span, rows, out)?,
        None => scoped(linker, object, written.span, RowScope::Own, out).then_some(Rows::Scope(RowScope::Own))?,
    };
    Some(Grant {
        name: written.value,
        span: written.span,
        on: object,
        may,
        act: body.act.iter().map(name).collect(),
        rows,
        fields: Arc::new(match &body.fields {
            Some(fields) => self::fields(linker, object, fields, out),
            None => Fields::all(),
        }),
    })
}

/// Rows; `None` when they are wrong, which is then reported. A grant without its rows must not be a wider one.
fn rows(linker: &Linker<'_>, object: Name, at: Span, body: &WrittenRows, out: &mut Diagnostics) -> Option<Rows> {
    let WrittenRows { scope, any, all, filter } = body;
    let given = [scope.is_some(), any.is_some(), all.is_some(), filter.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        out.push(both(
            at,
            "rows are a scope, or exactly one of `any`, `all`, `where`",
            "行范围应为一个范围词，或 `any`、`all`、`where` 之一",
        ));
        return None;
    }
    let several = |parts: &Sp<Vec<WrittenRows>>, out: &mut Diagnostics| {
        if parts.value.is_empty() {
            out.push(missing(parts.span, "rows", "at least one is needed", "至少需要一项"));
            return None;
        }
        let parts: Vec<_> = parts.value.iter().map(|part| rows(linker, object, parts.span, part, out)).collect();
        parts.into_iter().collect::<Option<Vec<Rows>>>()
    };
    if let Some(scope) = scope {
        return scoped(linker, object, scope.span, scope.value, out).then_some(Rows::Scope(scope.value));
    }
    if let Some(any) = any {
        return several(any, out).map(Rows::Any);
    }
    if let Some(all) = all {
        return several(all, out).map(Rows::All);
    }
    filter.as_ref().and_then(|data| role_filter(linker, data, object, out)).map(Rows::Where)
}

/// Whether the object names the field that the scope is about; reports it when it does not.
fn scoped(linker: &Linker<'_>, object: Name, at: Span, scope: RowScope, out: &mut Diagnostics) -> bool {
    let Some(defined) = linker.definitions.objects.iter().find(|defined| name(&defined.body.object) == object) else {
        return false;
    };
    let body = &defined.body;
    let (key, field) = match scope {
        RowScope::All => return true,
        RowScope::Own => ("owner", &body.owner),
        RowScope::Department | RowScope::DepartmentBelow => ("department", &body.department),
        RowScope::Territory => ("territory", &body.territory),
        RowScope::ProductLine => ("product_line", &body.product_line),
        RowScope::Partner => ("partner", &body.partner),
        RowScope::Shared | RowScope::SharedForEdit => ("sharing", &None),
    };
    let sharing = key == "sharing" && body.sharing.as_ref().is_some_and(|sharing| sharing.value);
    if field.is_some() || sharing {
        return true;
    }
    out.push(
        Diagnostic::error(
            code!("scope-without-field"),
            at,
            text!(
                "`{object}` has no `{key}`, so no row would be covered",
                "`{object}` 没有 `{key}`，不会有任何行被授权"
            ),
        )
        .related(body.object.span, text!("`{object}` is defined here", "`{object}` 定义在这里"))
        .help(text!("say `{key}` in the object, or take other rows", "在对象中写 `{key}`，或改用其他范围")),
    );
    false
}

fn fields(linker: &Linker<'_>, object: Name, written: &Sp<WrittenFields>, out: &mut Diagnostics) -> Fields {
    let body = &written.value;
    let named = |fields: &Many<Sp<WrittenPath>>, out: &mut Diagnostics| -> HashSet<FieldPath> {
        fields.iter().filter_map(|field| existing_path(linker, object, &field.with(field.value.0), out)).collect()
    };
    let mut resolved = Fields {
        read: body.read.as_ref().map(|fields| named(fields, out)),
        write: body.write.as_ref().map(|fields| named(fields, out)),
        hidden: named(&body.hidden, out),
        masked: std::collections::HashMap::new(),
    };
    for (field, style) in &body.masked {
        let Some(known) = existing_path(linker, object, field, out) else { continue };
        match Mask::parse(&style.value) {
            Some(mask) => {
                resolved.masked.insert(known, mask);
            }
            None => out.push(unknown::word(style.span, &style.value, &["all", "last 4", "ends 3 4"])),
        }
    }
    for field in body.write.iter().flatten() {
        let WrittenPath(path) = field.value;
        let is_there = resolved.write.as_ref().is_some_and(|write| write.contains(&path));
        if is_there && !resolved.can_write(path) {
            out.push(
                Diagnostic::error(
                    code!("write-unseen"),
                    field.span,
                    text!("`{path}` can be set but is not seen in full", "`{path}` 可写，但不能完整查看"),
                )
                .help(text!("let it be read, or not be written", "请允许查看该字段，或去掉写权限")),
            );
        }
    }
    resolved
}
