//! Who may what, asked over the interface: why somebody may, who may, and who would gain or lose what.

use formwork_model::name::Name;
use formwork_runtime::command::{Actor, Command, Request};
use serde_json::{Map, Value as Json, json};

use super::support::Site;

const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
may: [people, releases]
grants:
  all: {on: job, may: [read, create, update, delete], rows: all}
",
    ),
    (
        "definitions/work/worker.role.yaml",
        "
role: worker
label: {zh: 工人, en: Worker}
grants:
  own: {on: job, may: [read, update], rows: own, fields: {hidden: weight, masked: {amount: all}, write: name}}
",
    ),
];

/// A workshop in which mia is a master, and wim and wes are workers; a job of wim's and one of mia's.
async fn workshop() -> (Site, String, String) {
    let site = Site::guarded(ROLES);
    let run = |object: &str, values: Json| {
        let request = Request::Create { object: Name::intern(object), values: values.as_object().unwrap().clone() };
        let made = site.app.books()[0].book.run(Command::new(Actor::system(), request)).unwrap();
        made.record.unwrap().id.to_string()
    };
    for (login, role) in [("mia", "master"), ("wim", "worker"), ("wes", "worker")] {
        run("user", json!({"login": login, "name": login}));
        run("position", json!({"user": login, "role": role}));
    }
    let [wims, mias] = ["wim", "mia"].map(|login| run("job", json!({"name": "Chair", "worker": login})));
    (site, wims, mias)
}

async fn ask(site: &Site, path: &str) -> Json {
    site.send("GET", path, &[("formwork-actor", "mia")], "").await.expect(200).json()
}

#[tokio::test]
async fn who_may_is_told_for_a_record_an_action_and_a_field() {
    let (site, wims, mias) = workshop().await;
    for (id, more, who) in [
        (&wims, "", vec!["mia", "wim"]),
        (&wims, "&action=update", vec!["mia", "wim"]),
        (&wims, "&action=update&field=name", vec!["mia", "wim"]),
        (&wims, "&action=update&field=amount", vec!["mia"]),
        (&wims, "&field=weight", vec!["mia"]),
        (&wims, "&field=amount", vec!["mia"]),
        (&wims, "&action=delete", vec!["mia"]),
        (&mias, "", vec!["mia"]),
    ] {
        let said = ask(&site, &format!("/~/access/who?object=job&id={id}{more}")).await;
        let logins: Vec<&str> =
            said["data"].as_array().unwrap().iter().map(|one| one["login"].as_str().unwrap()).collect();
        assert_eq!(logins, who, "{more}: {said}");
    }
}

#[tokio::test]
async fn why_names_each_grant_and_what_it_says() {
    let (site, wims, mias) = workshop().await;
    for (user, id, more, verdict) in [
        ("wim", &wims, "", "covers"),
        ("wim", &mias, "", "other_rows"),
        ("wim", &wims, "&action=delete", "other_action"),
        ("wim", &wims, "&field=weight", "hides_field"),
        ("wim", &wims, "&field=amount", "masks_field"),
        ("wim", &wims, "&action=update&field=due", "field_not_written"),
        ("mia", &wims, "&action=update&field=weight", "covers"),
    ] {
        let said = ask(&site, &format!("/~/access/why?user={user}&object=job&id={id}{more}")).await;
        assert_eq!(said["grants"][0]["verdict"], verdict, "{user}{more}: {said}");
        assert_eq!((&said["login"], &said["allowed"]), (&json!(user), &json!(verdict == "covers")), "{said}");
        assert!(said["grants"][0]["say"]["zh"].is_string() && said["grants"][0]["position"].is_string(), "{said}");
    }
    for (path, status) in [
        (format!("/~/access/why?user=wim&object=job&id={wims}&field=wieght"), 422),
        (format!("/~/access/why?user=wim&object=job&id={wims}&action=raed"), 422),
        (format!("/~/access/why?object=job&id={wims}"), 422),
        ("/~/access/why?user=wim&object=jbo&id=x".to_owned(), 404),
    ] {
        let reply = site.send("GET", &path, &[("formwork-actor", "mia")], "").await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {reply}");
    }
}

#[tokio::test]
async fn a_release_that_is_sent_says_who_gains_and_who_loses_what() {
    let (site, ..) = workshop().await;
    let mut files = Map::new();
    for source in site.app.books()[0].book.catalog().sources.iter() {
        let (now, then) = (
            "may: [read, update], rows: own, fields: {hidden: weight,",
            "may: [read, update, delete], rows: own, fields: {hidden: [weight, count],",
        );
        let text = source.text.replace(now, then);
        files.insert(source.path.to_string(), json!(text));
    }
    let headers = [("formwork-actor", "mia")];
    let body = json!({"files": files});
    let said = site.write("POST", "/~/access/difference", &headers, body.clone()).await.expect(200).json();
    let data = said["data"].as_array().unwrap();
    let logins: Vec<&str> = data.iter().map(|one| one["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["wes", "wim"], "{said}");
    for one in data {
        let (gains, loses) = (one["gains"].to_string(), one["loses"].to_string());
        assert!(gains.contains("\"delete\"") && !gains.contains("\"count\""), "{one}");
        assert!(loses.contains("\"count\"") && !loses.contains("\"delete\""), "{one}");
    }
    // Nothing of it is live, and the same files as now make no difference.
    let same: Map<String, Json> = site.app.books()[0]
        .book
        .catalog()
        .sources
        .iter()
        .map(|source| (source.path.to_string(), json!(&*source.text)))
        .collect();
    let said = site.write("POST", "/~/access/difference", &headers, json!({"files": same})).await.expect(200).json();
    assert_eq!(said["data"], json!([]));
    site.write("POST", "/~/access/difference", &[("formwork-actor", "wim")], body).await.refused(403, "not-allowed");
}
