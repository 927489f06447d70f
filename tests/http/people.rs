//! Who works here, and who holds a role somewhere.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn people_and_holders_are_answered_by_the_directory() {
    let site = Site::new();
    for (login, supervisor) in [("ann", None), ("wim", Some("ann"))] {
        site.create("user", json!({"login": login, "name": login, "supervisor": supervisor})).await;
    }
    site.create("territory", json!({"code": "north", "name": "North"})).await;
    site.create("position", json!({"user": "ann", "role": "chief", "territory": "north"})).await;
    site.create("absence", json!({"user": "ann", "from": "2026-03-02", "to": "2026-03-02", "substitute": "wim"})).await;
    let ann = site.get("/~/people/ann").await.expect(200).json();
    assert_eq!((&ann["active"], &ann["roles"], &ann["absent"]), (&json!(true), &json!(["chief"]), &json!(true)));
    assert_eq!((&ann["stand_in"], &ann["supervisor"]), (&json!("wim"), &json!(null)));
    let wim = site.get("/~/people/wim?up_to=chief").await.expect(200).json();
    assert_eq!((&wim["supervisor"], &wim["supervisors"]), (&json!("ann"), &json!(["ann"])));
    let held = site.get("/~/people?role=chief&territory=north").await.expect(200).json();
    assert_eq!(held["data"][0]["login"], "ann");
    site.get("/~/people?role=chief&territory=south").await.refused(422, "no-such-reference");
    site.get("/~/people?role=nobody_is_called_so").await.refused(422, "bad-parameter");
    site.get("/~/people").await.refused(422, "bad-parameter");
    site.get("/~/people/ann?up=chief").await.refused(422, "unknown-parameter");
    let job = site.create("job", json!({"name": "Chair"})).await;
    let id = job.rsplit('/').next().unwrap().to_owned();
    let held = site.get(&format!("/~/people?role=chief&object=job&id={id}&in=name")).await.expect(200).json();
    assert_eq!(held["data"], json!([]), "a name is no place");
    site.get(&format!("/~/people?role=chief&object=job&id={id}&in=colour")).await.refused(422, "bad-parameter");
    site.get("/~/people?role=chief&object=lob&id=1&in=name").await.refused(404, "unknown-object");
}
