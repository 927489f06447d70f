//! How people sign in to the book.

use formwork_definition::{
    kind::{
        Definitions,
        book::{Book as Written, Provider as WrittenProvider},
    },
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};

use crate::{
    catalog::{Provider, SignIn},
    resolve::{connector::variable, label, name, table::no_role},
};

/// The claim that most providers put a login into.
const CLAIM: &str = "preferred_username";
/// The role of administrators.
const ADMIN: &str = "admin";

/// How people sign in; with a password, unless something else is said.
pub(crate) fn sign_in(body: &Written, definitions: &Definitions, out: &mut Diagnostics) -> SignIn {
    let Some(written) = &body.sign_in else { return SignIn::default() };
    let password = written.value.password.as_ref();
    if let Some(off) = password.filter(|password| !password.value && written.value.providers.iter().next().is_none()) {
        out.push(bad(off.span, "nobody could sign in: there is no provider", "没有任何登录方式：未定义 providers"));
    }
    let providers = written.value.providers.iter();
    SignIn {
        password: password.is_none_or(|password| password.value),
        providers: providers.map(|(known, body)| (known.value, provider(known, body, definitions, out))).collect(),
    }
}

fn provider(written: &Sp<Name>, body: &WrittenProvider, definitions: &Definitions, out: &mut Diagnostics) -> Provider {
    let internal = body.internal.as_ref().is_some_and(|internal| internal.value);
    let issuer = body.issuer.value.trim().to_owned();
    let secure = issuer.strip_prefix("https://").or(issuer.strip_prefix("http://").filter(|_| internal));
    if secure.is_none_or(|rest| rest.is_empty() || rest.contains(['?', '#', '@', ' '])) {
        out.push(bad(
            body.issuer.span,
            "an issuer is an address that begins with `https://`, without `?` and `#`",
            "issuer 应为以 `https://` 开头的地址，不含 `?` 和 `#`",
        ));
    }
    if body.client.value.trim().is_empty() {
        out.push(bad(body.client.span, "the provider knows every book by a name", "client 不能为空"));
    }
    let claim = body.claim.as_ref().map_or_else(|| CLAIM.to_owned(), |claim| claim.value.clone());
    let scopes = match &body.scopes {
        Some(scopes) => {
            let words = scopes.value.iter().map(|scope| scope.value.trim().to_owned());
            words.filter(|scope| scope != "openid" && !scope.is_empty()).collect()
        }
        None if claim == "email" => vec!["profile".to_owned(), "email".to_owned()],
        None => vec!["profile".to_owned()],
    };
    let new_people = body.new_people.as_ref().map(|role| {
        let called = name(role);
        let mut known = definitions.own_roles().map(|defined| defined.body.role.value.0);
        if called.as_str() == ADMIN {
            out.push(bad(role.span, "everybody would become an administrator", "所有人都会成为管理员"));
        } else if !known.any(|known| known == called) {
            let roles = definitions.roles.iter().map(|defined| defined.body.role.value.0.as_str());
            out.push(no_role(role, nearest(called.as_str(), roles)));
        }
        called
    });
    Provider {
        name: written.value,
        label: label::label(body.label.as_ref(), written.value),
        issuer,
        client: body.client.value.trim().to_owned(),
        secret: variable(body.secret.as_ref(), out),
        scopes,
        claim,
        internal,
        new_people,
    }
}

fn bad(at: Span, en: &str, zh: &str) -> Diagnostic {
    Diagnostic::error(code!("bad-value"), at, text!("{en}", "{zh}"))
}
