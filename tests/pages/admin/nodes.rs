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
    let drafted = flow.replace("  open: {label", "  open: {draft: true, label");
    works.write(FLOW, &drafted).await;
    works
        .panel("nodes/open")
        .await
        .has("as text:")
        .has("/shop/admin/edit/definitions/work/deal.flow.yaml#L6\"><code>draft<");
    works.panel("nodes/closed").await.lacks("as text:");
    // What is wrong elsewhere is counted.
    works.write(super::OBJECT, &works.file(super::OBJECT).replace("table: level", "table: levle")).await;
    works.get(HERE, "mia+maker").await.has("Errors in other files of this edit: 1<");
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
