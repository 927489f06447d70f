//! What a page tells of a record: references that its reader does not see, and why something happened, in words.

use serde_json::json;

use super::approvals::Desk;

const FILES: &[(&str, &str)] = &[
    ("definitions/workshop.book.yaml", "book: workshop\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/boss.role.yaml",
        "role: boss\ngrants:\n  jobs: {on: job, may: [read, create, update], act: [begin, drop, finish], rows: all}\n  tools: {on: tool, may: [read, create], rows: all}\n",
    ),
    (
        "definitions/work/hand.role.yaml",
        "role: hand\ngrants: {jobs: {on: job, may: [read, update], rows: all}, own: {on: tool, may: read, rows: {where: {name: Saw}}}}\n",
    ),
    ("definitions/work/tool.object.yaml", "object: tool\ntitle: name\nfields: {name: {type: text}}\n"),
    (
        "definitions/work/job.object.yaml",
        "
object: job
title: name
fields:
  name: {type: text}
  main: {type: ref, to: tool, label: {zh: 主要工具, en: Main tool}}
  tools: {type: refs, to: tool}
  price: {type: money}
  grade: {type: text}
rules:
  classed: {on: save, set: {grade: '= table(\"classes\").grade'}}
",
    ),
    (
        "definitions/work/classes.table.yaml",
        "
table: classes
label: {zh: 等级, en: Classes}
object: job
inputs: {price: {}}
outputs: {grade: {type: text}}
rows:
  - {price: \"> 100\", grade: dear}
  - {price: \"<= 100\", grade: cheap}
",
    ),
    (
        "definitions/work/job.flow.yaml",
        "
flow: job
object: job
start: draft
nodes:
  draft: {label: {zh: 草稿, en: Draft}, actions: {begin: {label: {zh: 开工, en: Begin}, to: working}}}
  working: {label: {zh: 加工中, en: At work}, actions: {drop: {to: dropped}, finish: {to: done}}}
  done: {label: {zh: 完工, en: Done}, tone: good, end: {}}
  dropped: {end: {}}
",
    ),
];

async fn page(desk: &Desk, (who, language): (&str, &str), path: &str) -> String {
    let headers = [("formwork-actor", who), ("accept", "text/html"), ("accept-language", language)];
    desk.site.send("GET", path, &headers, "").await.expect(200).text()
}

#[tokio::test]
async fn a_reference_that_is_not_seen_is_told_from_one_that_is_not_there_and_is_not_lost() {
    let desk = Desk::over(FILES);
    let mut tools = Vec::new();
    for name in ["Saw", "Secret press"] {
        let tool = desk.by("bo boss", "POST", "/~/tool", json!({"name": name})).await.expect(201).json();
        tools.push(tool["id"].as_str().unwrap().to_owned());
    }
    let job = json!({"name": "Chair", "price": 50, "main": tools[1], "tools": tools});
    let job = desk.by("bo boss", "POST", "/~/job", job).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let bare = desk.by("bo boss", "POST", "/~/job", json!({"name": "Stool", "price": 50})).await.expect(201).json();
    let (href, bare) = (format!("/workshop/job/{job}"), format!("/workshop/job/{}", bare["id"].as_str().unwrap()));
    for (language, words) in [("en", "a record that you may not see"), ("zh", "您无权查看的记录")] {
        for path in [&href, "/workshop/job"] {
            let told = page(&desk, ("hal hand", language), path).await;
            assert!(told.contains(words) && told.contains(">Saw</a>"), "{told}");
            assert!(!told.contains("Secret") && !told.contains(&tools[1]), "{told}");
        }
        assert!(!page(&desk, ("hal hand", language), &bare).await.contains(words));
        assert!(!page(&desk, ("bo boss", language), &href).await.contains(words));
    }
    // What can't be named can't be edited by its name: saving leaves it as it is.
    let edit = page(&desk, ("hal hand", "en"), &format!("{href}/edit")).await;
    assert!(!edit.contains("name=\"tools\"") && edit.contains("a record that you may not see"), "{edit}");
    assert!(page(&desk, ("bo boss", "en"), &format!("{href}/edit")).await.contains("name=\"tools\""));
    let headers = [
        ("formwork-actor", "hal hand"),
        ("accept-language", "en"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = format!("name=Armchair&main=a+record+that+you+may+not+see&main._id={}", tools[1]);
    desk.site.send("POST", &format!("{href}/edit"), &headers, form).await.expect(303);
    let kept = desk.by("bo boss", "GET", &format!("/~/job/{job}"), json!(null)).await.expect(200).json();
    assert_eq!((&kept["name"], &kept["main"], &kept["tools"]), (&json!("Armchair"), &json!(tools[1]), &json!(tools)));
}

#[tokio::test]
async fn why_something_happened_is_told_in_words_with_the_name_in_the_definitions_beside_them() {
    let desk = Desk::over(FILES);
    let job = desk.by("bo boss", "POST", "/~/job", json!({"name": "Chair", "price": 120})).await.expect(201).json();
    let (job, href) =
        (format!("/~/job/{}", job["id"].as_str().unwrap()), format!("/workshop/job/{}", job["id"].as_str().unwrap()));
    // What leads on is offered first of all; what gives up is a button like others.
    let main = |page: &str| page.split("<form").filter(|form| form.contains("btn main")).count();
    assert_eq!(main(&page(&desk, ("bo boss", "en"), &href).await), 1);
    desk.by("bo boss", "POST", &format!("{job}/actions/begin"), json!({})).await.expect(200);
    let working = page(&desk, ("bo boss", "en"), &href).await;
    assert!(working.contains("/act/drop?") && main(&working) == 0, "{working}");
    desk.by("bo boss", "POST", &format!("{job}/actions/finish"), json!({})).await.expect(200);
    let english = page(&desk, ("bo boss", "en"), &href).await;
    for words in ["Begins at Draft", "Table Classes, row 1", "Action: Begin", "From Draft to At work", "Ends at Done"] {
        assert!(english.contains(words), "{words}: {english}");
    }
    let chinese = page(&desk, ("bo boss", "zh"), &href).await;
    for words in ["从“草稿”开始", "决策表“等级”第 1 行", "操作：开工", "从“草稿”到“加工中”", "table classes#1"]
    {
        assert!(chinese.contains(words), "{words}: {chinese}");
    }
}
