//! Messages of the caller, and files.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn messages_reach_their_user_and_are_read() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann"})).await;
    let job = site.create("job", json!({"name": "Chair", "member": "Ann", "worker": "wim"})).await;
    site.post(&format!("{job}/actions/begin"), json!({})).await.expect(200);
    let wim = [("formwork-actor", "wim")];
    let inbox = site.send("GET", "/~/messages?limit=5", &wim, "").await.expect(200).json()["data"].clone();
    assert_eq!(
        (&inbox[0]["text"]["en"], &inbox[0]["read"], &inbox[0]["record"]["object"]),
        (&json!("It has begun"), &json!(false), &json!("job"))
    );
    let place = format!("/~/messages/{}/read", inbox[0]["id"].as_str().unwrap());
    site.send("POST", &place, &wim, "").await.expect(204);
    let inbox = site.send("GET", "/~/messages", &wim, "").await.json()["data"].clone();
    assert_eq!(inbox[0]["read"], true);
    assert_eq!(site.get("/~/messages").await.json()["data"], json!([]));
    site.send("POST", "/~/messages/x/read", &wim, "").await.refused(422, "bad-parameter");
    site.get("/~/messages?limit=0").await.refused(422, "bad-parameter");
}

#[tokio::test]
async fn a_file_is_kept_under_its_hash_and_fits_a_field() {
    let site = Site::new();
    let content = vec![7_u8; 2 << 20];
    let kept = site
        .send("POST", "/~/files?name=%E5%9B%BE.pdf", &[("content-type", "application/pdf")], content.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&kept["name"], &kept["media"], &kept["size"]),
        (&json!("图.pdf"), &json!("application/pdf"), &json!(2 << 20))
    );
    let job = site.post("/~/job", json!({"name": "Chair", "plan": kept})).await.expect(201).json();
    assert_eq!(job["plan"], kept);
    let back = site.get(&format!("/~/files/{}?name=%E5%9B%BE.pdf", kept["sha256"].as_str().unwrap())).await.expect(200);
    assert_eq!(back.bytes, content);
    assert_eq!(back.header("content-disposition"), "attachment; filename*=UTF-8''%E5%9B%BE.pdf");
    assert_eq!(
        (back.header("content-type"), back.header("x-content-type-options")),
        ("application/octet-stream", "nosniff")
    );
    site.send("POST", "/~/files?name=..%2Fx", &[], "x").await.refused(422, "bad-parameter");
    site.get(&format!("/~/files/{}", "0".repeat(64))).await.refused(404, "no-such-file");
}
