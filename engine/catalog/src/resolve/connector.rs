//! Connectors, and the `call` nodes that ask them.

use formwork_definition::{
    kind::{
        Defined,
        connector::{
            Call as WrittenCall, Connector as Written, Failed as WrittenFailed, Hook as WrittenHook,
            Request as WrittenRequest,
        },
    },
    literal::{Data, Val},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
    value::Value,
};
use formwork_script::shape::Shape;

use crate::{
    connector::{Call, Connector, Failed, Hook, Request},
    parse_value::parse_duration,
    resolve::{
        Linker, Used, book::owner, effect::sets, expression::Want, graph::Graph, kind::missing, label, literal, name,
        unknown,
    },
    source::Source,
    variables::Variables,
};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What is taken when nothing is written: seconds, tries, seconds.
const DEFAULTS: (u64, u32, i64) = (10, 8, 5);
/// The longest a connector may take to answer, in seconds.
const LONGEST: i64 = 300;

/// The connector.
pub(crate) fn resolve_connector(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Connector {
    let body = &defined.body;
    let connector = name(&body.connector);
    if let Val::Literal(url) = &body.url
        && !matches!(&url.value, Data::Scalar(text) if is_address(text))
    {
        out.push(bad(
            url.span,
            "an address begins with `https://` or `http://`",
            "地址应以 `https://` 或 `http://` 开头",
        ));
    }
    let tries = body.tries.as_ref().map_or(DEFAULTS.1, |tries| {
        if !(1..=100).contains(&tries.value) {
            out.push(bad(tries.span, "a number from 1 to 100", "应为 1 到 100 之间的整数"));
        }
        tries.value.clamp(1, 100)
    });
    if body.secret.is_none()
        && let Some((first, _)) = body.hooks.iter().next()
    {
        let why = "what the other system sends has to be signed";
        out.push(missing(first.span, "secret", why, "对方发来的消息必须有签名"));
    }
    let none = Variables::new();
    Connector {
        name: connector,
        label: label::label(body.label.as_ref(), connector),
        span: body.connector.span,
        url: linker.source(&body.url, &FieldType::Text, &none, out).unwrap_or(Source::Literal(Value::Null)),
        internal: body.internal.as_ref().is_some_and(|internal| internal.value),
        secret: variable(body.secret.as_ref(), out),
        token: variable(body.token.as_ref(), out),
        timeout: length(body.timeout.as_ref(), LONGEST, out).map_or(DEFAULTS.0, i64::unsigned_abs),
        tries,
        backoff: length(body.backoff.as_ref(), 3600, out).unwrap_or(DEFAULTS.2),
        owner: body.owner.as_ref().and_then(|by| owner(linker.definitions, by, out)),
        hooks: body
            .hooks
            .iter()
            .filter_map(|(written, body)| Some((written.value, hook(linker, written, body, out)?)))
            .collect(),
        requests: body.requests.iter().map(|(name, body)| (name.value, request(linker, body, out))).collect(),
    }
}

fn hook(linker: &Linker<'_>, written: &Sp<Name>, body: &WrittenHook, out: &mut Diagnostics) -> Option<Hook> {
    let object = name(&body.object);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(body.object.span, object, linker.names));
        return None;
    }
    let variables: Variables = vec![("body", Shape::Any)];
    let key = body.key.as_ref().and_then(|key| hook_key(linker, object, key, body, out));
    if body.key.is_none() && body.create.as_ref().is_some_and(|create| !create.value) {
        let why = "a message that creates nothing must find its record";
        out.push(missing(written.span, "key", why, "不新建记录的消息必须能找到记录"));
    }
    for action in &body.act {
        if !linker.names.actions(object).any(|known| known == name(action)) {
            out.push(unknown::action(action.span, object, name(action), linker.names));
        }
    }
    let event = body.event.as_ref();
    if let Some(event) = event.filter(|event| !linker.names.events(object).any(|known| known == name(event))) {
        out.push(unknown::event(event.span, object, name(event), linker.names));
    }
    Some(Hook {
        object,
        when: linker.optional(body.when.as_ref(), &variables, Want::Truth, out),
        key,
        create: body.create.as_ref().is_none_or(|create| create.value),
        set: sets(linker, object, &body.set, &variables, out),
        act: body.act.iter().map(name).collect(),
        event: event.map(name),
    })
}

