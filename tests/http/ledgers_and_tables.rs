//! Ledgers and decision tables from outside.

use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn a_ledger_is_opened_posted_to_and_read_at_a_day() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann"})).await;
    site.create("member", json!({"name": "Bo"})).await;
    let ann = |amount: i32, date: &str| json!({"dimensions": {"member": "Ann"}, "amount": amount, "date": date, "note": "by hand"});
    site.post("/~/ledgers/credit/opening", ann(10, "2026-01-01")).await.expect(201);
    let both = json!({"entries": [ann(20, "2026-02-01"), {"dimensions": {"member": "Bo"}, "amount": "5.5"}], "reason": "correction"});
    assert!(site.post("/~/ledgers/credit/entries", both).await.expect(201).json()["seq"].as_u64().unwrap() > 0);
    for (query, balance) in
        [("", "35.50"), ("?member=Ann", "30.00"), ("?member=Ann&at=2026-01-31", "10.00"), ("?member=Bo", "5.50")]
    {
        let reply = site.get(&format!("/~/ledgers/credit/balance{query}")).await.expect(200).json();
        assert_eq!(reply["balance"], balance, "{query}: {reply}");
    }
    let statement = site.get("/~/ledgers/credit/statement?member=Ann&limit=1").await.expect(200).json();
    assert_eq!((&statement["left_out"], &statement["brought_forward"]), (&json!(1), &json!("10.00")));
    assert_eq!((&statement["data"][0]["amount"], &statement["data"][0]["balance"]), (&json!("20.00"), &json!("30.00")));
    assert_eq!(statement["data"][0]["note"], "by hand");

    let over = site.post("/~/ledgers/credit/entries", ann(71, "2026-02-01")).await.refused(409, "ledger-limit");
    assert_eq!(over["detail"], "Over the limit");
    for (body, status, code) in [
        (json!({"dimensions": {}, "amount": 1}), 422, "missing-dimension"),
        (json!({"dimensions": {"member": "Cy"}, "amount": 1}), 422, "no-such-reference"),
        (json!({"dimensions": {"membre": "Ann"}, "amount": 1}), 422, "unknown-field"),
        (json!({"dimensions": {"member": "Ann"}}), 422, "required"),
        (json!({"dimensions": {"member": "Ann"}, "amount": "x"}), 422, "bad-value"),
        (json!({"dimensions": {"member": "Ann"}, "amount": 1, "date": "x"}), 422, "bad-value"),
        (json!({"entries": []}), 422, "bad-value"),
        (json!({"entries": [5]}), 422, "bad-value"),
        (json!({"entries": [{"amuont": 1}]}), 422, "unknown-field"),
        (json!([]), 400, "bad-json"),
    ] {
        let reply = site.post("/~/ledgers/credit/entries", body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.json()["code"].as_str().unwrap()), (status, code), "{body}: {reply}");
    }
    site.post("/~/ledgers/credit/opening", ann(1, "2026-01-01")).await.refused(409, "ledger-opened");
    site.get("/~/ledgers/credit/balance?at=x").await.refused(422, "bad-parameter");
    site.get("/~/ledgers/credit/balance?membre=Ann").await.refused(422, "unknown-field");
}

#[tokio::test]
async fn a_table_is_evaluated_with_inputs_or_a_record() {
    let site = Site::new();
    site.create("job", json!({"name": "Chair", "amount": 5})).await;
    for (body, level) in [
        (json!({"inputs": {"amount": 99}}), "low"),
        (json!({"inputs": {"amount": "100.00"}}), "high"),
        (json!({"this": {"object": "job", "id": "J00001"}}), "low"),
        (json!({"this": {"object": "job", "id": "J00001"}, "inputs": {"amount": 500}}), "high"),
    ] {
        let reply = site.post("/~/tables/job_level/evaluate", body.clone()).await.expect(200).json();
        assert_eq!(reply["outputs"], json!({"level": level}), "{body}");
        assert!(reply["fired"][0].as_str().unwrap().contains("job_level"), "{reply}");
    }
    for (body, status, code) in [
        (json!({"inputs": {"amuont": 1}}), 422, "unknown-input"),
        (json!({"inputs": {"amount": "x"}}), 422, "bad-value"),
        (json!({"inputs": []}), 422, "bad-value"),
        (json!({"input": {}}), 422, "unknown-field"),
        (json!({"this": {"object": "jbo", "id": "x"}}), 404, "unknown-object"),
        (json!({"this": {"object": "job", "id": "x"}}), 404, "no-such-record"),
        (json!({"this": {"object": "job"}}), 422, "bad-value"),
    ] {
        let reply = site.post("/~/tables/job_level/evaluate", body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.json()["code"].as_str().unwrap()), (status, code), "{body}: {reply}");
    }
}
