//! Pages without scripts: what a browser that runs none can do, and what no page may have.

use super::site::Shop;

#[tokio::test]
async fn a_record_is_made_changed_submitted_and_approved_without_scripts() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "东方", "city": "sh"}"#);
    let body = "name=Desk&buyer=%E4%B8%9C%E6%96%B9&kind=plain&boss=wu&lines%5B0%5D.item=Wood&lines%5B0%5D.count=2&lines%5B0%5D.price=10";
    let order = shop.post("/shop/order/new", body).await.sent_to();
    shop.get(&order).await.has("Desk").has("东方").has("¥20.00").has("S0001").has("Draft");
    let edited = shop.post(&format!("{order}/edit"), "_rev=1&name=Table&_then=list").await.sent_to();
    assert_eq!(edited, "/shop/order");
    shop.post(&format!("{order}/act/submit?token=1"), "_rev=2").await.sent_to();
    let centre = shop.ask("GET", "/shop/tasks", "wu", "zh", "").await.status(200);
    centre.has("Table").has("待办").has("¥20.00").has("林静");
    let task = centre.text.split("/shop/tasks/order.").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/shop/tasks/order.{task}");
    shop.ask("POST", &path, "wu", "zh", "operation=approve&reason=%E5%A5%BD").await.sent_to();
    shop.get(&order).await.has("Open").has("approved").has("好").has("Finish");
}

#[tokio::test]
async fn a_refused_form_comes_back_as_it_was_typed_with_the_error_at_its_field() {
    let shop = Shop::new();
    let refused =
        shop.post("/shop/order/new", "name=&due=2026-02-01&card=x&lines%5B0%5D.item=&lines%5B0%5D.price=abc").await;
    let refused = refused.status(422);
    refused.has("value=\"2026-02-01\"").has("value=\"abc\"").has("Nothing was saved");
    refused.has("id=\"f-lines-0-price-error\"").has("aria-describedby=\"f-lines-0-price-error\"");
    let refused = shop.post("/shop/order/new", "name=A&due=2026-02-01").await.status(422);
    refused.has("id=\"f-due-error\"").has("must not be in the past").has("href=\"#f-due\"");
    let zh = shop.ask("POST", "/shop/order/new", "lin", "zh", "name=&kind=plain").await.status(422);
    zh.has("必须填写名称").has("lang=\"zh\"");
    assert_eq!(shop.get("/shop/order").await.text.matches("<tr data-id=").count(), 0, "nothing was saved");
}

#[tokio::test]
async fn a_condition_of_a_form_holds_for_what_was_typed() {
    let shop = Shop::new();
    // A card is none of a plain order, so what a browser sends of the hidden field is not the user's doing.
    let order = shop.post("/shop/order/new", "name=A&kind=plain&card=hello").await.sent_to();
    shop.get(&order).await.lacks("hello");
    let refused = shop.post("/shop/order/new", "name=A&kind=gift&card=").await.status(422);
    refused.has("id=\"f-card-error\"");
    let order = shop.post("/shop/order/new", "name=A&kind=gift&card=hello").await.sent_to();
    shop.get(&order).await.has("hello");
}

#[tokio::test]
async fn lines_are_added_and_taken_out_without_scripts() {
    let shop = Shop::new();
    let typed = "name=A&lines%5B0%5D.item=One&lines%5B0%5D.count=1&lines%5B1%5D.item=Two&lines%5B1%5D.count=1";
    let more = shop.post("/shop/order/new", &format!("{typed}&_more=lines")).await.status(200);
    more.has("name=\"lines[2].item\"").has("value=\"Two\"");
    let fewer = shop.post("/shop/order/new", &format!("{typed}&_drop=lines%5B0%5D")).await.status(200);
    fewer.has("value=\"Two\"").lacks("value=\"One\"");
}

