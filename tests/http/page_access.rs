//! Who may see and do what on the pages: every route of a page as nobody, as somebody with another role, as whoever may.

use axum::http::StatusCode;
use formwork_web::{Takes, routes};

use super::{
    access::workshop,
    closed::Closed,
    support::{Reply, Site},
};

/// Everybody's: about the caller alone, or of nobody.
const EVERYBODY: u16 = 0;

/// A route, an address of it, the form that is sent, and the answers to nobody, to a worker, and to a master.
type Tried = (&'static str, String, &'static str, [u16; 3]);

/// Every route of the pages, with what it answers about the master's job, which is no worker's.
fn tried(id: &str, task: &str) -> Vec<Tried> {
    let open = |route: &'static str, path: &str| (route, path.to_owned(), "", [EVERYBODY; 3]);
    let object = |route: &'static str, below: &str, form: &'static str, answers: [u16; 3]| {
        (route, format!("/workshop/job{below}"), form, answers)
    };
    let job = |route: &'static str, below: &str, form: &'static str, master: u16| {
        (route, format!("/workshop/job/{id}{below}"), form, [404, 404, master])
    };
    let read = |route: &'static str, below: &str, form: &'static str, master: u16| {
        (route, format!("/workshop{below}"), form, [404, 404, master])
    };
    let of_task = |route: &'static str, below: &str, form: &'static str, master: u16| {
        (route, format!("/workshop/tasks/{task}{below}"), form, [404, 404, master])
    };
    vec![
        open("GET /assets/{version}/{file}", "/assets/0/app.css"),
        open("GET /{book}/sign-in", "/workshop/sign-in"),
        open("POST /{book}/sign-in", "/workshop/sign-in"),
        open("POST /account-sets/sign-ins", "/account-sets/sign-ins"),
        open("POST /{book}/sign-in/from", "/workshop/sign-in/from"),
        open("GET /{book}/sign-in/with/{provider}", "/workshop/sign-in/with/nobody"),
        open("GET /{book}/sign-in/with/{provider}/back", "/workshop/sign-in/with/nobody/back?code=x&state=y"),
        open("GET /{book}/sign-out/with/{provider}", "/workshop/sign-out/with/nobody"),
        open("POST /{book}/sign-out", "/workshop/sign-out"),
        open("GET /{book}/password", "/workshop/password"),
        open("POST /{book}/password", "/workshop/password"),
        open("POST /{book}/view-as/end", "/workshop/view-as/end"),
        open("GET /{book}", "/workshop"),
        open("GET /{book}/menu", "/workshop/menu"),
        open("GET /{book}/search", "/workshop/search?q=Chair"),
        open("GET /{book}/find", "/workshop/find?q=Chair"),
        open("GET /{book}/events", "/workshop/events"),
        open("POST /{book}/preferences", "/workshop/preferences"),
        open("GET /{book}/messages", "/workshop/messages"),
        open("POST /{book}/messages/read", "/workshop/messages/read"),
        open("POST /{book}/messages/{message}/read", "/workshop/messages/1.0/read"),
        open("GET /{book}/tasks", "/workshop/tasks"),
        open("POST /{book}/tasks/bulk", "/workshop/tasks/bulk"),
        open("POST /{book}/tasks/proxies", "/workshop/tasks/proxies"),
        of_task("GET /{book}/tasks/{task}/{operation}", "/urge", "", 200),
        of_task("POST /{book}/tasks/{task}/{operation}", "/urge", "", 303),
        of_task("POST /{book}/tasks/{task}", "", "operation=comment&reason=x", 303),
        open("GET /{book}/reports", "/workshop/reports"),
        read("GET /{book}/reports/{report}", "/reports/loads", "", 200),
        read("GET /{book}/reports/{report}/export", "/reports/loads/export", "", 403),
        read("POST /{book}/reports/{report}/views", "/reports/loads/views", "do=keep&name=Mine", 303),
        read("GET /{book}/dashboards/{dashboard}", "/dashboards/all_loads", "", 200),
        read("GET /{book}/dashboards/{dashboard}/numbers", "/dashboards/all_loads/numbers", "", 200),
        object("GET /{book}/{object}", "", "", [200; 3]),
        object("GET /{book}/{object}/export", "/export", "", [403; 3]),
        object("POST /{book}/{object}/columns", "/columns", "column=name", [303; 3]),
        object("POST /{book}/{object}/views", "/views", "name=Mine", [303; 3]),
        object("GET /{book}/{object}/calendar", "/calendar", "", [200; 3]),
        object("POST /{book}/{object}/bulk", "/bulk", "", [422; 3]),
        object("GET /{book}/{object}/board", "/board", "", [404; 3]),
        object("GET /{book}/{object}/new", "/new", "", [403, 200, 200]),
        object("POST /{book}/{object}/new/preview", "/new/preview", "name=Stool", [403, 200, 200]),
        object("POST /{book}/{object}/new", "/new", "name=Stool", [403, 303, 303]),
        job("GET /{book}/{object}/{id}", "", "", 200),
        job("GET /{book}/{object}/{id}/flow", "/flow", "", 200),
        job("GET /{book}/{object}/{id}/print/{page}", "/print/none", "", 404),
        job("GET /{book}/{object}/{id}/edit", "/edit", "", 200),
        job("POST /{book}/{object}/{id}/preview", "/preview", "name=Bench", 200),
        job("POST /{book}/{object}/{id}/edit", "/edit", "name=Bench", 303),
        job("GET /{book}/{object}/{id}/field/{field}", "/field/name", "", 200),
        job("POST /{book}/{object}/{id}/field/{field}", "/field/name", "name=Bench", 303),
        job("POST /{book}/{object}/{id}/comment", "/comment", "text=Well+done", 303),
        job("POST /{book}/{object}/{id}/work", "/work", "operation=claim", 409),
        job("GET /{book}/{object}/{id}/act/{action}", "/act/begin", "", 200),
        job("POST /{book}/{object}/{id}/act/{action}/preview", "/act/begin/preview", "", 200),
        job("POST /{book}/{object}/{id}/act/{action}", "/act/begin", "", 303),
        job("POST /{book}/{object}/{id}/share", "/share", "user=wim", 403),
        job("GET /{book}/{object}/{id}/delete", "/delete", "", 200),
        job("POST /{book}/{object}/{id}/delete", "/delete", "", 303),
    ]
}

