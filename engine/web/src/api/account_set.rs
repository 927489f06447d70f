//! The account sets of the server, for its operators: listed, made, put away, opened again, without a restart.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use formwork_account::{login::is_usable, token::Token};
use formwork_model::{code, text};
use serde_json::{Value as Json, json};

use crate::{
    api::{self, Answer},
    app::App,
    body::Members,
    call::Call,
    cookie,
    error::Problem,
    sites::{Absent, KEY_PREFIX, New, Refused, Sites},
};

/// `GET /account-sets`
pub(crate) async fn list(call: Call) -> Answer {
    operator(&call)?;
    call.parameters()?.finish()?;
    let served = call.app.books();
    let served = served.iter().map(|served| {
        let release = served.book.catalog();
        json!({"name": served.name, "state": "served", "label": release.book.label, "release": &*release.release})
    });
    let absent = call.app.absent();
    let absent = absent.iter().map(|(name, absent)| {
        let state = match absent {
            Absent::Archived => "archived",
            Absent::Broken => "broken",
        };
        json!({"name": name, "state": state})
    });
    let data: Vec<Json> = served.chain(absent).collect();
    Ok(api::json(StatusCode::OK, &json!({"data": data})))
}

/// `POST /account-sets` with `{"name", "like", "administrator", "administrator_name"}`.
pub(crate) async fn create(call: Call) -> Answer {
    let (sites, operator) = operator(&call)?;
    call.parameters()?.finish()?;
    let mut members = Members::read(&call.body)?;
    let (name, like) = (members.take_text("name"), members.take_text("like"));
    let (login, called) = (members.take_text("administrator"), members.take_text("administrator_name"));
    for (member, missing) in [("name", name.is_none()), ("like", like.is_none()), ("administrator", login.is_none())] {
        if missing {
            members.unfit::<()>(member, text!("`{member}` is needed", "需要 `{member}`"));
        }
    }
    if login.as_deref().is_some_and(|login| !is_usable(login)) {
        members.unfit::<()>("administrator", text!("nobody can be called so", "不能作为登录名"));
    }
    members.finish()?;
    let new = New {
        name: name.unwrap_or_default(),
        like: like.unwrap_or_default(),
        administrator: login.unwrap_or_default(),
        called,
        operator,
    };
    let (made, known) = (new.clone(), sites.clone());
    let password = work(&call.app, move |app| known.create(app, &new)).await?;
    let body = json!({
        "name": made.name, "pages": format!("/{}", made.name),
        "administrator": {"login": made.administrator, "password": password},
    });
    let mut answer = api::json(StatusCode::CREATED, &body);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// `POST /account-sets/{set}/archive`
pub(crate) async fn archive(call: Call) -> Answer {
    let (sites, operator) = operator(&call)?;
    call.parameters()?.finish()?;
    let name = call.path("set").to_owned();
    let folder = work(&call.app, move |app| sites.archive(app, &name, &operator)).await?;
    Ok(api::json(StatusCode::OK, &json!({"name": call.path("set"), "state": "archived", "folder": folder})))
}

/// `POST /account-sets/{set}/open`
pub(crate) async fn open(call: Call) -> Answer {
    let (sites, _) = operator(&call)?;
    call.parameters()?.finish()?;
    let name = call.path("set").to_owned();
    work(&call.app, move |app| sites.open(app, &name)).await?;
    Ok(api::json(StatusCode::OK, &json!({"name": call.path("set"), "state": "served"})))
}

/// What looks after the account sets, and the operator who asks. No session or key of a book is one, and a server of one
/// book has none.
fn operator(call: &Call) -> Result<(Arc<dyn Sites>, String), Problem> {
    let mut given = call.headers().get_all(header::AUTHORIZATION).iter();
    let line = given.next().filter(|_| given.next().is_none()).and_then(|line| line.to_str().ok());
    let secret = line.and_then(|line| {
        let (scheme, rest) = line.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim().strip_prefix(KEY_PREFIX))?
    });
    let sites = call.app.settings().sites.clone();
    let known = secret.and_then(Token::read).zip(sites).and_then(|(key, sites)| {
        let operator = sites.operator(&key)?;
        Some((sites, operator))
    });
    known.ok_or_else(|| {
        let message = text!(
            "the key of an operator is needed: `formwork books key add NAME --books DIR` makes one",
            "需要运维密钥：可用 `formwork books key add 名称 --books 文件夹` 创建"
        );
        Problem::new(StatusCode::UNAUTHORIZED, code!("not-signed-in"), message)
    })
}

/// Does what takes its time, away from the threads that serve connections. It goes on when the caller goes away: half
/// a book is no book.
async fn work<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&App) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Problem> {
    let inner: App = app.clone();
    match tokio::task::spawn_blocking(move || work(&inner)).await {
        Ok(done) => done.map_err(Problem::from),
        Err(error) => Err(Problem::fault(format!("the account sets: {error}"))),
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown(name) => crate::ask::not_found("book", &name),
            Refused::Invalid(member, message) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message).field(member)
            }
            Refused::Conflict(message) => Self::new(StatusCode::CONFLICT, code!("book-not-changed"), message),
            Refused::Failed(message) => Self::new(StatusCode::SERVICE_UNAVAILABLE, code!("book-unavailable"), message),
        }
    }
}

/// As [`absent`], for programs: to whoever brings nothing that could prove who they are, the book is one like any
/// other that they may not know.
pub(crate) fn absent_to_caller(call: &Call) -> Option<Problem> {
    let brings = call.headers().contains_key(header::AUTHORIZATION)
        || cookie::read(call.headers(), call.path("book"), call.app.settings().secure).is_some();
    absent(call).filter(|_| brings)
}

/// What somebody is told who goes to a book that was put away or can't be served.
pub(crate) fn absent(call: &Call) -> Option<Problem> {
    let absent = call.app.absent();
    let (name, why) = absent.get_key_value(call.path("book"))?;
    Some(match why {
        Absent::Archived => Problem::new(
            StatusCode::GONE,
            code!("book-archived"),
            text!(
                "the book {name} was put away; whoever operates the server can bring it back",
                "账套 {name} 已归档；如需恢复请联系运维人员"
            ),
        ),
        Absent::Broken => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code!("book-unavailable"),
            text!(
                "the book {name} can't be served at present; the log of the server says why",
                "账套 {name} 暂时无法提供服务；原因见服务日志"
            ),
        ),
    })
}
