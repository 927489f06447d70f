//! What a browser is shown instead of a page: what happened, in plain words, what may be the cause, and where to go on.
//! Whoever has signed in has the menu of the book around it.

use std::sync::Arc;

use axum::{
    http::{HeaderMap, Method, Request, StatusCode, Uri},
    response::Response,
};
use formwork_model::{
    code, text,
    text::{Language, Text},
};
use serde_json::{Value as Json, json};

use super::view::{BareFrame, View, bare, html, redirect, theme};
use crate::{
    app::{App, Served},
    ask::asked_again,
    call::Call,
    error::Problem,
    header,
};

/// The request a problem belongs to, as far as a page needs it.
#[derive(Debug)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Asked {
    /// Keeps what a page of a problem needs, when the caller wants a page at all.
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let api = uri.path().split('/').nth(2) == Some("api");
        (header::wants_page(headers) && !api).then(|| Self {
            method: method.clone(),
            uri: uri.clone(),
            headers: headers.clone(),
        })
    }

    /// The page of a problem; `None` when it can't be made.
    pub(crate) async fn page(self, app: &App, problem: &Problem, request_id: &str) -> Option<Response> {
        let named = self.uri.path().split('/').nth(1).and_then(|name| app.book(name));
        let book = named.clone().or_else(|| app.books().first().cloned())?;
        let root = format!("/{}", book.name);
        if problem.code() == code!("not-signed-in") && self.method == Method::GET {
            let here = self.uri.path_and_query().map_or(root.as_str(), |path| path.as_str());
            let back: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
            return redirect(&format!("{root}/sign-in?back={back}")).ok();
        }
        if problem.code() == code!("password-must-change") {
            return redirect(&format!("{root}/password")).ok();
        }
        let told = Told::of(problem, request_id);
        if let Some(book) = named
            && let Some((language, values)) = self.framed(app, &book, told.clone()).await
        {
            return html("error", problem.status(), language, values).ok();
        }
        let language = header::language(&self.headers);
        let catalog = book.book.catalog();
        let frame = BareFrame {
            language,
            theme: theme(&self.headers),
            root: &root,
            label: catalog.book.label.get(language),
            here: self.uri.path(),
            dev: app.settings().dev,
        };
        let mut values = bare(&frame, "error", told.title.get(language));
        if let Json::Object(more) = told.values(language, &root) {
            values.extend(more);
        }
        html("error", problem.status(), language, values.into()).ok()
    }

    /// The page with the menu of the book, for whoever has signed in there.
    async fn framed(&self, app: &App, book: &Arc<Served>, told: Told) -> Option<(Language, Json)> {
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let call = Call::looking(app.clone(), request.into_parts().0);
        let served = book.clone();
        let framed = move |_: &Served| {
            let view = View::of(&asked_again(call, served)?);
            let body = told.values(view.language, &view.root);
            Some((view.language, view.frame("error", view.say(&told.title), body).ok()?))
        };
        book.glance(framed).await?
    }
}

/// What a page says of a problem.
#[derive(Debug, Clone)]
struct Told {
    title: Text,
    /// What happened, as far as the heading does not say it.
    said: Vec<Text>,
    /// What may be the cause, and what to do now.
    hints: Vec<Text>,
    /// For whoever looks after the server.
    code: &'static str,
    request_id: String,
}

impl Told {
    fn of(problem: &Problem, request_id: &str) -> Self {
        let status = problem.status();
        // What is not there is said in words of people: the message names it as programs do.
        let told = status != StatusCode::NOT_FOUND && status != StatusCode::METHOD_NOT_ALLOWED;
        let said = problem.found().iter().filter(|_| told).map(|found| found.message.clone()).collect();
        let (title, hints) = words(status, problem.code() == code!("not-allowed"));
        Self { title, said, hints, code: problem.code().as_str(), request_id: request_id.to_owned() }
    }

    fn values(&self, language: Language, root: &str) -> Json {
        let title = self.title.get(language);
        let said = self.said.iter().map(|said| said.get(language).replace('`', ""));
        // What the heading says already is not said again.
        let said: Vec<String> =
            said.filter(|said| !said.eq_ignore_ascii_case(title)).map(|said| capital(&said)).collect();
        let hints: Vec<&str> = self.hints.iter().map(|hint| hint.get(language)).collect();
        json!({"said": said, "hints": hints, "code": self.code, "request_id": self.request_id, "back": root})
    }
}

/// The heading, what may be the cause, and the next step. `by_role`: it is the roles that do not allow it.
fn words(status: StatusCode, by_role: bool) -> (Text, Vec<Text>) {
    match status {
        StatusCode::NOT_FOUND => (
            text!("There is nothing here", "这里没有内容"),
            vec![
                text!("The address may be mistyped or out of date.", "地址可能输错或已过期。"),
                text!("What it led to may have been deleted.", "原来的内容可能已被删除。"),
                text!(
                    "You may not be allowed to see it: ask whoever sent you the address, or your administrator.",
                    "您可能没有查看权限：请询问发送此地址的人或管理员。"
                ),
            ],
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            text!("There is nothing here", "这里没有内容"),
            vec![text!(
                "This address only takes a form: go back and send it again.",
                "此地址只接收表单：请返回后重新提交。"
            )],
        ),
        StatusCode::GONE => (text!("This book was put away", "此账套已归档"), Vec::new()),
        StatusCode::FORBIDDEN if !by_role => (text!("You may not do this", "您无权执行此操作"), Vec::new()),
        StatusCode::FORBIDDEN => (
            text!("You may not do this", "您无权执行此操作"),
            vec![
                text!("None of your roles allows it.", "您的角色均未授予此权限。"),
                text!("If it belongs to your work, ask your administrator for it.", "如工作需要，请联系管理员开通。"),
            ],
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            (text!("That was too often", "操作过于频繁"), vec![text!("Wait a moment, then try again.", "请稍候再试。")])
        }
        status if status.is_server_error() => (
            text!("Something went wrong on our side", "系统出现问题"),
            vec![text!(
                "Look whether your change is there before you repeat it. If it happens again, give your administrator the details below.",
                "重试之前请先查看修改是否已生效。若再次出现，请将下方详情告知管理员。"
            )],
        ),
        _ => (
            text!("This did not work", "操作未能完成"),
            vec![text!("Nothing was changed. Go back, correct it and try again.", "未作任何修改。请返回更正后重试。")],
        ),
    }
}

/// A message as a sentence of its own.
pub(crate) fn capital(said: &str) -> String {
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
