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

    pub(super) async fn drafted(&self, path: &str) -> String {
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
    // When a further arrow is taken has to be said: until then nothing can go live.
    assert!(text.contains("decide: [{to: step_1}, {else: true, to: join_1}]"), "{text}");
    let branch = "nodes/decision_1/decide/0";
    let page = works.get(&format!("{}?at={branch}", at(FLOW)), "mia+maker").await.status(200);
    page.has("Say when this way is taken").has("<h2>?</h2>").has("aria-invalid=\"true\"").lacks("No problems");
    works.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "x")]).await.status(409);
    let when = [("at", branch), ("t:nodes/decision_1/decide/0/when", "this.amount > 9")];
    let text = works.design(FLOW, &when).await;
    assert!(text.contains("decide: [{to: step_1, when: this.amount > 9}, {else: true, to: join_1}]"), "{text}");
    let page = works.get(&format!("{}?at={branch}", at(FLOW)), "mia+maker").await.status(200);
    page.lacks("Say when this way is taken");
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
    let (key, value) = (format!("k:{close}/set"), format!("v:{close}/set"));
    let (key, value, by) = (&*key, &*value, format!("w:{close}/by"));
    let given = [
        ("at", close),
        (key, "grade"),
        (value, "done"),
        (key, "amount"),
        (value, "= this.amount + 1"),
        (key, ""),
        (value, ""),
        (&*by, "creator, role(maker)"),
    ];
    let text = works.design(FLOW, &given).await;
    let set = "to: step_2, by: [creator, role(maker)], set: {grade: done, amount: = this.amount + 1}}";
    assert!(text.contains(set), "{text}");
    let given = [("at", close), (key, "amount"), (value, "= this.amount + 1"), (&*by, "creator")];
    let text = works.design(FLOW, &given).await;
    assert!(text.contains("to: step_2, by: creator, set: {amount: = this.amount + 1}}"), "{text}");
}