/// The field by which the other system knows a record: unique, and set by the message.
fn hook_key(
    linker: &Linker<'_>,
    object: Name,
    key: &Sp<WrittenName>,
    body: &WrittenHook,
    out: &mut Diagnostics,
) -> Option<Name> {
    let field = name(key);
    if linker.names.field_of(object, field).is_none() {
        out.push(unknown::field(key.span, object, field, linker.names, false));
        return None;
    }
    let known = linker.definitions.objects.iter().find(|known| name(&known.body.object) == object);
    let is_unique = known.is_some_and(|known| {
        let marked = known.body.fields.get(field).is_some_and(|field| field.unique.as_ref().is_some_and(|u| u.value));
        marked || known.body.unique.iter().any(|(_, fields)| matches!(fields.0.as_slice(), [one] if name(one) == field))
    });
    if !is_unique {
        out.push(
            bad(key.span, "this field does not tell records apart", "该字段不能区分记录")
                .help(text!("write `unique: true` at the field", "请在字段上写 `unique: true`")),
        );
    }
    if body.set.get(field).is_none() {
        let why = format!("the message has to give `{field}`");
        out.push(missing(key.span, field.as_str(), &why, "消息必须给出该字段"));
    }
    Some(field)
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', '@', ' ']))
}

fn bad(at: formwork_model::source::Span, en: &str, zh: &str) -> Diagnostic {
    Diagnostic::error(code!("bad-value"), at, text!("{en}", "{zh}"))
}

/// The name of an environment variable: never the secret itself.
pub(crate) fn variable(written: Option<&Sp<String>>, out: &mut Diagnostics) -> Option<String> {
    let written = written?;
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if written.value.is_empty()
        || !written.value.chars().all(fits)
        || written.value.starts_with(|c: char| c.is_ascii_digit())
    {
        out.push(bad(written.span, "this is no name of an environment variable", "这不是环境变量的名称").help(text!(
            "name the variable that holds it, such as `ERP_SECRET`: secrets are never written in definitions",
            "请写保存它的环境变量名，如 `ERP_SECRET`：密钥不得写在定义中"
        )));
        return None;
    }
    Some(written.value.clone())
}

/// A length of clock time in seconds, from one second to `most`.
fn length(written: Option<&Sp<String>>, most: i64, out: &mut Diagnostics) -> Option<i64> {
    let written = written?;
    match parse_duration(&written.value) {
        Ok(seconds) if (1..=most).contains(&seconds) => Some(seconds),
        _ => {
            out.push(bad(
                written.span,
                &format!("a length from `1s` to `{most}s`"),
                &format!("应为 `1s` 到 `{most}s` 之间的时长"),
            ));
            None
        }
    }
}

fn request(linker: &Linker<'_>, body: &WrittenRequest, out: &mut Diagnostics) -> Request {
    let input: Vec<Name> = body.input.iter().map(name).collect();
    let variables: Variables = vec![("input", Shape::Map(input.iter().map(|name| (*name, Shape::Any)).collect()))];
    let method = match &body.method {
        None => "POST",
        Some(written) => METHODS.into_iter().find(|known| *known == written.value).unwrap_or_else(|| {
            out.push(unknown::word(written.span, &written.value, &METHODS));
            "POST"
        }),
    };
    if let (Some(sent), "GET" | "DELETE") = (&body.body, method) {
        out.push(Diagnostic::error(
            code!("key-not-applicable"),
            sent.span,
            text!("a `{method}` request has no body", "`{method}` 请求没有请求体"),
        ));
    }
    let headers = body.headers.iter().filter_map(|header| {
        let known = &header.name.value;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if known.is_empty() || !known.chars().all(fits) {
            out.push(bad(header.name.span, "this is no name of a header", "这不是有效的请求头名称"));
        }
        let value = linker.source(&header.value, &FieldType::Text, &variables, out)?;
        Some((known.to_ascii_lowercase(), value))
    });
    let headers = headers.collect();
    Request {
        method,
        path: linker.source(&body.path, &FieldType::Text, &variables, out).unwrap_or(Source::Literal(Value::Null)),
        headers,
        body: linker.optional(body.body.as_ref(), &variables, Want::Anything, out),
        input,
    }
}

