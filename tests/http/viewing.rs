//! Looking at the pages as somebody else: only those whom one looks after, changing nothing, told to the audit log.

use axum::body::Body;
use formwork_model::name::Name;
use formwork_runtime::command::Request;
use formwork_web::{Takes, routes};
use serde_json::{Value as Json, json};

use super::{
    closed::{Closed, OWN_PAGE},
    delegated::office,
    support::Reply,
};

async fn page(closed: &Closed, cookie: &str, method: &str, path: &str, form: &'static str) -> Reply {
    let mut headers = vec![("cookie", cookie), OWN_PAGE, ("accept", "text/html"), ("accept-language", "en")];
    if method == "POST" {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    closed.site.send(method, path, &headers, Body::from(form)).await
}

async fn who(closed: &Closed, cookie: &str) -> (Json, Json) {
    let said = closed.ask(cookie, "GET", "/~/who-am-i").await.expect(200).json();
    (said["login"].clone(), said["seen_by"].clone())
}

async fn begin(closed: &Closed, cookie: &str, login: &str) -> Reply {
    page(closed, cookie, "POST", &format!("/workshop/admin/people/{login}/view"), "reason=A+call").await
}

fn told(closed: &Closed, what: &str) -> usize {
    closed.audit().iter().filter(|(actor, said)| actor == "sue" && said == what).count()
}

#[tokio::test]
async fn whoever_looks_after_somebody_sees_what_they_see_and_changes_nothing() {
    let closed = office();
    let sue = closed.sign_in("sue").await;
    page(&closed, &sue, "POST", "/workshop/admin/people/cal/view", "reason=").await.expect(422);
    assert_eq!(told(&closed, "view-as"), 0);
    let begun = begin(&closed, &sue, "cal").await.expect(303);
    assert_eq!(begun.header("location"), "/workshop");
    assert_eq!(who(&closed, &sue).await, (json!("cal"), json!("sue")));
    let start = page(&closed, &sue, "GET", "/workshop", "").await.expect(200);
    assert!(start.text().contains("You see what this person sees:"), "{start}");
    // So does what stands in the place of a page.
    for path in ["/workshop/job/none", "/workshop/nothing", "/workshop/admin/people", "/workshop/x/y/z/w"] {
        let page = page(&closed, &sue, "GET", path, "").await.expect(404);
        assert!(page.text().contains("You see what this person sees:"), "{path}: {page}");
    }
    // What would change something can't be pressed, and says why; what ends the looking can.
    let views = page(&closed, &sue, "GET", "/workshop/job?panel=views", "").await.expect(200);
    assert!(views.text().contains("<button disabled title=\"nothing can be changed\" class=\"btn"), "{views}");
    let sends = |html: &str| {
        let forms: Vec<&str> = html.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")).collect();
        let open = |form: &&str| form.split("</form>").next().unwrap().contains("<button class");
        forms.iter().filter(|form| open(form)).count()
    };
    assert_eq!((sends(&start.text()), sends(&views.text())), (1, 1), "only the end of looking can be sent");
    // What sue administers is not there for cal.
    page(&closed, &sue, "GET", "/workshop/admin/people", "").await.expect(404);
    let by_itself = ["/sign-out", "/sign-out-everywhere", "/view-as/end", "/hooks/{connector}/{hook}"];
    let of_books = routes().iter().filter(|route| route.writes && route.path.starts_with("/{book}"));
    for route in of_books
        .filter(|route| !route.path.contains("/sign-in") && !by_itself.iter().any(|end| route.path.ends_with(end)))
    {
        let path: Vec<&str> =
            route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let path = path.join("/").replacen("/x", "/workshop", 1);
        let kind = if route.takes == Takes::Form { "application/x-www-form-urlencoded" } else { "application/json" };
        let headers = [("cookie", sue.as_str()), OWN_PAGE, ("content-type", kind)];
        let reply = closed.site.send(route.method, &path, &headers, Body::empty()).await;
        reply.refused(403, "only-looking");
    }
    closed.ask(&sue, "GET", "/~/audit-log").await.refused(403, "only-looking");
    // For cal there is no such page.
    page(&closed, &sue, "GET", "/workshop/admin/audit", "").await.expect(404);
    closed.ask(&sue, "GET", "/workshop/job/export?format=csv").await.refused(403, "only-looking");
    let ended = page(&closed, &sue, "POST", "/workshop/view-as/end", "").await.expect(303);
    assert_eq!(ended.header("location"), "/workshop/admin/people/cal");
    assert_eq!(who(&closed, &sue).await, (json!("sue"), Json::Null));
    assert_eq!((told(&closed, "view-as"), told(&closed, "view-as-ended")), (1, 1));
    let cal = closed.audit().iter().filter(|(actor, _)| actor == "cal").count();
    assert_eq!(cal, 0, "nothing is told as cal's doing");
}

#[tokio::test]
async fn nobody_is_looked_at_as_whoever_is_above_or_beside() {
    let closed = office();
    let sue = closed.sign_in("sue").await;
    for login in ["tom", "max", "cyd", "sue", "nobody", "system"] {
        begin(&closed, &sue, login).await.expect(404);
        page(&closed, &sue, "GET", &format!("/workshop/admin/people/{login}"), "").await.expect(404);
    }
    let people = page(&closed, &sue, "GET", "/workshop/admin/people", "").await.expect(200);
    page(&closed, &sue, "GET", "/workshop/admin/people/cal", "").await.expect(200);
    assert!(people.text().contains("/admin/people/cal") && !people.text().contains("/admin/people/tom"), "{people}");
    let cal = closed.sign_in("cal").await;
    begin(&closed, &cal, "sue").await.expect(404);
    page(&closed, &cal, "GET", "/workshop/admin/people", "").await.expect(404);
    assert_eq!(told(&closed, "view-as"), 0);
}

#[tokio::test]
async fn it_ends_by_itself_with_the_session_and_when_somebody_rises() {
    let closed = office();
    let sue = closed.sign_in("sue").await;
    begin(&closed, &sue, "cal").await.expect(303);
    closed.pass(29 * 60);
    assert_eq!(who(&closed, &sue).await.0, "cal");
    closed.pass(2 * 60);
    assert_eq!(who(&closed, &sue).await.0, "sue");
    closed.pass(0);
    assert_eq!(told(&closed, "view-as-ended"), 1);
    begin(&closed, &sue, "cal").await.expect(303);
    page(&closed, &sue, "POST", "/workshop/sign-out", "").await.expect(303);
    assert_eq!(told(&closed, "view-as-ended"), 2);
    let sue = closed.sign_in("sue").await;
    assert_eq!(who(&closed, &sue).await.0, "sue");
    begin(&closed, &sue, "cal").await.expect(303);
    let values = json!({"user": "cal", "role": "head", "department": "A"}).as_object().unwrap().clone();
    closed.run(Request::Create { object: Name::intern("position"), values });
    assert_eq!(who(&closed, &sue).await.0, "sue");
}