#[tokio::test]
async fn a_field_a_form_and_a_flow_are_designed_by_mouse_alone_published_and_used() {
    let works = Works::new();
    let browser = Browser::open(&works.shop, "mia+maker", "en", (1440, 1000)).await;
    browser.go("/shop/admin/definitions").await;
    browser.click("a[href='/shop/admin/design']").await;
    // Whoever designs works with it; somebody else is given it with one click.
    browser.until("document.querySelector('input[name=role][value=maker]').checked").await;
    browser.click("input[name=role][value=keeper]").await;
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
    browser.click("button[data-begin='form-']").await;
    browser.drag("[data-drag='new:name']", "[data-into='sections/0/fields']", 0.0).await;
    browser.until("document.querySelector('.live [data-field=name]')").await;
    browser.drag("[data-drag='new:']", "[data-drag='sections/0']", 40.0).await;
    browser.until(&placed("Section 2")).await;
    browser.drag("[data-drag='new:integer_1']", "[data-into='sections/1/fields']", 0.0).await;
    browser.until("document.querySelectorAll('.live > section')[1]?.querySelector('[data-field=integer_1]')").await;
    browser.drag("[data-drag='sections/1/fields/0'] .grip", "[data-drag='sections/0/fields/0']", 12.0).await;
    browser.until("document.querySelector('.live > section').querySelectorAll('[data-field]').length === 2").await;
    // And a flow: two more nodes, and arrows between the three.
    browser.click("button[data-begin='flow-']").await;
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
    browser.click("[action*='/act/to_step_1'] button, a[href*='/act/to_step_1']").await;
    browser.until("document.querySelector('main').textContent.includes('To End 1')").await;
    let flow = works.file("definitions/work/object_1.flow.yaml");
    assert!(flow.contains("to_step_1: {label: {zh: 转到步骤 1, en: To Step 1}, to: step_1}"), "{flow}");
    assert!(works.file("forms/work/object_1_edit.form.yaml").contains("fields: [name, integer_1]"));
    let grant = "  object_1: {on: object_1, may: [read, create, update, act], rows: all}";
    for role in ["maker", "keeper"] {
        let text = works.file(&format!("definitions/work/{role}.role.yaml"));
        assert!(text.contains(grant), "{text}");
    }
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
    works.design(FLOW, &[("do", "effect nodes/open/actions/close/notify")]).await;
    works.design(OBJECT, &[("do", "check")]).await;
    works.design(FLOW, &[("do", "add scope")]).await;
    let mut browser = Browser::open(&works.shop, "mia+maker", "en", (1440, 900)).await;
    let pages = [
        "/shop/admin/design".to_owned(),
        at(OBJECT),
        format!("{}?at=fields/choice_1", at(OBJECT)),
        at(form),
        format!("{}?at=sections/0/fields/0", at(form)),
        at(FLOW),
        format!("{}?at=nodes/open", at(FLOW)),
        format!("{}?at=nodes/part_1", at(FLOW)),
        format!("{}?at=nodes/open/actions/close", at(FLOW)),
        format!("{}?at=nodes/open/actions/close/notify/0", at(FLOW)),
        format!("{}?at=rules/grade", at(OBJECT)),
        format!("{}?at=checks/check_1", at(OBJECT)),
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

#[tokio::test]
async fn a_new_name_is_followed_to_every_file_and_expression_that_means_it() {
    let works = Works::new();
    const ROLE: &str = "definitions/work/keeper.role.yaml";
    const SCENARIO: &str = "tests/scenarios/work/deal.scenario.yaml";
    const FORM: &str = "forms/work/deal_edit.form.yaml";
    const SCRIPT: &str = "scripts/work/late.rhai";
    works.design(OBJECT, &[("do", "add date")]).await;
    works.post("/shop/admin/design", "mia+maker", &[("kind", "form"), ("object", "deal")]).await.sent_to();
    works.design(FORM, &[("do", "place date_1"), ("target", "sections/0/fields")]).await;
    let visible =
        [("at", "sections/0/fields/0"), ("t:sections/0/fields/0/visible", "this.amount > 1 || this.date_1 != ()")];
    works.design(FORM, &visible).await;
    let write = async |path: &str, text: String| {
        works.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("text", &text)]).await.sent_to();
    };
    write(FLOW, works.file(FLOW).replace("to: closed}, share", "require: [date_1], to: closed}, share")).await;
    let read = works
        .file(ROLE)
        .replace("rows: all}", "rows: {where: {date_1: {gte: today}}}, fields: {read: [name, date_1]}}");
    write(ROLE, read).await;
    write(SCENARIO, works.file(SCENARIO).replace("amount: 500}", "amount: 500, date_1: 2026-03-02}")).await;
    write(SCRIPT, "// How late it is: date_1 counts.\nlet late = this.date_1;\n".to_owned()).await;
    let rule = works
        .drafted(OBJECT)
        .await
        .replace("set: {grade: plain}", "when: this.date_1 == () && old.date_1 == (), set: {grade: plain}");
    write(OBJECT, rule).await;
    works.get(&at(OBJECT), "mia+maker").await.status(200).has("No problems");
    let given = [
        ("at", "fields/date_1"),
        ("n:fields/date_1", "due"),
        ("b:fields/date_1/label/en", "Due"),
        ("b:fields/date_1/label/zh", "到期"),
    ];
    let sent = works.post(&at(OBJECT), "mia+maker", &given).await;
    assert!(sent.place.ends_with("?at=fields%2Fdue&was=date_1&in=4"), "{}", sent.place);
    for path in [OBJECT, FLOW, ROLE, SCENARIO, FORM] {
        let text = works.drafted(path).await;
        assert!(text.contains("due") && !text.contains("date_1"), "{path}: {text}");
    }
    assert!(works.drafted(FORM).await.contains("{field: due, visible: this.amount > 1 || this.due != ()}"));
    assert!(works.drafted(OBJECT).await.contains("when: this.due == () && old.due == (),"));
    let page = works.get(&sent.place, "mia+maker").await.status(200);
    page.has("Followed a new name")
        .has("No problems")
        .has("late.rhai:2")
        .lacks("late.rhai:1")
        .lacks("change these by hand");
    // It is one change, and is taken back as one.
    works.design(OBJECT, &[("do", "back")]).await;
    for path in [OBJECT, FLOW, ROLE, SCENARIO, FORM] {
        assert!(works.drafted(path).await.contains("date_1"), "{path}");
    }
    // What the compiler can't read it can't follow; that is told as soon as it can.
    let whole = works.drafted(FORM).await;
    write(FORM, format!("{whole}broken: [\n")).await;
    let sent = works.post(&at(OBJECT), "mia+maker", &given).await;
    assert!(works.drafted(FORM).await.contains("field: date_1") && works.drafted(ROLE).await.contains("due"));
    write(FORM, whole).await;
    works.get(&sent.place, "mia+maker").await.status(200).has("change these by hand").has("deal_edit.form.yaml");
}

