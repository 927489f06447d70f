//! An escalation on the shipped definitions, watched as it happens: whoever has the request open is told each time nobody
//! took it in time, and takes it in the end. Domain scenario S4, over the National Day holiday.

use serde_json::json;

use super::{browser::Browser, company::Company};

/// The page says that the record was changed; after a press of its button it shows what it is now.
async fn told(browser: &Browser, now: &str) {
    browser.until("document.querySelector('#changed')").await;
    browser.click("#changed button").await;
    browser
        .until(&format!(
            "!document.querySelector('#changed') && document.querySelector('main')?.textContent.includes('{now}')"
        ))
        .await;
}

#[tokio::test]
async fn an_escalation_is_seen_as_it_happens() {
    let company = Company::of("service_request.complaint_over_national_day");
    let request = company.create(
        "service_request",
        json!({"kind": "complaint", "account": "绵阳恒远通达物流有限公司", "phone": "13800010001", "subject": "交车延迟", "detail": "承诺九月底交车"}),
    );
    let browser = Browser::open(&company.shop, "zheng", "zh", (1440, 1000)).await;
    browser.go(&request).await;
    browser.until("document.querySelector('[data-seen]')").await;
    assert!(browser.text("main").await.contains("一线受理"));
    // Whoever manages the first line may move it up, but not take it.
    let offered = "return [...document.querySelectorAll('[name=operation]')].map((one) => one.value).join(' ')";
    assert_eq!(browser.run(offered).await, "escalate");

    // Eight days later it still waits there: the offices were closed.
    company.pass_until("2026-10-08T01:29:00Z");
    browser.go(&request).await;
    browser.until("document.querySelector('[data-seen]')").await;
    assert!(browser.text("main").await.contains("一线受理"));
    // The first working minute that was too late.
    company.pass_until("2026-10-08T01:30:00Z");
    told(&browser, "区域技术支持").await;

    // Nobody there takes it either: head office is told, on the page that is open, and takes it.
    let unread = browser.run("return Number(document.querySelector('.side [data-unread]').textContent)").await;
    company.pass_until("2026-10-08T03:30:00Z");
    browser.until(&format!("Number(document.querySelector('.side [data-unread]').textContent) > {unread}")).await;
    told(&browser, "总部督办").await;
    assert_eq!(browser.run(offered).await, "claim");
    browser.run("[...document.querySelectorAll('.head .bar .btn')].find((one) => one.textContent.trim() === '受理').click()").await;
    browser.until("document.querySelector('.path .now')?.textContent.trim() === '处理中'").await;
    browser.close().await;
}
