//! What a node of a flow is set to on its panel: steps and times of an approval, timers, what another system is asked;
//! and where the rest of it stands in the text.

use super::Works;

const FLOW: &str = "definitions/work/deal.flow.yaml";
const HERE: &str = "/shop/admin/design/definitions/work/deal.flow.yaml";

impl Works {
    /// Changes the flow on its picture.
    async fn set(&self, pairs: &[(&str, &str)]) {
        self.post(HERE, "mia+maker", pairs).await.sent_to();
    }

    /// The panel of a place of the flow.
    async fn panel(&self, at: &str) -> super::Page {
        self.get(&format!("{HERE}?at={at}"), "mia+maker").await.status(200)
    }

    /// Writes a file of the edit as text.
    async fn write(&self, path: &str, text: &str) {
        self.post(&format!("/shop/admin/edit/{path}"), "mia+maker", &[("text", text)]).await.sent_to();
    }

    async fn go_live(&self) {
        self.post("/shop/admin/draft", "mia+maker", &[("do", "publish"), ("reason", "Set on the panel")])
            .await
            .sent_to();
    }
}

#[tokio::test]
async fn an_approval_is_set_on_its_panel_and_what_holds_nothing_any_more_goes() {
    let works = Works::new();
    works.set(&[("do", "add approval")]).await;
    let back = ("approval_1", "open");
    for (from, to) in [("open", "approval_1"), ("approval_1", "closed"), back, back, back] {
        works.set(&[("do", &format!("connect {from}")), ("target", to)]).await;
    }
    let node = [
        ("at", "nodes/approval_1"),
        ("t:nodes/approval_1/escalate/after", "8 working hours"),
        ("t:nodes/approval_1/limit/after", "3 working days"),
        ("t:nodes/approval_1/limit/then", "reject"),
        ("w:nodes/approval_1/show", "name, amount"),
        ("w:nodes/approval_1/cc", "creator"),
        ("t:nodes/approval_1/recall", "always"),
        ("t:nodes/approval_1/resubmit", "resume"),
    ];
    works.set(&node).await;
    let step = [
        ("at", "nodes/approval_1/approval/0"),
        ("w:nodes/approval_1/approval/0/by", "role(maker), role(keeper)"),
        ("t:nodes/approval_1/approval/0/need", "all"),
        ("w:nodes/approval_1/approval/0/not", "submitter"),
        ("t:nodes/approval_1/approval/0/empty", "block"),
        ("t:nodes/approval_1/approval/0/same", "ask"),
        ("w:nodes/approval_1/approval/0/approve/require", "level"),
    ];
    works.set(&step).await;
    let page = works.panel("nodes/approval_1").await;
    page.has("No problems").has("value=\"8 working hours\"").has("value=\"name, amount\"").lacks("as text:");
    let page = works.panel("nodes/approval_1/approval/0").await;
    page.has("name=\"w:nodes/approval_1/approval/0/not\" value=\"submitter\"")
        .has("<option value=\"block\" selected>")
        .has("approve/require\" value=\"level\"");
    works.set(&[("at", "nodes/approval_1"), ("t:nodes/approval_1/escalate/after", "")]).await;
    works.go_live().await;
    let text = works.file(FLOW);
    let by = "approval: [{by: [role(maker), role(keeper)], empty: block, need: all, same: ask, approve: {require: level}, not: submitter}]";
    assert!(text.contains(by) && !text.contains("escalate"), "{text}");
    assert!(text.contains("limit: {after: 3 working days, then: reject}"), "{text}");
    assert!(text.contains("recall: always") && text.contains("resubmit: resume"), "{text}");
}

