//! Designers: what is drawn is in the file and nothing else in it is touched; a field, a form and a flow are designed by
//! mouse alone, published and used.

use super::{OBJECT, Works};
use crate::pages::browser::Browser;

const FLOW: &str = "definitions/work/deal.flow.yaml";

fn at(path: &str) -> String {
    format!("/shop/admin/design/{path}")
}

impl Works {
    /// Changes what is designed, and gives the text of the file in the edit.
    async fn design(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let to = self.post(&at(path), "mia+maker", pairs).await.sent_to();
        self.get(&to, "mia+maker").await.status(200);
        self.drafted(path).await
    }

    async fn drafted(&self, path: &str) -> String {
        let page = self.get(&format!("/shop/admin/edit/{path}"), "mia+maker").await.status(200);
        let area = page.text.split("data-editor").nth(1).unwrap();
        let text = area.split_once(">\n").unwrap().1.split("</textarea>").next().unwrap();
        let plain = [("&quot;", "\""), ("&#x27;", "'"), ("&#x3D;", "="), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
        plain.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    async fn publish(&self, reason: &str) {
        self.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", reason)]).await.sent_to();
    }
}

#[tokio::test]
async fn fields_are_designed_and_every_other_byte_of_the_file_stays() {
    let works = Works::new();
    let before = works.file(OBJECT);
    let text = works.design(OBJECT, &[("do", "drop"), ("what", "new:date"), ("into", "fields"), ("place", "1")]).await;
    let field = "  date_1: {type: date, label: {zh: 日期 1, en: Date 1}}\n";
    assert_eq!(text, before.replace("  amount: {type", &format!("{field}  amount: {{type")));
    let due = [
        ("at", "fields/date_1"),
        ("b:fields/date_1/label/zh", "到期日"),
        ("b:fields/date_1/label/en", "Due: the day"),
        ("c:fields/date_1/required", ""),
        ("c:fields/date_1/required", "true"),
        ("t:fields/date_1/default", "= today()"),
        ("n:fields/date_1", "due"),
    ];
    let text = works.design(OBJECT, &due).await;
    let field = "  due: {type: date, label: {zh: 到期日, en: 'Due: the day'}, required: true, default: = today()}\n";
    assert_eq!(text, before.replace("  amount: {type", &format!("{field}  amount: {{type")));
    let text = works.design(OBJECT, &[("do", "down fields/due")]).await;
    assert!(
        text.find("  amount:").unwrap() < text.find("  due:").unwrap() && text.contains("   # what everybody gets")
    );
    let page = works.get(&format!("{}?at=fields%2Fdue", at(OBJECT)), "mia+maker").await.status(200);
    page.has("value=\"Due: the day\"").has("No problems").has("edited, not live");
    works.publish("They fall due").await;
    works.deal("5").await.has("Due: the day").has("2026");
    // A name that is live stays; a choice gets options.
    works.get(&format!("{}?at=fields%2Fdue", at(OBJECT)), "mia+maker").await.lacks("name=\"n:fields/due\"");
    works.design(OBJECT, &[("do", "add choice")]).await;
    let text = works.design(OBJECT, &[("do", "option fields/choice_1/options")]).await;
    assert!(text.contains("option_3: {zh: 选项 3, en: Option 3}"), "{text}");
    let text = works.design(OBJECT, &[("do", "remove fields/choice_1")]).await;
    assert_eq!(text, works.file(OBJECT));
}

#[tokio::test]
async fn a_mistake_is_shown_where_it_was_made_and_can_be_undone() {
    let works = Works::new();
    let wrong = [("at", "fields/amount"), ("t:fields/amount/value", "this.amuont + 1")];
    works.design(OBJECT, &wrong).await;
    let page = works.get(&format!("{}?at=fields%2Famount", at(OBJECT)), "mia+maker").await.status(200);
    page.has("item wrong on").has("prop wrong").has("amuont").has("unknown-field");
    let refused = works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await;
    assert_eq!(refused.status, 409);
    assert_eq!(works.design(OBJECT, &[("do", "undo")]).await, works.file(OBJECT));
    let bad = [("at", "fields/x"), ("n:fields/amount", "Not a name")];
    works.post(&at(OBJECT), "mia+maker", &bad).await.status(422).has("a name is lower case letters");
    let stale = works.post(&at(OBJECT), "mia+maker", &[("mark", "0123456789abcdef"), ("do", "add text")]).await;
    stale.status(422).has("changed in another window");
    assert_eq!(works.post(&at("system/user.object.yaml"), "mia+maker", &[("do", "add text")]).await.status, 404);
    assert_eq!(works.post(&at("definitions/work/level.table.yaml"), "mia+maker", &[]).await.status, 404);
    assert_eq!(works.post(&at("definitions/work/none.flow.yaml"), "mia+maker", &[]).await.status, 404);
}

#[tokio::test]
async fn a_form_is_designed_and_seen_as_people_will_fill_it_in() {
    let works = Works::new();
    let made = works.post("/shop/admin/design", "mia+maker", &[("kind", "form"), ("object", "deal")]).await.sent_to();
    let path = "forms/work/deal_edit.form.yaml";
    assert_eq!(made, at(path));
    works.get(&made, "mia+maker").await.status(200).has("value=\"place amount\"");
    works.design(path, &[("do", "place name"), ("target", "sections/0/fields")]).await;
    works.design(path, &[("do", "section")]).await;
    let drop = [("do", "drop"), ("what", "new:amount"), ("into", "sections/1/fields"), ("place", "0")];
    works.design(path, &drop).await;
    works.design(path, &[("do", "place grade"), ("target", "sections/1/fields")]).await;
    let given = [
        ("do", "set"),
        ("at", "sections/1/fields/1"),
        ("t:sections/1/fields/1/visible", "this.amount > 7"),
        ("b:sections/1/label/zh", "钱"),
        ("b:sections/1/label/en", "Money"),
    ];
    let text = works.design(path, &given).await;
    let expected = "form: deal_edit\nlabel: {zh: 交易, en: Deal}\nobject: deal\nfor: [create, edit, view]\nsections:\n  - {label: {zh: 基本信息, en: Basics}, fields: [name]}\n  - {label: {zh: 钱, en: Money}, fields: [amount, {field: grade, visible: this.amount > 7}]}\n";
    assert_eq!(text, expected);
    let page = works.get(&at(path), "mia+maker").await.status(200);
    page.has("data-field=\"amount\"")
        .has("class=\"live\" disabled inert")
        .has("value=\"place level\"")
        .lacks("place name");
    // From one section to the other, and the section before it.
    let across = [("do", "drop"), ("what", "sections/1/fields/0"), ("into", "sections/0/fields"), ("place", "0")];
    assert!(works.design(path, &across).await.contains("fields: [amount, name]"));
    assert!(works.design(path, &[("do", "up sections/1")]).await.contains("sections:\n  - {label: {zh: 钱"));
    works.publish("A form").await;
    let form = works.get("/shop/deal/new", "mia+maker").await.status(200);
    form.has("<h2>Basics</h2>").has("<h2>Money</h2>").lacks("name=\"level\"");
    // There is one such form an object.
    let again = works.post("/shop/admin/design", "mia+maker", &[("kind", "form"), ("object", "deal")]).await;
    again.status(422).has("deal_edit");
}

#[tokio::test]
async fn a_flow_is_drawn_and_the_run_on_which_it_hangs_is_shown_step_by_step() {
    let works = Works::new();
    let before = works.file(FLOW);
    works.design(FLOW, &[("do", "add join")]).await;
    for (from, to) in [("open", "join_1"), ("join_1", "closed")] {
        works.design(FLOW, &[("do", &format!("connect {from}")), ("target", to)]).await;
    }
    works.design(FLOW, &[("do", "add decide")]).await;
    works.design(FLOW, &[("do", "add state")]).await;
    for (from, to) in [("open", "decision_1"), ("decision_1", "join_1"), ("decision_1", "step_1"), ("step_1", "join_1")]
    {
        works.design(FLOW, &[("do", &format!("connect {from}")), ("target", to)]).await;
    }
    let text = works.drafted(FLOW).await;
    assert!(text.starts_with(before.split("  closed").next().unwrap().split("to: closed}").next().unwrap()), "{text}");
    assert!(text.contains("decide: [{when: false, to: step_1}, {else: true, to: join_1}]"), "{text}");
    assert!(text.contains("join_1: {label: {zh: 汇合 1, en: Join 1}, join: {need: all}, to: closed}"), "{text}");
    let page = works.get(&at(FLOW), "mia+maker").await.status(200);
    page.has("Not every record comes to an end").has("data-trace=").has("data-stuck=\"1\"").has("unsound-flow");
    let last = page.text.split("data-trace=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ended = works.get(&format!("{}?at=nodes&step={last}", at(FLOW)), "mia+maker").await.status(200);
    ended.has("node join stuck");
    works
        .get(&format!("{}?at=nodes&step=1", at(FLOW)), "mia+maker")
        .await
        .has("class=\"edge now\"")
        .has("node state now");
    // Mended on the picture, and renamed: what leads there follows.
    let need = [("at", "nodes/join_1"), ("t:nodes/join_1/join/need", "1"), ("n:nodes/join_1", "gate")];
    let text = works.design(FLOW, &need).await;
    assert!(text.contains("{else: true, to: gate}") && text.contains("gate: {label"), "{text}");
    let page = works.get(&at(FLOW), "mia+maker").await.status(200);
    page.lacks("Not every record comes to an end").has("No problems");
    works.post(&at(FLOW), "mia+maker", &[("do", "connect closed"), ("target", "open")]).await.status(422);
    // A step between two others.
    let drop = [
        ("do", "drop"),
        ("what", "new:state"),
        ("into", "nodes"),
        ("onto", "nodes/open/actions/close"),
        ("target", "closed"),
    ];
    let text = works.design(FLOW, &drop).await;
    assert!(text.contains("en: Close}, to: step_2}"), "{text}");
    assert!(text.contains("actions: {to_closed: {label: {zh: 转到已关闭, en: To Closed}, to: closed}}"), "{text}");
    // What an action sets, and who may take it.
    let close = "nodes/open/actions/close";
    let sets = format!("m:{close}/set");
    let by = format!("w:{close}/by");
    let given = [("at", close), (&*sets, "grade: done\namount: = this.amount + 1"), (&*by, "creator, role(maker)")];
    let text = works.design(FLOW, &given).await;
    let set = "to: step_2, set: {grade: done, amount: = this.amount + 1}, by: [creator, role(maker)]}";
    assert!(text.contains(set), "{text}");
    let given = [("at", close), (&*sets, "amount: = this.amount + 1"), (&*by, "creator")];
    let text = works.design(FLOW, &given).await;
    assert!(text.contains("to: step_2, set: {amount: = this.amount + 1}, by: creator}"), "{text}");
}

#[tokio::test]
async fn a_field_a_form_and_a_flow_are_designed_by_mouse_alone_published_and_used() {
    let works = Works::new();
    let browser = Browser::open(&works.shop, "mia+maker", "en", (1440, 1000)).await;
    browser.go("/shop/admin/definitions").await;
    browser.click("a[href='/shop/admin/design']").await;
    browser.run("document.querySelector('#role').value = 'maker'").await;
    browser.click("#new-object").await;
    let placed = |text: &str| format!("document.querySelector('.canvas')?.textContent.includes('{text}')");
    // Two fields; the second is dragged to the top.
    browser.at("[data-into=fields]").await;
    browser.drag("[data-drag='new:integer']", "[data-drag='fields/name']", 12.0).await;
    browser.until(&placed("Whole number 1")).await;
    browser.drag("[data-drag='new:date']", "[data-drag='fields/integer_1']", 12.0).await;
    browser.until(&placed("Date 1")).await;
    browser.drag("[data-drag='fields/date_1'] .grip", "[data-drag='fields/name']", -12.0).await;
    browser.until("document.querySelector('.items [data-item]').textContent.includes('Date 1')").await;
    browser.click("[data-drag='fields/integer_1'] > a").await;
    browser.until("document.querySelector('#panel h2').textContent === 'Whole number 1'").await;
    browser.click(".props label.tick").await;
    browser.until("document.querySelector('[data-drag=\"fields/integer_1\"] .tag.must')").await;
    // A form of it: a section and three fields.
    browser.go("/shop/admin/design").await;
    browser.run("document.querySelector('#form-object').value = 'object_1'").await;
    browser.click("#new-form").await;
    browser.drag("[data-drag='new:name']", "[data-into='sections/0/fields']", 0.0).await;
    browser.until("document.querySelector('.live [data-field=name]')").await;
    browser.drag("[data-drag='new:']", "[data-drag='sections/0']", 40.0).await;
    browser.until(&placed("Section 2")).await;
    browser.drag("[data-drag='new:integer_1']", "[data-into='sections/1/fields']", 0.0).await;
    browser.until("document.querySelectorAll('.live > section')[1]?.querySelector('[data-field=integer_1]')").await;
    browser.drag("[data-drag='sections/1/fields/0'] .grip", "[data-drag='sections/0/fields/0']", 12.0).await;
    browser.until("document.querySelector('.live > section').querySelectorAll('[data-field]').length === 2").await;
    // And a flow: two more nodes, and arrows between the three.
    browser.go("/shop/admin/design").await;
    browser.run("document.querySelector('#flow-object').value = 'object_1'").await;
    browser.click("#new-flow").await;
    browser.drag("[data-drag='new:state']", ".picture.draw", 60.0).await;
    browser.at("[data-link=step_1]").await;
    browser.drag("[data-drag='new:end']", ".picture.draw", 60.0).await;
    browser.at("[data-link=end_1]").await;
    browser.drag("[data-link=draft]", "[data-link=step_1]", 0.0).await;
    browser.until("document.querySelector('.way-label')?.textContent.includes('To Step 1')").await;
    browser.drag("[data-link=step_1]", "[data-link=end_1]", 0.0).await;
    browser.until("document.querySelectorAll('.way-label').length === 2").await;
    browser.until("document.querySelector('.under-head')?.textContent.includes('No problems')").await;
    browser.click(".under-head a.main").await;
    browser.write("input[name=reason]", "A new kind of record").await;
    browser.click("button[value=publish]").await;
    browser.until("location.pathname.startsWith('/shop/admin/published/')").await;
    // It is in the menu, its form asks for the fields, and its flow moves.
    browser.click(".module:has(a[href='/shop/object_1']) > summary").await;
    browser.click(".side a[href='/shop/object_1']").await;
    browser.click("a[href='/shop/object_1/new']").await;
    browser.write("input[name=name]", "First").await;
    browser.write("input[name=integer_1]", "42").await;
    browser.click("button[name=_then][value=stay]").await;
    browser.until("document.querySelector('h1')?.textContent.includes('First')").await;
    browser
        .until("[...document.querySelectorAll('a, button')].some((one) => one.textContent.includes('To Step 1'))")
        .await;
    browser
        .run("[...document.querySelectorAll('a, button')].find((one) => one.textContent.includes('To Step 1')).click()")
        .await;
    browser.until("document.querySelector('main').textContent.includes('To End 1')").await;
    let flow = works.file("definitions/work/object_1.flow.yaml");
    assert!(flow.contains("to_step_1: {label: {zh: 转到步骤 1, en: To Step 1}, to: step_1}"), "{flow}");
    assert!(works.file("forms/work/object_1_edit.form.yaml").contains("fields: [name, integer_1]"));
    browser.close().await;
}

#[tokio::test]
async fn the_designers_can_be_used_without_eyes_mouse_or_a_large_screen() {
    let works = Works::new();
    works.post("/shop/admin/design", "mia+maker", &[("kind", "form"), ("object", "deal")]).await.sent_to();
    let form = "forms/work/deal_edit.form.yaml";
    works.design(form, &[("do", "place name"), ("target", "sections/0/fields")]).await;
    works.design(OBJECT, &[("do", "add choice")]).await;
    works.design(FLOW, &[("do", "add join")]).await;
    let mut browser = Browser::open(&works.shop, "mia+maker", "en", (1440, 900)).await;
    let pages = [
        "/shop/admin/design".to_owned(),
        at(OBJECT),
        format!("{}?at=fields/choice_1", at(OBJECT)),
        at(form),
        format!("{}?at=sections/0/fields/0", at(form)),
        at(FLOW),
        format!("{}?at=nodes/open", at(FLOW)),
        format!("{}?at=nodes/open/actions/close", at(FLOW)),
    ];
    for language in ["en", "zh"] {
        browser.be("mia+maker", language).await;
        browser.is_readable(&pages).await;
    }
    // By keyboard: a field further down, and the focus stays on its button.
    browser.go(&at(OBJECT)).await;
    browser.run("document.querySelector('button[value=\"down fields/name\"]').focus()").await;
    browser.press("\u{E007}").await;
    browser.until("document.querySelectorAll('.items [data-item]')[1]?.dataset.drag === 'fields/name'").await;
    browser.until("document.activeElement.value === 'down fields/name'").await;
    browser.close().await;
    browser = Browser::open(&works.shop, "mia+maker", "zh", (390, 844)).await;
    for path in &pages {
        browser.go(path).await;
        let wide = browser.run("return document.documentElement.scrollWidth").await.as_f64().unwrap();
        assert!(wide <= 390.0, "{path} is wider than a phone: {wide}");
    }
    browser.close().await;
}
