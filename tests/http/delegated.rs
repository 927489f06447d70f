//! Whoever gives some roles looks after those who hold no others, below a department: their positions, records,
//! passwords, sessions and audit entries; and after nobody above or beside.

use axum::http::StatusCode;
use formwork_model::name::Name;
use formwork_runtime::command::Request;
use serde_json::{Value as Json, json};

use super::closed::{Closed, OWN_PAGE};

const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/steward.role.yaml",
        "
role: steward
label: {zh: 管家, en: Steward}
gives: clerk
grants:
  users:     {on: user, may: [read, create, update], rows: all}
  positions: {on: position, may: [read, create, update, delete], rows: department_below}
  places:    {on: department, may: read, rows: all}
  away:      {on: [absence, proxy], may: [read, create, update], rows: all}
",
    ),
    (
        "definitions/work/clerk.role.yaml",
        "
role: clerk
label: {zh: 文员, en: Clerk}
grants:
  jobs: {on: job, may: read, rows: all}
",
    ),
    (
        "definitions/work/head.role.yaml",
        "
role: head
label: {zh: 主管, en: Head}
gives: steward
grants:
  jobs: {on: job, may: read, rows: all}
",
    ),
];

/// Departments A, B in A, and C. sue looks after A and below; max heads A, tom is steward of B, cal works in B, cyd in C.
pub(super) fn office() -> Closed {
    let closed = Closed::guarded(ROLES);
    let create = |object: &str, values: Json| {
        closed.run(Request::Create { object: Name::intern(object), values: values.as_object().unwrap().clone() });
    };
    for (code, parent) in [("A", Json::Null), ("B", json!("A")), ("C", Json::Null)] {
        create("department", json!({"code": code, "name": code, "parent": parent}));
    }
    for (login, role, department) in [
        ("sue", "steward", "A"),
        ("max", "head", "A"),
        ("tom", "steward", "B"),
        ("cal", "clerk", "B"),
        ("cyd", "clerk", "C"),
    ] {
        closed.add(login);
        create("position", json!({"user": login, "role": role, "department": department}));
    }
    closed
}

async fn say(closed: &Closed, cookie: &str, method: &str, path: &str, body: Json) -> (StatusCode, Json) {
    let reply = closed.site.write(method, path, &[("cookie", cookie), OWN_PAGE], body).await;
    (reply.status, serde_json::from_slice(&reply.bytes).unwrap_or_default())
}

fn position_of(closed: &Closed, login: &str) -> String {
    let id = closed.book().resolve(Name::intern("position"), &json!(login)).unwrap().unwrap();
    format!("/~/position/{id}")
}

#[tokio::test]
async fn roles_are_given_and_taken_below_and_never_above_or_beside() {
    let closed = office();
    let sue = closed.sign_in("sue").await;
    for (role, department, status) in [
        ("clerk", "B", 201),
        ("clerk", "A", 201),
        ("clerk", "C", 403),
        ("steward", "B", 403),
        ("head", "B", 403),
        ("admin", "B", 403),
    ] {
        let body = json!({"user": "cal", "role": role, "department": department});
        let (got, said) = say(&closed, &sue, "POST", "/~/position", body).await;
        assert_eq!(got.as_u16(), status, "{role} in {department}: {said}");
    }
    closed.add("new");
    let body = json!({"user": "new", "role": "clerk", "department": "B"});
    assert_eq!(say(&closed, &sue, "POST", "/~/position", body).await.0, 201);
    let of_new = position_of(&closed, "new");
    for (role, status) in [("admin", 403), ("steward", 403)] {
        assert_eq!(say(&closed, &sue, "PATCH", &of_new, json!({"role": role})).await.0, status, "{role}");
    }
    assert_eq!(say(&closed, &sue, "PATCH", &of_new, json!({"to": "2026-12-31"})).await.0, 200);
    for login in ["max", "tom", "sue"] {
        let path = position_of(&closed, login);
        assert_eq!(say(&closed, &sue, "PATCH", &path, json!({"to": "2026-03-03"})).await.0, 403, "{login}");
        assert_eq!(say(&closed, &sue, "DELETE", &path, json!({})).await.0, 403, "{login}");
    }
    assert_eq!(say(&closed, &sue, "DELETE", &of_new, json!({})).await.0, 204);
    for (login, status) in [("max", 403), ("tom", 403), ("cyd", 403), ("new", 200), ("sue", 200)] {
        let path = format!("/~/user/{login}");
        let (got, said) = say(&closed, &sue, "PATCH", &path, json!({"email": "x@example.com"})).await;
        assert_eq!(got.as_u16(), status, "{login}: {said}");
    }
}

#[tokio::test]
async fn passwords_sessions_and_audit_entries_are_those_of_whom_one_looks_after() {
    let closed = office();
    let sue = closed.sign_in("sue").await;
    for login in ["cal", "cyd", "max"] {
        closed.sign_in(login).await;
    }
    for (login, status) in [("cal", 200), ("cyd", 403), ("max", 403), ("tom", 403), ("sue", 403)] {
        for what in ["unlink", "sign-out", "password"] {
            let (got, said) = say(&closed, &sue, "POST", &format!("/~/people/{login}/{what}"), json!({})).await;
            assert_eq!(got.as_u16(), status, "{login} {what}: {said}");
        }
    }
    let hand = |from: &str| format!("/~/people/{from}/transfer");
    assert_eq!(say(&closed, &sue, "POST", &hand("cyd"), json!({"to": "sue"})).await.0, 403);
    assert_eq!(say(&closed, &sue, "POST", &hand("cal"), json!({"to": "sue"})).await.0, 200);
    let log = closed.ask(&sue, "GET", "/~/audit-log").await.expect(200).text();
    let told: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_about = |entry: &Json, login: &str| entry["actor"] == login || entry["about"] == login;
    assert!(told.iter().any(|entry| is_about(entry, "cal")), "{log}");
    for login in ["cyd", "max"] {
        assert!(!told.iter().any(|entry| is_about(entry, login)), "{login}: {log}");
    }
    let cyd = closed.sign_in("cyd").await;
    assert_eq!(say(&closed, &cyd, "GET", "/~/audit-log", Json::Null).await.0, 403);
    assert_eq!(say(&closed, &cyd, "POST", "/~/people/cal/password", json!({})).await.0, 403);
}

#[tokio::test]
async fn nobody_makes_themselves_the_substitute_of_somebody_above() {
    let closed = office();
    let cookie = closed.sign_in("sue").await;
    let away = |user: &str, by: &str| json!({"user": user, "from": "2026-01-01", "to": "2030-01-01", "substitute": by});
    let (status, refused) = say(&closed, &cookie, "POST", "/~/absence", away("max", "sue")).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("not-allowed")));
    let power = json!({"principal": "max", "agent": "sue", "from": "2026-01-01", "to": "2030-01-01"});
    assert_eq!(say(&closed, &cookie, "POST", "/~/proxy", power).await.0, StatusCode::FORBIDDEN);
    // Of those below, and by somebody else of anybody; but not turned to oneself afterwards.
    assert_eq!(say(&closed, &cookie, "POST", "/~/absence", away("cal", "sue")).await.0, StatusCode::CREATED);
    let (status, made) = say(&closed, &cookie, "POST", "/~/absence", away("max", "tom")).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/~/absence/{}", made["id"].as_str().unwrap());
    assert_eq!(say(&closed, &cookie, "PATCH", &path, json!({"substitute": "sue"})).await.0, StatusCode::FORBIDDEN);
}