async fn send(site: &Site, actor: &str, route: &str, path: &str, form: &str) -> Reply {
    let method = route.split(' ').next().unwrap();
    let mut headers = vec![("formwork-actor", actor), ("accept", "text/html"), ("accept-language", "en")];
    if method == "POST" {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    site.send(method, path, &headers, form.to_owned()).await
}

#[tokio::test]
async fn every_page_answers_those_who_may_and_nobody_else() {
    let (site, job, task) = workshop().await;
    let tried = tried(&job, &task);
    // Those of the administration are tried beside what they do: `pages/admin/rights.rs`.
    for route in routes().iter().filter(|route| route.page && !route.path.starts_with("/{book}/admin")) {
        let known = format!("{} {}", route.method, route.path);
        assert!(tried.iter().any(|(route, ..)| *route == known), "{known} is not tried");
    }
    let mut wrong = Vec::new();
    for (route, path, form, answers) in &tried {
        let actors: [(&str, usize); 4] =
            [("nobody", 0), ("nobody job_master", 0), ("wim worker", 1), ("mia master", 2)];
        let mut statuses = Vec::new();
        for (actor, answer) in actors {
            let status = send(&site, actor, route, path, form).await.status.as_u16();
            statuses.push(status);
            let fits =
                if answers[0] == EVERYBODY { status == statuses[0] && status < 500 } else { status == answers[answer] };
            if !fits {
                wrong.push(format!("{actor}: {route}: {status}"));
            }
        }
        if let Some(below) = path.strip_prefix("/workshop") {
            let elsewhere = send(&site, "mia master", route, &format!("/other{below}"), form).await;
            assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "{route} of another book");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_form_opens_for_whoever_may_save_it() {
    let (site, ..) = workshop().await;
    let made = send(&site, "mia master", "POST", "/workshop/member/new", "name=Ann&city=bj").await.expect(303);
    let ann = made.header("location").split('?').next().unwrap();
    for (actor, status) in [("wim worker", 403), ("mia master", 200)] {
        send(&site, actor, "GET", ann, "").await.expect(200);
        for page in ["/edit", "/field/name"] {
            send(&site, actor, "GET", &format!("{ann}{page}"), "").await.expect(status);
        }
        send(&site, actor, "POST", &format!("{ann}/preview"), "name=Ann").await.expect(status);
    }
}

#[tokio::test]
async fn a_page_that_writes_takes_forms_and_nothing_else() {
    let (site, job, task) = workshop().await;
    for (route, path, _, _) in tried(&job, &task) {
        let known = routes().iter().find(|known| format!("{} {}", known.method, known.path) == route).unwrap();
        if known.takes != Takes::Form {
            continue;
        }
        let headers = [("formwork-actor", "mia master"), ("content-type", "application/json")];
        let reply = site.send("POST", &path, &headers, "{}").await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{route}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let closed = Closed::new();
    let page = [("accept", "text/html")];
    let reply = closed.site.send("GET", "/workshop/job?view=all", &page, "").await.expect(303);
    assert_eq!(reply.header("location"), "/workshop/sign-in?back=%2Fworkshop%2Fjob%3Fview%3Dall");
    let html = closed.site.send("GET", reply.header("location"), &page, "").await.expect(200);
    assert!(
        html.text().contains("value=\"/workshop/job?view&#x3D;all\"")
            || html.text().contains("value=\"/workshop/job?view=all\""),
        "{html}"
    );
    // A page of another site is nowhere to go back to.
    for away in ["https://evil.example/", "//evil.example", "/other/job", "/\\evil.example"] {
        let form = format!("login=ann&password={}&back={away}", super::closed::PASSWORD.replace(' ', "+"));
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
            ("sec-fetch-site", "same-origin"),
        ];
        let reply = closed.site.send("POST", "/workshop/sign-in", &headers, form).await.expect(303);
        assert_eq!(reply.header("location"), "/workshop", "{away}");
    }
}
