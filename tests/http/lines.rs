//! Fields of lines that somebody does not see, and filters that look into lines, over HTTP and on pages.

use serde_json::{Value as Json, json};

use super::support::{Reply, Site, encoded};

const ROLES: &[(&str, &str)] = &[
    (
        "definitions/work/master.role.yaml",
        "
role: master
label: {zh: 师傅, en: Master}
grants: {all: {on: job, may: [read, create, update, act], rows: all}}
",
    ),
    (
        "definitions/work/fitter.role.yaml",
        "
role: fitter
label: {zh: 钳工, en: Fitter}
grants: {all: {on: job, may: [read, create, update, act], rows: all, fields: {hidden: [parts.price, parts.twice, total]}}}
",
    ),
    (
        "definitions/work/counter.role.yaml",
        "
role: counter
label: {zh: 清点员, en: Counter}
grants: {all: {on: job, may: [read, update], rows: all, fields: {write: [name, parts.part]}}}
",
    ),
];

async fn ask(site: &Site, actor: &str, path: &str) -> Reply {
    site.send("GET", path, &[("formwork-actor", actor), ("accept-language", "en")], "").await
}

async fn fill_in(site: &Site, actor: &str, path: &str, form: &str) -> Reply {
    let headers = [
        ("formwork-actor", actor),
        ("accept", "text/html"),
        ("accept-language", "en"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    site.send("POST", path, &headers, form.to_owned()).await
}

/// A job of two parts; answers its id.
async fn workshop() -> (Site, String) {
    let site = Site::guarded(ROLES);
    let parts = json!([{"part": "Leg", "price": 771}, {"part": "Seat", "price": 12}]);
    let body = json!({"name": "Chair", "parts": parts});
    let made = site.write("POST", "/~/job", &[("formwork-actor", "mia master")], body).await.expect(201).json();
    (site, made["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_is_hidden_of_lines_is_in_no_answer() {
    let (site, job) = workshop().await;
    let change = json!({"parts": [{"key": 1, "price": 772}, {"key": 2}]});
    let headers = [("formwork-actor", "mia master")];
    site.write("PATCH", &format!("/~/job/{job}"), &headers, change).await.expect(200);
    for path in [
        format!("/~/job/{job}"),
        "/~/job?count=exact".to_owned(),
        format!("/~/job/{job}/history"),
        format!("/~/job/{job}/explain"),
        format!("/workshop/job/{job}"),
        format!("/workshop/job/{job}/edit"),
        "/workshop/job".to_owned(),
        format!("/workshop/job/new?_like={job}"),
    ] {
        let shown = ask(&site, "mia master", &path).await.expect(200).text();
        let seen = ask(&site, "fay fitter", &path).await.expect(200).text();
        assert!(seen.contains("Chair") || path.contains("history") || path.contains("explain"), "{path}");
        for hidden in ["772", "771", "1544", "twice", "price", ">Price", "Unit price"] {
            assert!(!seen.contains(hidden), "{path} tells `{hidden}`: {seen}");
        }
        if !path.ends_with("/workshop/job") {
            assert!(shown.contains("77") || shown.contains("parts.twice"), "{path}: {shown}");
        }
    }
    let explained = ask(&site, "mia master", &format!("/~/job/{job}/explain")).await.json();
    assert!(explained["computed"].as_array().unwrap().iter().any(|known| known["field"] == "parts.twice"));
}

#[tokio::test]
async fn a_grid_sends_what_its_reader_may_set_and_loses_nothing() {
    let (site, job) = workshop().await;
    let edit = format!("/workshop/job/{job}/edit");
    let form =
        "name=Chair&parts._lines=1&parts%5B0%5D.key=1&parts%5B0%5D.part=Foot&parts%5B1%5D.key=2&parts%5B1%5D.part=Seat";
    fill_in(&site, "fay fitter", &edit, form).await.expect(303);
    let parts = ask(&site, "mia master", &format!("/~/job/{job}")).await.json()["parts"].clone();
    assert_eq!(
        (&parts[0]["part"], &parts[0]["price"], &parts[1]["price"]),
        (&json!("Foot"), &json!("771.00"), &json!("12.00"))
    );
    // A forged cell is no cell.
    fill_in(&site, "fay fitter", &edit, &format!("{form}&parts%5B0%5D.price=1")).await.expect(422);
    assert_eq!(ask(&site, "mia master", &format!("/~/job/{job}")).await.json()["parts"][0]["price"], "771.00");
    // Whoever sets some fields has no button for lines more or less, and the others as text.
    let page = ask(&site, "cora counter", &edit).await.expect(200).text();
    assert!(page.contains("name=\"parts[0].part\"") && !page.contains("name=\"parts[0].price\""), "{page}");
    assert!(page.contains("771") && !page.contains("_drop") && !page.contains("_more"), "{page}");
    let page = ask(&site, "fay fitter", &edit).await.expect(200).text();
    assert!(page.contains("_drop") && page.contains("_more"), "{page}");
    let form =
        "name=Chair&parts._lines=1&parts%5B0%5D.key=1&parts%5B0%5D.part=Knob&parts%5B1%5D.key=2&parts%5B1%5D.part=Seat";
    fill_in(&site, "cora counter", &edit, form).await.expect(303);
    let short = "name=Chair&parts._lines=1&parts%5B0%5D.key=1&parts%5B0%5D.part=Knob";
    fill_in(&site, "cora counter", &edit, short).await.expect(403);
}

async fn found(site: &Site, actor: &str, filter: Json) -> Reply {
    ask(site, actor, &format!("/~/job?explain=1&filter={}", encoded(&filter.to_string()))).await
}

#[tokio::test]
async fn lists_are_filtered_by_what_lines_have_as_far_as_it_is_seen() {
    let (site, _) = workshop().await;
    for (filter, expected) in [
        (json!({"parts": {"any": {"part": "Leg", "price": {"gt": 700}}}}), 1),
        (json!({"parts": {"any": {"part": "Seat", "price": {"gt": 700}}}}), 0),
        (json!({"parts": {"all": {"price": {"gt": 5}}}}), 1),
        (json!({"parts": {"none": {"part": "Leg"}}}), 0),
    ] {
        let reply = found(&site, "mia master", filter.clone()).await.expect(200).json();
        assert_eq!(reply["data"].as_array().unwrap().len(), expected, "{filter}");
        assert!(reply["explain"].to_string().contains("every record"), "{reply}");
    }
    found(&site, "fay fitter", json!({"parts": {"any": {"part": "Leg"}}})).await.expect(200);
    found(&site, "fay fitter", json!({"parts": {"any": {"price": {"gt": 1}}}})).await.refused(422, "unknown-field");
    found(&site, "mia master", json!({"parts": {"any": {"prise": 1}}})).await.refused(422, "unknown-field");
    // In words on the page.
    let page =
        ask(&site, "mia master", "/workshop/job?panel=filter&f0=parts.part&o0=eq&v0=Leg").await.expect(200).text();
    assert!(page.contains("Parts › some Part is Leg") && page.contains("Chair"), "{page}");
    assert!(page.contains("value=\"parts.price\""), "{page}");
    let page = ask(&site, "mia master", "/workshop/job?f0=parts.part&o0=eq&v0=Wheel").await.expect(200).text();
    assert!(!page.contains("Chair"), "{page}");
    let page = ask(&site, "fay fitter", "/workshop/job?panel=filter").await.expect(200).text();
    assert!(page.contains("value=\"parts.part\"") && !page.contains("value=\"parts.price\""), "{page}");
    // The document says how.
    let document = site.get("/~/openapi.json").await.expect(200).text();
    assert!(document.contains("{\\\"lines\\\": {\\\"any\\\""), "the filter over lines is described");
}

#[tokio::test]
async fn a_history_tells_which_lines_came_and_went() {
    let (site, job) = workshop().await;
    let path = format!("/~/job/{job}");
    let change = async |parts: Json| {
        let headers = [("formwork-actor", "mia master")];
        site.write("PATCH", &path, &headers, json!({"parts": parts})).await.expect(200);
    };
    let told = async |actor: &str, language: &str| {
        let headers = [("formwork-actor", actor), ("accept-language", language)];
        let page = site.send("GET", &format!("/workshop/job/{job}"), &headers, "").await.expect(200).text();
        let diff = page.split_once("<div class=\"diff\"><div>").unwrap().1;
        diff.split_once("</div>").unwrap().0.to_owned()
    };
    change(json!([{"key": 1}, {"key": 2}, {"part": "Arm", "price": 5}])).await;
    assert_eq!(told("mia master", "en").await, "Parts, line added: <ins>Arm, ¥5.00, ¥10.00</ins>");
    assert_eq!(told("mia master", "zh").await, "零件，新增一行: <ins>Arm、¥5.00、¥10.00</ins>");
    // Of a line, what is seen of it.
    assert_eq!(told("fay fitter", "en").await, "Parts, line added: <ins>Arm</ins>");
    change(json!([{"key": 1}])).await;
    assert_eq!(told("fay fitter", "en").await, "Parts, 2 lines removed: <del>Seat; Arm</del>");
    let new = ["Foot", "Back", "Bolt", "Nut"].map(|part| json!({"part": part, "price": 1}));
    change(json!([&[json!({"key": 1})][..], &new].concat())).await;
    assert_eq!(
        told("mia master", "zh").await,
        "零件，新增 4 行: <ins>Foot、¥1.00、¥2.00；Back、¥1.00、¥2.00；Bolt、¥1.00、¥2.00 …</ins>"
    );
}
