//! The edge of every request: its id, its span, its time, and an answer whatever happens inside.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Instant,
};

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header as names},
    response::Response,
};
use formwork_model::{code, text};
use tokio::{runtime::Handle, task::JoinHandle};
use tracing::Instrument;

use crate::{
    api::Answer,
    app::{App, Served},
    ask::timed_out,
    call::{Call, Path},
    error::Problem,
    header,
    page::{self, error::Asked},
    routes::routes,
    safety,
};

/// Answers one request of the route at this place of [`routes`] with `handler`.
pub(crate) async fn answer<F, Fut>(app: App, route: usize, path: Path, request: Request, handler: F) -> Response
where
    F: FnOnce(Call) -> Fut + Send + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let language = header::language(&parts.headers);
    let id = header::request_id(&parts.headers).unwrap_or_else(|| app.next_request_id());
    // Every short path looks like a page; where there is no such book it is none.
    let known = routes().get(route).filter(|known| !known.page || is_served(&app, &path));
    let route = if known.is_some() { route } else { usize::MAX };
    let (method, template) = known.map_or(("any", "none"), |route| (route.method, route.path));
    let span = tracing::info_span!("request", id, method, route = template);
    let person = Asked::of(&parts.method, &parts.uri, &parts.headers);
    let own = served(&app, &path).and_then(|served| served.runtime.clone());
    let reading = Call::read(app.clone(), known, path, parts, body);
    let work = caught(async { handler(reading.await?).await }).instrument(span.clone());
    let answered = match own {
        Some(runtime) => elsewhere(&runtime, work).await,
        None => work.await,
    };
    let answered = answered.unwrap_or_else(|panic| Err(Problem::fault(format!("panic: {}", said(&*panic)))));
    let mut response = match answered {
        Ok(response) => response,
        Err(problem) => {
            let page = match person {
                Some(person) => person.page(&app, &problem, &id).await,
                None => None,
            };
            page.inspect(|_| problem.log(&id)).unwrap_or_else(|| problem.render(language, &id))
        }
    };
    let took = began.elapsed();
    app.metrics().answered(route, response.status(), took);
    tracing::debug!(parent: &span, status = response.status().as_u16(), ?took);
    let headers = response.headers_mut();
    // INVARIANT: ids are ASCII letters, digits and `-_.`; one that were not would only be left out.
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(header::REQUEST_ID, id);
    }
    safety::protect(headers, app.settings().secure);
    headers.entry(names::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether the book that the path names is served, if it names one.
fn is_served(app: &App, path: &Path) -> bool {
    path.iter().flatten().all(|(name, _)| name != "book") || served(app, path).is_some()
}

/// The book that the path names.
fn served(app: &App, path: &Path) -> Option<Arc<Served>> {
    path.iter().flatten().find(|(name, _)| *name == "book").and_then(|(_, book)| app.book(book))
}

/// Runs `work` on other threads; it ends with whoever waits for it.
async fn elsewhere<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = Result<Result<T, Problem>, Box<dyn Any + Send>>> + Send + 'static,
) -> Result<Result<T, Problem>, Box<dyn Any + Send>> {
    let mut working = Working(runtime.spawn(work));
    match (&mut working.0).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => Err(error.into_panic()),
        Err(_) => Ok(Err(timed_out())),
    }
}

/// Work under way, which ends when nobody waits for it any more.
struct Working<T>(JoinHandle<T>);

impl<T> Drop for Working<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `work`; a panic ends it, not the connection.
async fn caught<T>(work: impl Future<Output = T> + Send) -> Result<T, Box<dyn Any + Send>> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

/// The path is none.
pub(crate) async fn no_route(call: Call) -> Answer {
    let path = call.parts.uri.path();
    if Asked::of(&call.parts.method, &call.parts.uri, call.headers()).is_some()
        && call.parts.method == Method::GET
        && let Some(answer) = page::without_slash(path)
    {
        return answer;
    }
    let path: String = path.chars().take(120).collect();
    let message = text!("there is nothing at `{path}`; `/` says where to look", "`{path}` 不存在；入口见 `/`");
    Err(Problem::new(StatusCode::NOT_FOUND, code!("unknown-route"), message))
}

/// The path is one, the method is none of its own.
pub(crate) async fn wrong_method(call: Call) -> Answer {
    let method = call.parts.method;
    let message =
        text!("`{method}` is not possible here; see the `Allow` header", "此处不支持 `{method}`；见 `Allow` 响应头");
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, code!("wrong-method"), message))
}
