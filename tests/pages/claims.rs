//! A claim on the shipped definitions, walked in the browser by those whose work it is: the station, the first and the
//! second auditor, the finance manager, and the clerk who pays it. Domain scenario S2 with its figures.

use serde_json::json;

use super::{browser::Browser, company::Company};

/// Presses a button of an action on the page of a record, or an entry of its menus, by what it says.
async fn press(browser: &Browser, label: &str) {
    let script = format!(
        "const button = [...document.querySelectorAll('.head .bar .btn, .head .bar .menu a')].find((one) => one.textContent.trim() === '{label}'); button?.click(); return !!button"
    );
    browser.until("document.querySelector('.head .bar')").await;
    assert_eq!(browser.run(&script).await, true, "no button {label}: {}", browser.text(".head").await);
}

/// Goes to a page as somebody.
async fn look(browser: &Browser, who: &str, language: &str, path: &str) {
    browser.be(who, language).await;
    browser.go(path).await;
    browser.until("document.querySelector('main h1')").await;
}

#[tokio::test]
async fn a_claim_goes_from_the_station_over_two_auditors_to_its_payment() {
    let company = Company::of("warranty_claim.good_claim");
    for (login, name, role) in
        [("chen", "陈静", "finance_manager"), ("fin", "傅会计", "finance"), ("wh", "库管", "warehouse_keeper")]
    {
        company.create("user", json!({"login": login, "name": name}));
        company.create("position", json!({"user": login, "role": role}));
    }
    let claim = company.path("claim");
    company.pass_until("2026-05-20T01:00:00Z");

    // The station: what it claims is there, and what the checks look at is not.
    let browser = Browser::open(&company.shop, "shen", "zh", (1440, 1000)).await;
    look(&browser, "shen", "zh", &claim).await;
    assert_eq!(browser.text(".path .now").await, "录入");
    assert!(browser.text("main").await.contains("¥913.20"));
    press(&browser, "提交").await;
    browser.until("document.querySelector('.path .now')?.textContent === '审核中'").await;
    let seen = browser.text("main").await;
    assert!(!seen.contains("风险分") && !seen.contains("检查结果"), "{seen}");

    // The first auditor decides in the task centre, with the facts in view, and cannot be the second as well.
    look(&browser, "wang", "zh", "/formwork/tasks").await;
    let task = browser.text(".task").await;
    for fact in ["SP202605-00001", "¥913.20", "LTXDJ10A9TC000456", "10", "初审"] {
        assert!(task.contains(fact), "{fact}: {task}");
    }
    browser.click(".task button[value=approve]").await;
    browser.until("document.querySelector('.note.good') && !document.querySelector('.task')").await;
    look(&browser, "wang", "zh", &claim).await;
    assert_eq!(browser.run("return document.querySelectorAll('#approval form.verdict').length").await, 0);

    // The second auditor reads English.
    company.pass_until("2026-05-22T02:00:00Z");
    look(&browser, "feng", "en", &claim).await;
    assert_eq!(browser.text(".path .now").await, "Audit");
    assert!(browser.text("#approval").await.contains("Second audit"));
    browser.click("#approval button[value=approve]").await;
    browser.until("document.querySelector('.path .now')?.textContent === 'Approved'").await;
    assert!(browser.text("main").await.contains("¥863.20"));

    // The paper that goes with the old part.
    look(&browser, "shen", "zh", &claim).await;
    press(&browser, "索赔单").await;
    browser.until("document.querySelector('main .words')").await;
    assert!(browser.text("main .words").await.contains("捌佰陆拾叁元贰角整"));
    let shape = "return getComputedStyle(document.querySelector('main')).page";
    assert_eq!(browser.run(shape).await, "a4");
    let boxes = json!({"station": station_number(&browser, &company).await, "box": "B-1", "lines": [{"claim": "SP202605-00001", "part": "水泵总成", "barcode": "6901"}]});
    let back = company.create("old_part_return", boxes);
    company.act("shen", &back, "ship", json!({}));
    company.pass_until("2026-06-10T02:00:00Z");
    let received =
        json!({"lines": [{"claim": "SP202605-00001", "part": "水泵总成", "barcode": "6901", "verdict": "ok"}]});
    company.act("wh", &back, "receive", received);

    // On the fifth working day of July the settlement is there by itself; the station confirms it.
    company.pass_until("2026-07-07T00:00:00Z");
    let settlement = company.only("settlement");
    look(&browser, "shen", "zh", &settlement).await;
    assert!(browser.text("main").await.contains("¥863.20"));
    press(&browser, "确认").await;
    browser.until("document.querySelector('.path .now')?.textContent === '财务审核'").await;
    look(&browser, "chen", "zh", &settlement).await;
    browser.click("#approval button[value=approve]").await;
    browser.until("document.querySelector('.path .now')?.textContent === '待发票'").await;

    // The station's invoice has to be the sum to the fen.
    look(&browser, "shen", "zh", &settlement).await;
    press(&browser, "登记发票").await;
    browser.write("#f-invoice_no", "25512000000012345678").await;
    browser.write("#f-invoice_gross", "863.21").await;
    browser.click(".ask footer button").await;
    browser.at("#problems").await;
    browser.write("#f-invoice_gross", "863.20").await;
    browser.click(".ask footer button").await;
    browser.until("document.querySelector('.path .now')?.textContent === '待付款'").await;

    // The clerk pays, and the claim is settled.
    look(&browser, "fin", "zh", &settlement).await;
    press(&browser, "付款").await;
    browser.click(".ask footer button").await;
    browser.until("document.querySelector('.path .now')?.textContent === '已支付'").await;
    look(&browser, "shen", "zh", &claim).await;
    assert_eq!(browser.text(".path .now").await, "已结算");
    browser.close().await;
}

/// The number of the station, as the station reads it.
async fn station_number(browser: &Browser, company: &Company) -> String {
    browser.go(&company.path("station")).await;
    browser.until("document.querySelector('.crumbs')").await;
    browser.text(".crumbs span:last-child").await
}
