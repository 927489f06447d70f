//! Incidents over HTTP: the list, one of them, trying again, going on without.

use formwork_model::name::Name;
use formwork_runtime::command::{Actor, Command, Input, Request};
use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn an_incident_is_listed_tried_again_and_left_out() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann"})).await;
    let job = site.create("job", json!({"name": "Chair", "member": "Ann"})).await;
    site.post(&format!("{job}/actions/begin"), json!({})).await.expect(200);
    // By the engine itself: nobody waits for what comes of it.
    let (object, action, id) =
        (Name::intern("job"), Name::intern("pack"), job.rsplit('/').next().unwrap().parse().unwrap());
    let request = Request::Act { object, id, rev: None, action, token: None, input: Input::new() };
    site.app.books()[0].book.run(Command::new(Actor::system(), request)).unwrap();
    let list = site.get("/~/incidents").await.expect(200).json();
    let known = &list["data"][0];
    assert_eq!(
        (&known["what"], &known["times"], &known["owner"]),
        (&json!("script"), &json!(1), &json!("role(admin)"))
    );
    assert_eq!((&known["record"]["object"], &known["place"]["node"]), (&json!("job"), &json!("packing")));
    assert!(known["cause"]["zh"].as_str().is_some_and(|cause| !cause.is_empty()));
    let one = format!("/~/incidents/{}", known["id"].as_str().unwrap());
    let shown = site.get(&one).await.expect(200).json();
    assert_eq!((&shown["record"]["title"], &shown["place"]["label"]["en"]), (&json!("Chair"), &json!("Packing")));
    let admin = [("formwork-actor", "eve admin"), ("content-type", "application/json")];
    site.send("POST", &format!("{one}/retry"), &[], "").await.refused(403, "not-allowed");
    let again = site.send("POST", &format!("{one}/retry"), &admin, "").await.expect(200).json();
    assert_eq!((&again["times"], &again["end"]), (&json!(2), &json!(null)));
    site.send("POST", &format!("{one}/skip"), &admin, "{}").await.refused(422, "required");
    let skipped =
        site.send("POST", &format!("{one}/skip"), &admin, r#"{"reason": "no scale"}"#).await.expect(200).json();
    assert_eq!((&skipped["end"]["how"], &skipped["end"]["reason"]), (&json!("skipped"), &json!("no scale")));
    assert_eq!(site.get(&job).await.json()["state"], "open");
    site.send("POST", &format!("{one}/retry"), &admin, "").await.refused(409, "incident-ended");
    assert_eq!(site.get("/~/incidents").await.json()["data"], json!([]));
    let record = job.rsplit('/').next().unwrap().to_owned();
    let of_it = site.get(&format!("/~/incidents?ended=1&object=job&record={record}&limit=1")).await.expect(200).json();
    assert_eq!((of_it["data"].as_array().unwrap().len(), &of_it["next"]), (1, &json!(null)));
    assert_eq!(site.get("/~/incidents?ended=1&mine=1").await.json()["data"], json!([]));
    site.get("/~/incidents?record=x").await.refused(422, "bad-parameter");
    site.get("/~/incidents/x").await.refused(404, "no-such-incident");
}
