//! Reports from outside: what there is to choose, what it comes to, and the lists behind it.

use axum::body::Body;
use serde_json::{Value as Json, json};

use super::support::{Reply, Site, encoded};

const FILES: &[(&str, &str)] = &[
    (
        "definitions/work/chief.role.yaml",
        "
role: chief
label: {zh: 经理, en: Chief}
grants: {all: {on: [job, member], may: [read, create, export], rows: all}}
",
    ),
    (
        "definitions/work/helper.role.yaml",
        "
role: helper
label: {zh: 助手, en: Helper}
grants:
  own:  {on: job, may: read, rows: own}
  rest: {on: job, may: read, rows: all, fields: {hidden: amount}}
",
    ),
    (
        "definitions/work/jobs.report.yaml",
        "
report: jobs
label: {zh: 工单分析, en: Jobs}
help: {zh: 按级别统计, en: What there is to do}
on: job
period: due
dimensions: {level: level, worker: worker, city: member.city, due: {by: due, step: month}}
measures:
  n: {count: true}
  amount: {sum: amount}
  mean: {mean: amount}
rows: [level]
columns: [worker]
show: [n, amount]
",
    ),
    (
        "definitions/work/pay.report.yaml",
        "
report: pay
label: {zh: 金额, en: Pay}
for: chief
on: job
measures: {amount: {sum: amount}}
",
    ),
];

/// Three jobs of two people; the level follows from the amount.
async fn workshop() -> Site {
    let site = Site::guarded(FILES);
    for (name, worker, amount, due) in
        [("A", "ann", 10, "2026-05-02"), ("B", "ann", 250, "2026-05-30"), ("C", "bob", 300, "2026-07-01")]
    {
        let values = json!({"name": name, "worker": worker, "amount": amount, "due": due});
        site.write("POST", "/~/job", &[("formwork-actor", "ada chief")], values).await.expect(201);
    }
    site
}

async fn ask(site: &Site, actor: &str, path: &str) -> Reply {
    site.send("GET", path, &[("formwork-actor", actor), ("accept-language", "en")], Body::empty()).await
}

#[tokio::test]
async fn a_report_is_what_its_reader_sees() {
    let site = workshop().await;
    let listed = ask(&site, "ada chief", "/~/reports").await.expect(200).json();
    let names: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|one| one["report"].as_str().unwrap()).collect();
    assert_eq!(names, ["jobs", "pay"]);
    assert_eq!(listed["data"][0]["help"]["en"], "What there is to do");
    assert_eq!(listed["data"][0]["period"], true);
    assert_eq!(listed["data"][0]["measures"][1]["currency"], "CNY");

    let sheet = ask(&site, "ada chief", "/~/reports/jobs").await.expect(200).json();
    assert_eq!(
        sheet["rows"]["headings"],
        json!([
            {"values": ["low"], "labels": [{"en": "Low", "zh": "低"}]}, {"values": ["high"], "labels": [{"en": "High", "zh": "高"}]},
        ])
    );
    assert_eq!(sheet["columns"]["headings"][0]["values"], json!(["ann"]));
    assert_eq!(sheet["cells"], json!([[[1, "10.00"], [0, "0"]], [[1, "250.00"], [1, "300.00"]]]));
    assert_eq!(sheet["row_totals"], json!([[1, "10.00"], [2, "550.00"]]));
    assert_eq!(sheet["column_totals"], json!([[2, "260.00"], [1, "300.00"]]));
    assert_eq!(sheet["total"], json!([3, "560.00"]));

    // A helper sees the amount of their own jobs only: amounts of others are in no number, and there is no other report.
    let listed = ask(&site, "ann helper", "/~/reports").await.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
    ask(&site, "ann helper", "/~/reports/pay").await.refused(404, "unknown-report");
    let sheet = ask(&site, "ann helper", "/~/reports/jobs?rows=-").await.expect(200).json();
    assert_eq!((&sheet["cells"], &sheet["total"]), (&json!([]), &json!([3, "260.00"])));
}