#[tokio::test]
async fn somebody_elses_change_is_shown_beside_ones_own() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A", "kind": "plain"}"#);
    shop.post(&format!("{order}/edit"), "_rev=1&name=Theirs").await.sent_to();
    let clash = shop.post(&format!("{order}/edit"), "_rev=1&name=Mine").await.status(409);
    clash.has("Somebody else has changed this").has("Theirs").has("value=\"Mine\"").has("name=\"_side.name\"");
    let again = "_rev=2&name=Mine&kind=gift&card=x&_side.name=theirs";
    shop.post(&format!("{order}/edit"), again).await.sent_to();
    shop.get(&order).await.has("Theirs").has("Gift");
}

#[tokio::test]
async fn what_only_the_other_changed_stays_as_the_other_saved_it() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A", "kind": "plain", "lines": [{"item": "Desk", "count": 1}]}"#);
    let opened = "kind=plain&lines._lines=1&lines%5B0%5D.key=1&lines%5B0%5D.count=1&lines%5B0%5D.item";
    shop.post(&format!("{order}/edit"), &format!("_rev=1&name=A&{opened}=Chair")).await.sent_to();
    shop.post(&format!("{order}/edit"), "_rev=2&name=Theirs").await.sent_to();
    // Whoever opened the form before changes the kind alone, and sends the name and the line as they were.
    let mine = opened.replace("plain", "gift&card=x");
    let clash = shop.post(&format!("{order}/edit"), &format!("_rev=1&name=A&{mine}=Desk")).await.status(409);
    clash.has("you left it as it was").lacks("name=\"_side.name\"").lacks("name=\"_side.lines\"");
    clash.has("value=\"Theirs\"").has("value=\"Chair\"").lacks("value=\"Desk\"").has("value=\"x\"");
    // Both changed the name: that is for the user to say, and what is refused for something else keeps it.
    let both = shop.post(&format!("{order}/edit"), &format!("_rev=1&name=Mine&{mine}=Desk")).await.status(409);
    both.has("name=\"_side.name\"").lacks("name=\"_side.lines\"");
    let refused = "_rev=3&name=Mine&kind=gift&card=&_side.name=theirs";
    shop.post(&format!("{order}/edit"), refused).await.status(422).has("value=\"Theirs\"").lacks("Mine");
}

#[tokio::test]
async fn an_action_that_is_refused_says_why_and_keeps_the_form() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    shop.get(&order).await.has("Name a boss first");
    let refused = shop.post(&format!("{order}/act/submit"), "_rev=1").await;
    assert_eq!(refused.status, 409);
    refused.has("Name a boss first");
    let refused = shop.post(&format!("{order}/act/cancel"), "reason=&_reason=because").await.status(422);
    refused.has("id=\"f-reason-error\"").has("because");
    shop.post(&format!("{order}/act/cancel"), "reason=Too+late&_reason=because").await.sent_to();
    shop.get(&order).await.has("Cancelled").has("Too late").has("because");
}