#[tokio::test]
async fn a_timer_is_added_and_keys_without_an_input_lead_to_their_line() {
    let works = Works::new();
    works.set(&[("do", "timer nodes/open")]).await;
    let page = works.panel("nodes/open/timers/timer_1").await;
    page.has("value=\"2 working days\"").has("No problems").lacks("as text:");
    let timer = [
        ("at", "nodes/open/timers/timer_1"),
        ("w:nodes/open/timers/timer_1/to", "closed"),
        ("t:nodes/open/timers/timer_1/every", ""),
    ];
    works.set(&timer).await;
    // On the picture an arrow of a timer says when.
    works.panel("nodes/open").await.has(">timer_1: 2 working days<").has("value=\"timer nodes/open\"");
    works.go_live().await;
    let flow = works.file(FLOW);
    let timer = "timers: {timer_1: {after: 2 working days, notify: [{to: creator, say: {zh: 请查看, en: Have a look}}], to: closed}}";
    assert!(flow.contains(timer), "{flow}");
    let unique = "unique: {once: [name, amount]}\n";
    works.write(super::OBJECT, &format!("{}{unique}", works.file(super::OBJECT))).await;
    let object = works.get("/shop/admin/design/definitions/work/deal.object.yaml", "mia+maker").await.status(200);
    object.has("as text:").has("/shop/admin/edit/definitions/work/deal.object.yaml#L13\"><code>unique<");
    works.panel("nodes/open").await.lacks("as text:");
    // What is wrong elsewhere is counted.
    works.write(super::OBJECT, &works.file(super::OBJECT).replace("table: level", "table: levle")).await;
    let page = works.get(HERE, "mia+maker").await;
    page.has("Errors in other files of this edit: 1<").has("levle").has("deal.object.yaml:11:");
}

#[tokio::test]
async fn another_system_is_asked_by_a_node_that_is_drawn_and_set_by_mouse() {
    let works = Works::new();
    works.get(HERE, "mia+maker").await.status(200).lacks("value=\"add call\"");
    works.post(HERE, "mia+maker", &[("do", "add call")]).await.status(422).has("no connector with a request");
    let connector = "connector: erp\nlabel: {zh: 企业资源, en: ERP}\nurl: https://erp.example.com\nrequests:\n  book: {path: /book, input: [number, sum], body: '#{n: input.number, s: input.sum}'}\n  ask: {path: /ask, method: GET}\n";
    works.write("definitions/work/erp.connector.yaml", connector).await;
    works.get(HERE, "mia+maker").await.status(200).has("value=\"add call\"");
    let drop = [
        ("do", "drop"),
        ("what", "new:call"),
        ("into", "nodes"),
        ("onto", "nodes/open/actions/close"),
        ("target", "closed"),
    ];
    works.set(&drop).await;
    let page = works.panel("nodes/call_1").await;
    page.has("<option value=\"erp\" selected>ERP").has("<option value=\"ask\">").has("<option value=\"sum\">");
    let (key, value) = ("k:nodes/call_1/call/with", "v:nodes/call_1/call/with");
    let given = [
        ("at", "nodes/call_1"),
        (key, "number"),
        (value, "= this.name"),
        (key, "sum"),
        (value, "= this.amount"),
        ("k:nodes/call_1/call/set", "grade"),
        ("v:nodes/call_1/call/set", "= answer.grade"),
        ("w:nodes/call_1/failed/to", "open"),
    ];
    works.set(&given).await;
    works.panel("nodes/call_1").await.has("No problems").has("value=\"&#x3D; answer.grade\"").lacks("as text:");
    works.go_live().await;
    let flow = works.file(FLOW);
    let call = "call: {connector: erp, request: book, set: {grade: = answer.grade}, with: {number: = this.name, sum: = this.amount}}, to: closed, failed: {to: open}}";
    assert!(flow.contains(call) && flow.contains("en: Close}, to: call_1}"), "{flow}");
}

/// With an owner, so that work can wait in a queue; and the queue.
async fn desk(works: &Works) {
    let owned = works
        .file(super::OBJECT)
        .replace("rules:\n", "  agent: {type: user, label: {zh: 负责人, en: Agent}}\nowner: agent\nrules:\n");
    works.write(super::OBJECT, &owned).await;
    let queue = "queue: desk\nlabel: {zh: 前台, en: Front desk}\nmembers: [{role: clerk}]\n";
    works.write("definitions/work/desk.queue.yaml", queue).await;
}

