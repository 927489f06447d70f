//! Messages: by template, in the receiver's language, to the people meant and to nobody else.

use formwork_integration::delivery::sign;
use formwork_model::incident::What;
use formwork_runtime::command::IncidentStep;
use serde_json::{Value as Json, json};

use super::{peer::Peer, smtp::MailServer, world::World};

const FILES: &str = "
# definitions/x.book.yaml
book: x
access: open
channels:
  email: {from: 'Formwork <formwork@example.com>', server: MAIL}
  webhook: {secret: HOOKS, internal: true}
# definitions/x/firm.object.yaml
object: firm
title: name
fields: {name: {type: text}, city: {type: text}}
# definitions/x/offer.object.yaml
object: offer
title: name
owner: seller
fields:
  name:   {type: text}
  seller: {type: user}
  firm:   {type: ref, to: firm}
  total:  {type: money}
  until:  {type: date}
  elsewhere: {type: text}
  kind:   {type: choice, options: {new: {zh: 新购, en: New}, old: {zh: 续购, en: Renewal}}}
  lines:  {type: lines, fields: {part: {type: text}, price: {type: money}}}
# definitions/x/won.template.yaml
template: won
object: offer
subject: {zh: '{{firm.name}} 已成交', en: '{{firm.name}} is won'}
text:
  zh: '{{name}}（{{kind}}）金额 {{total}}，有效期至 {{until}}。{{#each lines}}[{{part}} {{price}}]{{/each}}{{#unless firm.city}}没有城市{{else}}{{/unless}}在{{elsewhere}}'
  en: '{{name}} ({{kind}}) is worth {{total}} until {{until}}. {{#each lines}}[{{part}} {{price}} of {{../name}}]{{/each}}{{#unless firm.city}}no city{{else}}{{/unless}} at {{~ elsewhere }}'
# definitions/x/offer.flow.yaml
flow: offer
object: offer
start: open
nodes:
  open:
    actions:
      win: {to: open, notify: {template: won, to: [owner, '= [\"bob\", \"bob\", \"cat\"]']}}
      mail: {to: open, notify: {say: {zh: 看一下, en: Have a look}, to: = \"bob\", channels: email}}
      write: {to: open, notify: {say: Hello, to: = \"dan\"}}
      end: {to: done}
  done: {end: {}}
";

#[test]
fn each_receiver_gets_it_once_in_their_language_by_their_channels() {
    let (mail, hook) = (MailServer::start(1), Peer::says(|_, _| (204, String::new())));
    let files = FILES.replace("HOOKS", "HOOK_SECRET").replace("MAIL", "MAIL_SERVER");
    let put = [("MAIL_SERVER", mail.url()), ("HOOK_SECRET", "hush".to_owned())];
    let world = World::of(&files, &put);
    world.create("user", json!({"login": "ann", "name": "ann", "email": "ann@example.com", "language": "en"}));
    world.create("user", json!({"login": "bob", "name": "bob", "email": "bob@example.com", "webhook": hook.url(), "channels": ["webhook"], "language": "zh"}));
    world.create("user", json!({"login": "cat", "name": "cat", "email": "cat@example.com", "channels": ["app"]}));
    world.create("user", json!({"login": "eve", "name": "eve", "email": "eve@example.com", "webhook": hook.url()}));
    let firm = world.create("firm", json!({"name": "Acme"}));
    let offer = world.create(
        "offer",
        json!({"name": "Q1", "seller": "ann", "firm": firm.to_string(), "total": "1234567.5", "until": "2026-05-01",
            "kind": "old", "elsewhere": "Ulm", "lines": [{"part": "bolt", "price": "2"}]}),
    );
    world.act("offer", offer, "win");
    world.wait("hooked", |_| hook.asked().len() == 1);
    world.wait("busy", |world| world.book.outbox(9).unwrap().iter().any(|entry| entry.tries == 1));
    world.later(10);
    world.wait("mailed", |_| mail.mails().len() == 1);
    let letter = mail.mails().remove(0);
    assert_eq!(letter.to, "ann@example.com");
    assert!(letter.data.contains("Subject: Acme is won"), "{}", letter.data);
    let said = "Q1 (Renewal) is worth 1,234,567.50 until 1 May 2026. [bolt 2.00 of Q1]no city atUlm";
    let joined = letter.data.replace("=\n", "");
    assert!(joined.contains(said), "{joined}");
    let asked = hook.asked().remove(0);
    let body: Json = serde_json::from_str(&asked.body).unwrap();
    assert_eq!((&body["to"], &body["subject"]), (&json!("bob"), &json!("Acme 已成交")));
    assert_eq!(body["text"], "Q1（续购）金额 1,234,567.50，有效期至 2026年5月1日。[bolt 2.00]没有城市在Ulm");
    assert_eq!(body["record"], json!({"object": "offer", "id": offer.to_string()}));
    let signed = (asked.header("webhook-id"), asked.header("webhook-timestamp"), asked.header("webhook-signature"));
    assert_eq!(sign::verify("hush", signed, asked.body.as_bytes(), world.book.now()), Ok(()));
    for (login, messages) in [("ann", 1), ("bob", 1), ("cat", 1), ("eve", 0)] {
        assert_eq!(world.book.messages(login, 9).unwrap().len(), messages, "{login}");
    }
    world.act("offer", offer, "mail");
    world.pause();
    assert_eq!((mail.mails().len(), hook.asked().len()), (1, 1), "bob wants no e-mail, the message no webhook");
    world.finish();
}

#[test]
fn a_letter_that_is_refused_for_good_is_an_incident() {
    let mail = MailServer::start(0);
    let files = FILES.replace("HOOKS", "HOOK_SECRET").replace("MAIL", "MAIL_SERVER");
    let world = World::of(&files, &[("MAIL_SERVER", mail.url())]);
    let dan = world.create("user", json!({"login": "dan", "name": "dan", "email": "nobody@example.com"}));
    let offer = world.create("offer", json!({"name": "Q1"}));
    world.act("offer", offer, "write");
    world.wait("an incident", |world| world.incidents().len() == 1);
    let incident = world.incidents().remove(0);
    assert_eq!(incident.what, What::Delivery);
    assert!(
        incident.cause.en.contains("nobody@example.com") && incident.cause.en.contains("550"),
        "{:?}",
        incident.cause
    );
    let _known = dan;
    world.deal(incident.id, IncidentStep::Retry, None);
    world.wait("again", |world| world.incidents().first().is_some_and(|incident| incident.times == 2));
    world.deal(incident.id, IncidentStep::Skip, Some("he has left"));
    world.finish();
}