#[tokio::test]
async fn rules_and_checks_are_rows_and_what_an_action_does_has_parts() {
    let works = Works::new();
    let before = works.file(OBJECT);
    works.design(OBJECT, &[("do", "check")]).await;
    let given = [
        ("at", "checks/check_1"),
        ("t:checks/check_1/that", "this.amount == () || this.amount >= 0"),
        ("b:checks/check_1/say/zh", "金额不能为负"),
        ("b:checks/check_1/say/en", "The amount is not negative"),
        ("t:checks/check_1/at", "amount"),
        ("n:checks/check_1", "positive"),
    ];
    let text = works.design(OBJECT, &given).await;
    let check = "checks: {positive: {that: this.amount == () || this.amount >= 0, say: {zh: 金额不能为负, en: The amount is not negative}, at: amount}}\n";
    assert_eq!(text, format!("{before}{check}"));
    works.design(OBJECT, &[("do", "rule")]).await;
    works.design(OBJECT, &[("do", "effect rules/rule_1/notify")]).await;
    works.design(OBJECT, &[("do", "effect rules/rule_1/create")]).await;
    let given = [
        ("at", "rules/rule_1"),
        ("w:rules/rule_1/on", "create, change(amount)"),
        ("t:rules/rule_1/when", "this.amount == 77"),
        ("k:rules/rule_1/set", "level"),
        ("v:rules/rule_1/set", "9"),
        ("t:rules/rule_1/notify/0/when", "true"),
        ("b:rules/rule_1/notify/0/say/zh", "大单"),
        ("b:rules/rule_1/notify/0/say/en", "A large one"),
        ("t:rules/rule_1/create/record_1/object", "deal"),
        ("k:rules/rule_1/create/record_1/set", "name"),
        ("v:rules/rule_1/create/record_1/set", "= this.name + \"+\""),
        ("k:rules/rule_1/create/record_1/set", "amount"),
        ("v:rules/rule_1/create/record_1/set", "1"),
        ("n:rules/rule_1/create/record_1", "second"),
    ];
    let text = works.design(OBJECT, &given).await;
    let rule = "  rule_1: {on: [create, change(amount)], notify: [{to: creator, say: {zh: 大单, en: A large one}, when: true}], create: {second: {object: deal, set: {name: = this.name + \"+\", amount: 1}}}, when: this.amount == 77, set: {level: 9}}\n";
    assert!(text.contains(rule), "{text}");
    let page = works.get(&format!("{}?at=rules%2Frule_1", at(OBJECT)), "mia+maker").await.status(200);
    page.has("Creates: Deal").has("Message to: creator").has("value=\"effect rules/rule_1/post\"").has("No problems");
    let page = works.get(&format!("{}?at=rules%2Frule_1%2Fnotify%2F0", at(OBJECT)), "mia+maker").await.status(200);
    page.has("value=\"A large one\"").has("rules%2Frule_1\"");
    works.publish("Rules").await;
    works.deal("77").await;
    let list = works.get("/shop/deal", "mia+maker").await.status(200);
    list.has("A+");
    works.get("/shop/messages", "mia+maker").await.has("A large one");
    works
        .post("/shop/deal/new", "mia+maker", &[("name", "B"), ("amount", "-1")])
        .await
        .status(422)
        .has("is not negative");
    // The name of what is live stays.
    works.get(&format!("{}?at=rules%2Frule_1", at(OBJECT)), "mia+maker").await.lacks("name=\"n:rules/rule_1\"");
    // An action, the arrival at a step, and a single message that gets company.
    let close = "nodes/open/actions/close";
    works.design(FLOW, &[("do", &format!("effect {close}/notify"))]).await;
    works.design(FLOW, &[("do", &format!("effect {close}/start"))]).await;
    let text = works.design(FLOW, &[("do", "effect nodes/open/enter/notify")]).await;
    let close_does = "to: closed, notify: [{to: creator, say: {zh: 请查看, en: Have a look}}], start: [{flow: deal}]}";
    assert!(text.contains(close_does), "{text}");
    assert!(text.contains("enter: {notify: [{to: creator, say: {zh: 请查看, en: Have a look}}]}}"), "{text}");
    let text = works.design(FLOW, &[("do", &format!("remove {close}/start/0"))]).await;
    let alone = text.replace(
        "notify: [{to: creator, say: {zh: 请查看, en: Have a look}}], start: []",
        "notify: {to: creator, say: Ho}",
    );
    works.post(&format!("/shop/admin/edit/{FLOW}"), "mia+maker", &[("text", &alone)]).await.sent_to();
    let page = works.get(&format!("{}?at=nodes%2Fopen%2Factions%2Fclose", at(FLOW)), "mia+maker").await.status(200);
    page.has("Message to: creator").has("No problems");
    let text = works.design(FLOW, &[("do", &format!("effect {close}/notify"))]).await;
    assert!(
        text.contains("notify: [{to: creator, say: Ho}, {to: creator, say: {zh: 请查看, en: Have a look}}]"),
        "{text}"
    );
    works.post(&at(FLOW), "mia+maker", &[("do", &format!("effect {close}/post"))]).await.status(422).has("no ledger");
}