#[tokio::test]
async fn a_state_waits_in_a_queue_and_is_a_draft_as_its_panel_says() {
    let works = Works::new();
    desk(&works).await;
    let before = works.file(FLOW);
    let open = |more: &str| before.replace("to: sharing}}}", &format!("to: sharing}}}}{more}}}"));
    let page = works.panel("nodes/open").await;
    page.has("<summary>Queue</summary>")
        .has("<option value=\"desk\">Front desk")
        .has("<details class=\"prop-more\" id=\"adm_d_queue\">");
    let (name, keep) = ("t:nodes/open/queue/name", "c:nodes/open/queue/keep");
    works.set(&[("at", "nodes/open"), (name, "desk")]).await;
    assert_eq!(works.drafted(FLOW).await, open(", queue: desk"));
    // What is filled in is unfolded, and read also where the queue stands as one word alone.
    let page = works.panel("nodes/open").await;
    page.has("No problems").has("id=\"adm_d_queue\" open>").has("name=\"t:nodes/open/queue/name\" value=\"desk\"");
    let prefer = "t:nodes/open/queue/prefer";
    works.set(&[("at", "nodes/open"), (name, "desk"), (keep, ""), (keep, "true"), (prefer, "agent")]).await;
    assert_eq!(works.drafted(FLOW).await, open(", queue: {name: desk, keep: true, prefer: agent}"));
    works.set(&[("at", "nodes/open"), (name, ""), (keep, ""), (prefer, "")]).await;
    assert_eq!(works.drafted(FLOW).await, before);
    // `false` says something else than nothing does.
    let draft = "t:nodes/open/draft";
    works.set(&[("at", "nodes/open"), (draft, "false"), (name, "desk")]).await;
    works.panel("nodes/open").await.has("<option value=\"false\" selected>never");
    assert_eq!(works.drafted(FLOW).await, open(", draft: false, queue: desk"));
    works.set(&[("at", "nodes/open"), (draft, ""), (name, "desk")]).await;
    assert_eq!(works.drafted(FLOW).await, open(", queue: desk"));
    works.go_live().await;
    let deal = works.deal("5").await;
    deal.has("Front desk");
}

#[tokio::test]
async fn a_sub_flow_is_drawn_from_its_first_node_to_its_end() {
    let works = Works::new();
    let before = works.file(FLOW);
    let drop = [
        ("do", "drop"),
        ("what", "new:scope"),
        ("into", "nodes"),
        ("onto", "nodes/open/actions/close"),
        ("target", "closed"),
    ];
    works.set(&drop).await;
    let inner = "nodes/part_1/scope";
    let page = works.panel("nodes/part_1").await;
    page.has("Inside it").has(&format!("value=\"add state {inner}\"")).has("No problems").lacks("as text:");
    page.has("<option value=\"step_1\" selected>Step 1").lacks("<option value=\"closed\" selected>");
    // Two more inside: one by its button, one beside what is looked at, dropped onto an arrow.
    works.set(&[("at", "nodes/part_1"), ("do", &format!("add approval {inner}"))]).await;
    works.set(&[("do", "connect approval_1"), ("target", "end_1")]).await;
    let onto = [
        ("do", "drop"),
        ("what", "new:run"),
        ("into", "nodes"),
        ("onto", "nodes/part_1/scope/nodes/step_1/actions/done"),
        ("target", "end_1"),
    ];
    works.set(&onto).await;
    works.set(&[("at", "nodes/part_1/scope/nodes/step_1"), ("do", "connect step_1"), ("target", "approval_1")]).await;
    let given = [
        ("at", "nodes/part_1"),
        ("k:nodes/part_1/scope/data", "limit"),
        ("v:nodes/part_1/scope/data", "= this.amount"),
    ];
    works.set(&given).await;
    works.set(&[("at", &format!("{inner}/nodes/approval_1")), ("do", "begin approval_1")]).await;
    let text = works.drafted(FLOW).await;
    assert!(text.starts_with(before.split("to: closed}").next().unwrap()), "{text}");
    let graph = "scope: {start: approval_1, nodes: {step_1: {label: {zh: 步骤 1, en: Step 1}, actions: {done: {label: {zh: 完成, en: Done}, to: automatic_1}";
    assert!(text.contains(graph), "{text}");
    assert!(text.contains("automatic_1: {label: {zh: 自动处理 1, en: Automatic 1}, run: {}, to: end_1}"), "{text}");
    assert!(text.contains("data: {limit: = this.amount}}, to: closed}"), "{text}");
    // What is taken out is looked at from what it was in.
    let gone = works
        .post(
            HERE,
            "mia+maker",
            &[("at", "nodes/part_1/scope/nodes/step_1"), ("do", "remove nodes/part_1/scope/nodes/automatic_1")],
        )
        .await;
    gone.sent_to();
    works.post(HERE, "mia+maker", &[("do", "add state nodes/open")]).await.status(404);
    works.post(HERE, "mia+maker", &[("do", "add state nodes/part_9/scope")]).await.status(404);
}