#[tokio::test]
async fn several_are_dealt_with_one_by_one() {
    let shop = Shop::new();
    let orders: Vec<String> = (0..3).map(|_| shop.create("order", r#"{"name": "A"}"#)).collect();
    let id = |order: &String| order.rsplit('/').next().unwrap().to_owned();
    shop.post(&format!("{}/act/hold", orders[2]), "").await.sent_to();
    let body = format!("action=act+hold&id={}&id={}&id={}", id(&orders[0]), id(&orders[1]), id(&orders[2]));
    let results = shop.post("/shop/order/bulk", &body).await.status(200);
    results.has("2 done, 1 refused");
    assert_eq!(shop.post("/shop/order/bulk", "action=delete").await.status, 422, "nothing selected, nothing done");
    // Nothing is deleted before the reader was asked.
    let body = format!("action=delete&id={}&id={}", id(&orders[0]), id(&orders[1]));
    let asked = shop.post("/shop/order/bulk", &body).await.status(200);
    asked.has("Delete 2 records").has(&format!("value=\"{}\"", id(&orders[1])));
    shop.get(&orders[0]).await.status(200);
    shop.post("/shop/order/bulk", &format!("{body}&_sure=1")).await.status(200).has("2 done, 0 refused");
    shop.ask("GET", &orders[0], "lin", "en", "").await.status(404);
}

#[tokio::test]
async fn no_page_has_anything_inline_or_from_elsewhere() {
    let shop = Shop::with_yard();
    let order = shop.create("order", r#"{"name": "<b>A</b>", "boss": "wu", "lines": [{"item": "X", "price": 3}]}"#);
    let chest = shop.create("crate", r#"{"name": "Chest"}"#);
    let paths = [
        "/".to_owned(),
        "/shop".to_owned(),
        "/shop/tasks".to_owned(),
        "/shop/messages".to_owned(),
        "/shop/search?q=A".to_owned(),
        "/shop/menu".to_owned(),
        "/shop/sign-in".to_owned(),
        "/shop/order".to_owned(),
        "/shop/order?panel=filter&f0=buyer.city&o0=eq&v0=sh".to_owned(),
        "/shop/order?panel=filter&f0=kind&o0=in&v0=gift&f1=buyer&o1=eq&f2=due&o2=gte&v2=today".to_owned(),
        "/shop/order?panel=columns".to_owned(),
        "/shop/order?panel=views".to_owned(),
        "/shop/order?group=kind".to_owned(),
        "/shop/order/board".to_owned(),
        "/shop/order/calendar".to_owned(),
        "/shop/reports".to_owned(),
        "/shop/reports/orders".to_owned(),
        "/shop/reports/orders?r0=seller&r1=kind&c0=month&m=n&m=total&chart=heat&panel=choose".to_owned(),
        "/shop/reports/orders?panel=filter&chart=line".to_owned(),
        "/shop/dashboards/shop_numbers".to_owned(),
        "/shop/tasks?list=drafts".to_owned(),
        "/shop/tasks?list=proxies".to_owned(),
        format!("{order}/field/name"),
        "/shop/order/new".to_owned(),
        order.clone(),
        chest.clone(),
        format!("{order}/edit"),
        format!("{order}/flow"),
        format!("{order}/print/order_sheet"),
        format!("{order}/delete"),
        format!("{order}/act/cancel"),
        "/shop/user".to_owned(),
    ];
    for path in paths {
        for language in ["zh", "en"] {
            let page = shop.ask("GET", &path, "lin", language, "").await.status(200);
            assert!(
                page.policy.contains("script-src 'self'") && !page.policy.contains("unsafe"),
                "{path}: {}",
                page.policy
            );
            for inline in
                [" style=\"", " onclick", " onsubmit", "javascript:", "<style", "http://", "https://", "<b>A</b>"]
            {
                assert!(!page.text.contains(inline), "{path}: {inline}");
            }
            let scripts = page.text.matches("<script").count();
            let files = page.text.matches("<script type=\"module\" src=\"/assets/").count();
            assert_eq!(scripts - files, page.text.matches("<script type=\"application/json\"").count(), "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{language}\"")), "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_address_is_a_page_for_people_and_a_problem_for_programs() {
    let shop = Shop::new();
    for path in ["/shop/nothing", "/shop/order/none", "/nowhere", "/shop/order/x/y/z/w/v"] {
        let page = shop.ask("GET", path, "lin", "en", "").await.status(404);
        page.has("<html").has("There is nothing here").lacks("panic");
    }
}

#[tokio::test]
async fn what_a_browser_keeps_is_the_language_the_columns_and_the_light() {
    let shop = Shop::new();
    let kept = shop.post("/shop/preferences", "language=en&back=%2Fshop%2Forder").await;
    assert_eq!(kept.sent_to(), "/shop/order");
    let elsewhere = shop.post("/shop/preferences", "theme=dark&back=%2F%2Fevil.example").await;
    assert_eq!(elsewhere.sent_to(), "/shop");
    let columns = shop.post("/shop/order/columns", "column=name&column=due").await;
    assert_eq!(columns.sent_to(), "/shop/order");
}

#[tokio::test]
async fn whoever_approves_fills_in_the_form_of_the_step_and_whoever_submits_what_is_required() {
    let shop = Shop::new();
    let fund = shop.create("fund", r#"{"name": "Lamps"}"#);
    // An action without a form asks for what must not be empty.
    let asked = shop.post(&format!("{fund}/act/submit"), "").await.status(422);
    asked.has("name=\"keeper\"").lacks("name=\"note\"");
    shop.post(&format!("{fund}/act/submit"), "keeper=wu").await.sent_to();
    let page = shop.ask("GET", "/shop/tasks", "wu", "en", "").await.status(200);
    let task = page.text.split("/shop/tasks/fund.").nth(1).unwrap().split(['"', '/', '?']).next().unwrap().to_owned();
    let task = format!("/shop/tasks/fund.{task}");
    // The button of the list shows the form first.
    let form = shop.ask("POST", &task, "wu", "en", "operation=approve&reason=Fine").await.status(200);
    form.has("name=\"granted\"").has("name=\"note\"").has("Fine").lacks("Nothing was saved");
    let refused = shop.ask("POST", &format!("{task}/approve"), "wu", "en", "_form=1&note=For+three").await.status(422);
    refused.has("For three").has("f-granted");
    // What the form does not have is not taken.
    let typed = "_form=1&granted=120&note=For+three&name=Chairs";
    shop.ask("POST", &format!("{task}/approve"), "wu", "en", typed).await.sent_to();
    shop.get(&fund).await.has("120.00").has("For three").has("Approved").has("Lamps");
}

#[tokio::test]
async fn a_choice_has_no_colour_by_its_place() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A", "kind": "plain"}"#);
    shop.get(&order).await.has("<span class=\"chip plain\">Plain</span>");
}

#[tokio::test]
async fn a_choice_has_the_colour_of_what_it_means_on_records_lists_and_boards() {
    let shop = Shop::new();
    let good = "<span class=\"chip tone-good\">Fresh</span>";
    let bad = "<span class=\"chip tone-bad\">Broken</span>";
    let crate_ = shop.create("crate", r#"{"name": "A", "state_of_it": "fresh", "marks": ["broken", "plain"]}"#);
    shop.get(&crate_).await.has(good).has(bad).has("<span class=\"chip plain\">Plain</span>");
    shop.get("/shop/crate").await.has(good).has(bad);
    shop.get("/shop/crate/board").await.has(&format!("<h2>{good}</h2>")).has("<h2>Plain</h2>");
}

#[tokio::test]
async fn a_state_has_the_colour_of_what_it_means_on_records_lists_boards_and_calendars() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A", "due": "2026-03-09"}"#);
    // Of what no tone was said for, the first state and ends have no colour, and what is between is under way.
    shop.get(&order).await.has("<span class=\"chip plain\">Draft</span>");
    shop.post(&format!("{order}/act/hold"), "").await.sent_to();
    shop.get(&order).await.has("<span class=\"chip tone-live\">Held</span>").has("class=\"now tone-live\"");
    shop.post(&format!("{order}/act/resume"), "").await.sent_to();
    shop.post(&format!("{order}/act/cancel"), "reason=Late").await.sent_to();
    let bad = "<span class=\"chip tone-bad\">Cancelled</span>";
    shop.get(&order).await.has(bad).has("class=\"now end tone-bad\"");
    shop.get("/shop/order").await.has(bad);
    shop.get("/shop/order/calendar").await.has("class=\"event tone-bad\"");
    let board = shop.get("/shop/order/board").await;
    board
        .has(&format!("<h2>{bad}</h2>"))
        .has("<h2><span class=\"chip tone-good\">Done</span></h2>")
        .has("<h2>Draft</h2>");
    let trip = shop.create("trip", r#"{"name": "A", "first": "wu", "second": "wu", "third": "wu"}"#);
    shop.post(&format!("{trip}/act/submit"), "").await.sent_to();
    shop.get(&trip).await.has("<span class=\"chip tone-wait\">In review</span>");
}