/// What a `call` node asks.
pub(crate) fn call(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<WrittenCall>,
    out: &mut Diagnostics,
) -> Option<Call> {
    let body = &written.value;
    let connector = name(&body.connector);
    let Some(known) = linker.connector(connector.as_str()) else {
        out.push(unknown::connector(body.connector.span, connector, linker.names));
        return None;
    };
    linker.uses(Used::Connector, connector);
    let request = name(&body.request);
    let Some(asked) = known.requests.get(request) else {
        let all = known.requests.iter().map(|(name, _)| name.value.as_str());
        out.push(
            Diagnostic::error(
                code!("unknown-request"),
                body.request.span,
                text!(
                    "connector `{connector}` has no request `{request}`",
                    "连接器 `{connector}` 没有请求 `{request}`"
                ),
            )
            .suggest(nearest(request.as_str(), all)),
        );
        return None;
    };
    let input: Vec<Name> = asked.input.iter().map(name).collect();
    for (given, val) in &body.with {
        if !input.contains(&given.value) {
            let known = input.iter().map(|name| name.as_str());
            out.push(unknown::part(given.span, request.as_str(), given.value.as_str(), known));
            let _checked = linker.source(val, &FieldType::Json, &graph.variables(), out);
        }
    }
    for needed in input.iter().filter(|needed| body.with.get(**needed).is_none()) {
        let why = format!("request `{request}` needs `{needed}`");
        out.push(missing(written.span, needed.as_str(), &why, "请求需要这个输入"));
    }
    let variables = graph.variables();
    let with = body.with.iter().filter(|(given, _)| input.contains(&given.value));
    let with =
        with.filter_map(|(given, val)| Some((given.value, given_value(linker, val, &variables, out)?))).collect();
    let set = sets(linker, graph.object, &body.set, &answered(&variables), out);
    Some(Call { connector, request, with, set })
}

fn given_value(linker: &Linker<'_>, val: &Val, variables: &Variables, out: &mut Diagnostics) -> Option<Source> {
    match val {
        Val::Literal(data) => match &data.value {
            Data::Scalar(text) => Some(Source::Literal(plain(text))),
            other => Some(Source::Literal(Value::Json(literal::to_json(other).to_string().into()))),
        },
        Val::Expression(expression) => {
            Some(Source::Program(linker.expression(expression, variables, Want::Anything, out)))
        }
    }
}

/// A number or truth value where the text is exactly how one is written, otherwise the text.
fn plain(text: &std::sync::Arc<str>) -> Value {
    match &**text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        written => match written.parse::<i64>() {
            Ok(number) if number.to_string() == written => Value::Int(number),
            _ => Value::Text(text.clone()),
        },
    }
}

/// The variables before it, `answer` and `status`.
fn answered(variables: &Variables) -> Variables {
    let mut all = variables.clone();
    all.push(("answer", Shape::Any));
    all.push(("status", Shape::Int));
    all
}

/// Where a `call` goes when it fails.
pub(crate) fn failed(
    linker: &Linker<'_>,
    graph: &Graph<'_>,
    written: &Sp<WrittenFailed>,
    out: &mut Diagnostics,
) -> Failed {
    let body = &written.value;
    let variables = answered(&graph.variables());
    let when = linker.optional(body.when.as_ref(), &variables, Want::Truth, out);
    let to = graph.targets(&body.to.0, out);
    if body.to.is_empty() {
        graph.broken.set(true);
        out.push(missing(written.span, "to", "the token has to go somewhere", "令牌必须有去处"));
    }
    let mut all = variables;
    all.push(("cause", Shape::Text));
    Failed { to, when, set: sets(linker, graph.object, &body.set, &all, out) }
}