#[tokio::test]
async fn something_is_done_for_each_line_or_so_many_times() {
    let works = Works::new();
    works.set(&[("do", "add each")]).await;
    assert!(works.drafted(FLOW).await.contains("each: {count: 2, start: step_1, nodes: {"));
    works.set(&[("do", "back")]).await;
    let lines = "  parts: {type: lines, label: {zh: 明细, en: Parts}, fields: {what: {type: text, label: {zh: 内容, en: What}}}}\nrules:\n";
    works.write(super::OBJECT, &works.file(super::OBJECT).replace("rules:\n", lines)).await;
    let drop = [
        ("do", "drop"),
        ("what", "new:each"),
        ("into", "nodes"),
        ("onto", "nodes/open/actions/close"),
        ("target", "closed"),
    ];
    works.set(&drop).await;
    works.panel("nodes/each_1").await.has("No problems").has("value=\"add end nodes/each_1/each\"");
    assert!(works.drafted(FLOW).await.contains("each: {over: this.parts, start: step_1,"));
    works.go_live().await;
}

#[tokio::test]
async fn a_branch_without_a_condition_is_marked_there_and_can_be_the_one_that_is_left() {
    let works = Works::new();
    works.set(&[("do", "add decide")]).await;
    for to in ["closed", "sharing"] {
        works.set(&[("do", "connect decision_1"), ("target", to)]).await;
    }
    let branch = "nodes/decision_1/decide/0";
    let page = works.panel(branch).await;
    page.has("Say when this way is taken");
    let marked = page.text.matches("<div class=\"prop wrong\">").count();
    assert_eq!(marked, 1, "{}", page.text);
    let to = page.text.split(&format!("name=\"w:{branch}/to\"")).nth(1).unwrap().split('>').next().unwrap().to_owned();
    assert!(!to.contains("aria-invalid"), "{to}");
    // The other one is taken when no other is; the two change places.
    let otherwise = works.panel("nodes/decision_1/decide/1").await;
    otherwise.has("<option value=\"true\" selected>otherwise, when no other holds").lacks("/when\"");
    let when = [("at", "nodes/decision_1/decide/1"), ("t:nodes/decision_1/decide/1/else", "")];
    works.set(&when).await;
    works.set(&[("at", branch), (&format!("t:{branch}/else"), "true")]).await;
    let text = works.drafted(FLOW).await;
    assert!(text.contains("decide: [{to: sharing, else: true}, {to: closed}]"), "{text}");
}

#[tokio::test]
async fn a_folded_section_opens_where_something_is_filled_in_and_stays_as_it_was() {
    let works = Works::new();
    desk(&works).await;
    let browser = crate::pages::browser::Browser::open(&works.shop, "mia+maker", "zh", (1440, 900)).await;
    browser.go(HERE).await;
    browser.click("[data-link=open]").await;
    browser.until("document.querySelector('#panel h2')?.textContent === '进行中'").await;
    browser.until("!document.querySelector('#adm_d_queue').open").await;
    browser.run("document.querySelector('#adm_d_queue > summary').click()").await;
    // It lies below the fold of the panel.
    browser.run("document.querySelector('#adm_d_enter_sets > summary').click()").await;
    browser.write("#t-nodes-open-queue-name", "desk").await;
    browser.click("#t-nodes-open-queue-prefer").await;
    browser.until("document.querySelector('#t-nodes-open-queue-name')?.defaultValue === 'desk'").await;
    browser
        .until("document.querySelector('#adm_d_queue').open && document.querySelector('#adm_d_enter_sets').open")
        .await;
    assert!(works.drafted(FLOW).await.contains("queue: desk"));
    browser.close().await;
}