#[tokio::test]
async fn what_was_changed_is_taken_back_step_by_step_over_files_and_done_again() {
    let works = Works::new();
    let (object, flow) = (works.file(OBJECT), works.file(FLOW));
    let one = works.design(OBJECT, &[("do", "add date")]).await;
    works.design(FLOW, &[("do", "add end")]).await;
    let two = works.design(OBJECT, &[("do", "add text")]).await;
    works.get(&at(OBJECT), "mia+maker").await.has("Undo: deal.object.yaml").lacks("Do again: ");
    assert_eq!(works.design(OBJECT, &[("do", "back")]).await, one);
    works.get(&at(OBJECT), "mia+maker").await.has("Undo: deal.flow.yaml").has("Do again: deal.object.yaml");
    works.design(OBJECT, &[("do", "back")]).await;
    assert_eq!(works.drafted(FLOW).await, flow);
    assert_eq!(works.design(OBJECT, &[("do", "ahead")]).await, one);
    assert_eq!(works.design(OBJECT, &[("do", "ahead")]).await, two);
    assert_ne!(works.drafted(FLOW).await, flow);
    // Throwing everything away can be taken back too; a new change leaves nothing to do again.
    works.post("/shop/admin/draft", "mia+maker", &[("do", "discard")]).await.sent_to();
    works
        .get("/shop/admin/draft", "mia+maker")
        .await
        .has("You are editing nothing")
        .has("Undo: deal.flow.yaml, deal.object.yaml");
    works.post("/shop/admin/draft", "mia+maker", &[("do", "back")]).await.sent_to();
    assert_eq!(works.drafted(OBJECT).await, two);
    works.post(&format!("/shop/admin/edit/{OBJECT}"), "mia+maker", &[("do", "back")]).await.sent_to();
    assert_eq!(works.drafted(OBJECT).await, one);
    works.design(OBJECT, &[("do", "add boolean")]).await;
    works.get(&at(OBJECT), "mia+maker").await.lacks("Do again: ");
    // A file that is new is gone with the step that made it.
    let made = works.post("/shop/admin/design", "mia+maker", &[("kind", "form"), ("object", "deal")]).await.sent_to();
    let back = works.post(&made, "mia+maker", &[("do", "back")]).await.sent_to();
    assert_eq!(back, "/shop/admin/draft");
    // What is live has no step back here; releases do.
    works.design(FLOW, &[("do", "undo")]).await;
    works.publish("Some fields").await;
    let page = works.get(&at(OBJECT), "mia+maker").await.status(200);
    page.lacks("Undo: ");
    assert_ne!(works.file(OBJECT), object);
}
