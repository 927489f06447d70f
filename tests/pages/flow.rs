//! One record through four pairs of hands, in both languages.

use super::{browser::Browser, site::Shop};

#[tokio::test]
async fn four_people_create_submit_return_resubmit_and_approve_in_two_languages() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "zh", (1440, 900)).await;
    // 林静 fills it in over two tabs, and submits it.
    browser.go("/shop/trip/new").await;
    browser.until("document.querySelector('[data-tabs]').dataset.ready").await;
    browser.write("#f-name", "拜访客户").await;
    browser.write("#f-cost", "3000").await;
    browser.click("[data-tab-link='1']").await;
    for (field, name) in [("first", "吴勇"), ("second", "李娜"), ("third", "赵敏")] {
        browser.write(&format!("#f-{field}"), name).await;
    }
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    let trip = browser.run("return location.pathname").await.as_str().unwrap().to_owned();
    browser.click("form[action*='/act/submit'] button").await;
    browser.until("document.querySelector('.path .now')?.textContent === '审批中'").await;
    // Wu Yong returns it, in English.
    browser.be("wu", "en").await;
    browser.go("/shop/tasks").await;
    assert!(browser.text(".task").await.contains("¥3,000.00"));
    browser.click(".task details.more summary").await;
    browser.click(".task a[href*='/return']").await;
    browser.at("dialog[open] #f-to").await.select_by_value("submitter").await.unwrap();
    browser.write("dialog #_reason", "Too dear").await;
    browser.click("dialog[open] footer button").await;
    browser.until("document.querySelector('.note.good')").await;
    // 林静 sees why, makes it cheaper and submits again.
    browser.be("lin", "zh").await;
    browser.go("/shop/tasks?list=drafts").await;
    browser.click(&format!(".plainlist a[href='{trip}']")).await;
    browser.until("document.querySelector('h1')?.textContent === '拜访客户'").await;
    assert!(browser.text("main").await.contains("Too dear"));
    browser.click("a[data-key=e]").await;
    browser.until("document.querySelector('[data-tabs]')?.dataset.ready").await;
    browser.click("[data-tab-link='0']").await;
    browser.write("#f-cost", "1200").await;
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    browser.click("form[action*='/act/submit'] button").await;
    browser.until("document.querySelector('.path .now')?.textContent === '审批中'").await;
    // Three approve, each in their own language.
    for (who, language) in [("wu", "en"), ("li", "zh"), ("zhao", "en")] {
        browser.be(who, language).await;
        browser.go("/shop/tasks").await;
        assert!(browser.text(".task").await.contains("¥1,200.00"), "{who}");
        browser.click(".task button[value=approve]").await;
        browser.until("document.querySelector('.note.good') && !document.querySelector('.task')").await;
    }
    browser.be("lin", "zh").await;
    browser.go(&trip).await;
    assert_eq!(browser.text(".path .now").await, "已批准");
    for name in ["吴勇", "李娜", "赵敏", "退回"] {
        assert!(browser.text("main").await.contains(name), "{name}");
    }
    browser.close().await;
}

#[tokio::test]
async fn somebody_else_s_change_is_shown_beside_one_s_own_and_either_can_be_kept() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "Desk"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go(&format!("{order}/edit")).await;
    browser.until("document.querySelector('form[data-form]').dataset.ready").await;
    shop.ask("POST", &format!("{order}/edit"), "wu", "en", "name=Table&kind=plain").await.sent_to();
    browser.write("#f-name", "Chair").await;
    browser.at("#f-kind").await.select_by_value("gift").await.unwrap();
    browser.until("!document.querySelector('[data-field=card]').hidden").await;
    browser.write("#f-card", "Good luck").await;
    browser.click("button[value=stay]").await;
    browser.at(".sides").await;
    browser.until("document.activeElement.id === 'conflict'").await;
    assert!(browser.text("#conflict").await.contains("吴勇"));
    let sides = browser.text(".sides").await;
    assert!(sides.contains("Table") && sides.contains("Chair"), "{sides}");
    browser.click("input[name='_side.name'][value=theirs]").await;
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    assert_eq!(browser.text("h1").await, "Table", "theirs was kept");
    assert!(browser.text("main").await.contains("Good luck"), "and so was what only one had changed");
    browser.close().await;
}

#[tokio::test]
async fn a_lost_connection_loses_nothing() {
    let shop = Shop::new();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order/new").await;
    browser.until("document.querySelector('form[data-form]').dataset.ready").await;
    browser.connect(false).await;
    browser.write("#f-name", "On the train").await;
    browser.write("#f-lines-0-item", "Wood").await;
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('[data-draft-note]').textContent.includes('No connection')").await;
    browser.until("Object.keys(localStorage).some((key) => key.startsWith('draft:lin:'))").await;
    // Even when the page is left: the draft is offered again, and listed in the task centre.
    browser.run("document.querySelector('form[data-form]').dataset.form = 'left'").await;
    browser.connect(true).await;
    browser.go("/shop/tasks?list=drafts").await;
    browser.click("[data-local-drafts] a").await;
    browser.click("form > .note .btn").await;
    assert_eq!(browser.at("#f-lines-0-item").await.prop("value").await.unwrap().as_deref(), Some("Wood"));
    browser.click("button[value=stay]").await;
    browser.until("document.querySelector('.note.good')").await;
    assert_eq!(browser.text("h1").await, "On the train");
    browser.until("!Object.keys(localStorage).some((key) => key.startsWith('draft:'))").await;
    browser.close().await;
}