#[tokio::test]
async fn its_reader_chooses_rows_columns_measures_period_and_filter() {
    let site = workshop().await;
    let path = "/~/reports/jobs?rows=due&show=mean,n&from=2026-05-01&to=2026-07-31";
    let sheet = ask(&site, "ada chief", path).await.expect(200).json();
    assert_eq!(
        sheet["rows"]["dimensions"],
        json!([{"name": "due", "label": {"en": "Due", "zh": "到期日"}, "type": "date", "step": "month"}])
    );
    // June is there, though nothing is due.
    let months: Vec<&Json> =
        sheet["rows"]["headings"].as_array().unwrap().iter().map(|one| &one["values"][0]).collect();
    assert_eq!(months, ["2026-05-01", "2026-06-01", "2026-07-01"]);
    assert_eq!(sheet["row_totals"], json!([["130.00", 2], [null, 0], ["300.00", 1]]));
    assert_eq!((&sheet["from"], &sheet["to"]), (&json!("2026-05-01"), &json!("2026-07-31")));
    let filter = encoded(r#"{"amount": {"gte": 250}}"#);
    let path = format!("/~/reports/jobs?rows=worker&show=n&to=2026-06-30&filter={filter}&records=1");
    let sheet = ask(&site, "ada chief", &path).await.expect(200).json();
    assert_eq!((&sheet["row_totals"], &sheet["total"]), (&json!([[1]]), &json!([1])));
    // The list behind the cell has the records that were counted, and no others.
    let list = &sheet["records"][0];
    assert_eq!((&list["row"], &list["object"]), (&json!(0), &json!("job")));
    let listed =
        ask(&site, "ada chief", &format!("/~/job?fields=name&filter={}", encoded(&list["filter"].to_string()))).await;
    let listed = listed.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(listed["data"][0]["name"], "B");
}

#[tokio::test]
async fn what_a_report_does_not_have_is_refused_with_a_suggestion() {
    let site = workshop().await;
    for (query, code, field) in [
        ("rows=levle", "unknown-dimension", "rows"),
        ("columns=levle", "unknown-dimension", "columns"),
        ("show=amuont", "unknown-measure", "show"),
        ("columns=level", "bad-value", "columns"),
        ("from=soon", "bad-parameter", "from"),
        ("filter=x", "bad-json", "filter"),
        ("filter=%7B%22amuont%22%3A1%7D", "unknown-field", "filter"),
        ("row=level", "unknown-parameter", "row"),
        ("records=maybe", "bad-parameter", "records"),
    ] {
        let reply = ask(&site, "ada chief", &format!("/~/reports/jobs?{query}")).await;
        let got = reply.json();
        assert_eq!((got["code"].as_str(), got["field"].as_str()), (Some(code), Some(field)), "{query}: {got}");
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{query}: {reply}");
    }
    let refused = ask(&site, "ada chief", "/~/reports/jobs?show=amuont").await.refused(422, "unknown-measure");
    assert!(refused["detail"].as_str().unwrap().contains("did you mean `amount`"), "{refused}");
    ask(&site, "ada chief", "/~/reports/jbos").await.refused(404, "unknown-report");
    // A period would be laid over nothing: it is refused instead of leaving numbers that look as if it had been.
    let refused = ask(&site, "ada chief", "/~/reports/pay?from=2026-05-01").await.refused(422, "bad-value");
    assert_eq!((&refused["field"], &refused["detail"]), (&json!("from"), &json!("the report has no period")));
    // A field that nobody shows them is none to filter by.
    let hidden = encoded(r#"{"extra": {"empty": true}}"#);
    ask(&site, "wim", &format!("/~/reports/jobs?filter={hidden}")).await.refused(404, "unknown-report");
}

#[tokio::test]
async fn the_interface_describes_each_report() {
    let site = workshop().await;
    let document = ask(&site, "ada chief", "/~/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/workshop/api/reports"));
    let jobs = &paths["/workshop/api/reports/jobs"]["get"];
    let rows = &jobs["parameters"][0];
    assert_eq!(rows["name"], "rows");
    assert!(rows["description"].as_str().unwrap().ends_with("level, worker, city, due"), "{rows}");
    assert!(paths.keys().all(|path| !path.contains("{report}")));
}

#[tokio::test]
async fn a_report_leaves_as_a_file_with_whoever_may_export_what_it_counts() {
    let site = workshop().await;
    let csv = ask(&site, "ada chief", "/~/reports/jobs?format=csv&rows=worker&show=n,amount").await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text().trim_start_matches('\u{feff}').to_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[1].ends_with(",2,260") && lines[2].ends_with(",1,300") && lines[3] == "Total,3,560", "{text}");
    let xlsx = ask(&site, "ada chief", "/~/reports/jobs?format=xlsx").await.expect(200);
    assert!(xlsx.bytes.starts_with(b"PK"));
    ask(&site, "ada chief", "/~/reports/jobs?format=pdf").await.refused(422, "bad-parameter");
    ask(&site, "ann helper", "/~/reports/jobs?format=csv").await.refused(403, "not-allowed");
}
