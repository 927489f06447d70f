//! A decision table as a grid: what is wrong with it is on it, whoever keeps it edits it, nothing else in the file
//! changes.

use formwork_integration::rows::sheet;

use super::{OBJECT, TABLE, Works};
use crate::pages::browser::Browser;

const GRID: &str = "/shop/admin/tables/level";

#[tokio::test]
async fn whoever_keeps_a_table_edits_its_rows_sees_the_gap_and_publishes() {
    let works = Works::new();
    let before = works.file(TABLE);
    works.deal("150").await.has(">2<");
    works.post(GRID, "kai+keeper", &[("c0.0", "< 50"), ("c1.0", ">= 100"), ("do", "save")]).await.sent_to();
    let page = works.get(GRID, "kai+keeper").await.status(200);
    page.has("No row covers").has("&gt;&#x3D; 50 and &lt; 100").has("edited, not live");
    let refused = works.post("/shop/admin/draft", "kai+keeper", &[("do", "publish"), ("reason", "x")]).await;
    assert_eq!(refused.status, 409);
    let row = [("do", "add"), ("before", "2"), ("new.0", "[50..100)"), ("new.1", "7")];
    works.post(GRID, "kai+keeper", &row).await.sent_to();
    works.get(GRID, "kai+keeper").await.lacks("No row covers").has("No problems");
    let tried = works.get(&format!("{GRID}?try=1&i.amount=60"), "kai+keeper").await.status(200);
    tried.has("table level#2").has("<dd>7</dd>").has("class=\"hit");
    works.post("/shop/admin/draft", "kai+keeper", &[("do", "publish"), ("reason", "finer")]).await.sent_to();
    works.deal("60").await.has(">7<");
    let row = "  - {amount: \"[50..100)\", level: 7}\n";
    let after = before
        .replace("\"< 100\"", "\"< 50\"")
        // The comment goes with the row that it is about.
        .replace("  # The rest.\n", &format!("{row}  # The rest.\n"));
    assert_eq!(works.file(TABLE), after);
    works.get("/shop/admin/releases", "mia+maker").await.has("finer");
}

#[tokio::test]
async fn rows_that_never_count_and_cells_that_can_t_be_read_are_marked_where_they_stand() {
    let works = Works::new();
    let row = [("do", "add"), ("new.0", "> 500"), ("new.1", "3")];
    works.post(GRID, "kai+keeper", &row).await.sent_to();
    works.get(GRID, "kai+keeper").await.status(200).has("never counts: taken by 2");
    works.post(GRID, "kai+keeper", &[("do", "up 2")]).await.sent_to();
    works.get(GRID, "kai+keeper").await.status(200).lacks("never counts").has("can hit with row");
    // The first row counts: that two can hit is no problem.
    works.get(GRID, "kai+keeper").await.has("No problems").lacks(" marked");
    works.shop.ask("GET", "/shop/admin/tables", "kai+keeper", "zh", "").await.has("行数").lacks("范围");
    works.post(GRID, "kai+keeper", &[("c1.0", "many"), ("do", "save")]).await.sent_to();
    let page = works.get(GRID, "kai+keeper").await.status(200);
    page.has("id=\"c1-0-error\"")
        .has("placeholder=\"Amount\"")
        .has("aria-label=\"2 Amount\"")
        .has("aria-describedby=\"c1-0-error\"")
        .has("many");
    works.post(GRID, "kai+keeper", &[("do", "delete 1")]).await.sent_to();
    works.get("/shop/admin/draft", "kai+keeper").await.has("You are editing nothing");
    let page = works.get(&format!("{GRID}?q=100"), "kai+keeper").await.status(200);
    page.has("value=\"&gt;&#x3D; 100\"").has("value=\"&lt; 100\"");
    works.get(&format!("{GRID}?q=%3E"), "kai+keeper").await.lacks("value=\"&lt; 100\"");
}

#[tokio::test]
async fn what_is_said_of_a_row_is_in_view_on_a_phone() {
    let works = Works::new();
    works.post(GRID, "kai+keeper", &[("do", "add"), ("new.0", "> 500"), ("new.1", "3")]).await.sent_to();
    // The rows of a table that can't be read are not compared: each is looked at by itself.
    for (size, told, said) in [
        ((390, 844), ".told .chip", "never counts"),
        ((1440, 900), ".rowbar .chip", "never counts"),
        ((390, 844), ".told .chip", "Level: many "),
    ] {
        if said.starts_with("Level") {
            works.post(GRID, "kai+keeper", &[("c0.1", "many"), ("do", "save")]).await.sent_to();
        }
        let browser = Browser::open(&works.shop, "kai+keeper", "en", size).await;
        browser.go(GRID).await;
        let seen = format!(
            "return [...document.querySelectorAll('.decision .chip')].filter((one) => one.checkVisibility()).map((one) => \
             [one.matches('{told}'), one.getBoundingClientRect().right <= innerWidth, one.textContent.slice(0, 12)].join())"
        );
        let seen = browser.run(&seen).await;
        let seen: Vec<&str> = seen.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert!(seen.contains(&&*format!("true,true,{said}")), "{size:?}: {seen:?}");
        assert!(seen.iter().all(|one| one.starts_with("true,true,")), "{size:?}: {seen:?}");
        // The arrows go from row to row.
        browser.click("#c1-0").await;
        browser.press("\u{E015}").await;
        browser.until("document.activeElement.id === 'c2-0'").await;
        browser.press("\u{E013}").await;
        browser.until("document.activeElement.id === 'c1-0'").await;
        browser.close().await;
    }
}

#[tokio::test]
async fn whoever_keeps_a_table_can_publish_nothing_else() {
    let works = Works::new();
    let before = works.release();
    // As somebody who was a maker once, with an edit begun then.
    let text = works.file(OBJECT).replace("plain", "noble");
    works.post(&format!("/shop/admin/edit/{OBJECT}"), "kai+maker", &[("text", &text)]).await.sent_to();
    let refused = works.post("/shop/admin/draft", "kai+keeper", &[("do", "publish"), ("reason", "x")]).await;
    assert_eq!((refused.status, works.release()), (403, before.clone()));
    works.post("/shop/admin/draft", "kai+keeper", &[("do", "discard")]).await.sent_to();
    let text = works.file(TABLE).replace("hit: F", "hit: U");
    works.post(&format!("/shop/admin/edit/{TABLE}"), "kai+maker", &[("text", &text)]).await.sent_to();
    let refused = works.post("/shop/admin/draft", "kai+keeper", &[("do", "publish"), ("reason", "x")]).await;
    assert_eq!((refused.status, works.release()), (403, before));
}

#[tokio::test]
async fn an_older_page_does_not_write_over_newer_rows() {
    let works = Works::new();
    works.get(&format!("{GRID}?q=nowhere"), "kai+keeper").await.status(200).has("Nothing found");
    let page = works.get(GRID, "kai+keeper").await;
    let mark = page.text.split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    works.post(GRID, "kai+keeper", &[("mark", &mark), ("c0.1", "5")]).await.sent_to();
    let refused = works.post(GRID, "kai+keeper", &[("mark", &mark), ("c0.1", "6")]).await.status(422);
    refused.has("changed in another window");
}

#[tokio::test]
async fn a_spreadsheet_goes_out_and_comes_in_with_its_difference() {
    let works = Works::new();
    let out = works.get(&format!("{GRID}/csv"), "kai+keeper").await.status(200);
    assert_eq!(out.text, "\u{feff}amount,level\r\n< 100,1\r\n>= 100,2\r\n");
    let csv = "amount,level\n< 100,1\n\"[100..200)\",2\n>= 200,3\n";
    let shown = works.post(&format!("{GRID}/csv"), "kai+keeper", &[("csv", csv)]).await.status(200);
    shown.has("1 rows stay").has("[100..200)").has("&gt;&#x3D; 100");
    works.get("/shop/admin/draft", "kai+keeper").await.has("You are editing nothing");
    works.post(&format!("{GRID}/csv"), "kai+keeper", &[("csv", csv), ("do", "take")]).await.sent_to();
    works.get(GRID, "kai+keeper").await.has("No problems").has("[100..200)");
    let wrong = works.post(&format!("{GRID}/csv"), "kai+keeper", &[("csv", "amuont,level\n1,2\n")]).await.status(200);
    wrong.has("the first line names the columns");
}

#[tokio::test]
async fn a_spreadsheet_with_mistakes_is_told_of_each_before_it_is_taken() {
    let works = Works::new();
    let csv = format!("{GRID}/csv");
    let shown = async |text: &str| works.post(&csv, "kai+keeper", &[("csv", text)]).await.status(200);
    let refused = shown("amount\n< 100\n>= 100\n").await;
    refused.has("columns are missing: level").lacks("Nothing differs").lacks("value=\"take\"");
    shown("amount,level,level\n< 100,1,1\n").await.has("the column level is there twice");
    shown("amount,level\n< 100,1,7\n").await.has("row 1 has more cells");
    shown("").await.has("there is nothing in it");
    // Columns and cells that Excel leaves empty behind the last are none.
    shown("amount,level,\n< 100,1,\n>= 100,2,\n").await.has("Nothing differs").has("2 rows stay");
    // A comma within a cell that was copied between tabs stays in it.
    shown("amount\tlevel\n< 50, > 60\t1\n>= 100\t2\n").await.has("&lt; 50, &gt; 60");
    let wrong = "amount,level\n< 100,many\n>= 100,2\n";
    shown(wrong).await.has("Errors: 1").has("class=\"error-text\"").has("class=\"differs\">many");
    // What is wrong can be kept, so that it can be mended in the grid; a sheet that can't be read is refused in words.
    works.post(&csv, "kai+keeper", &[("csv", wrong), ("do", "take")]).await.sent_to();
    works.get(GRID, "kai+keeper").await.has("aria-invalid=\"true\"");
    let refused = works.post(&csv, "kai+keeper", &[("csv", "amount\n1\n"), ("do", "take")]).await.status(422);
    refused.has("columns are missing: level");
}

#[tokio::test]
async fn a_workbook_goes_out_and_comes_in_with_its_difference() {
    let works = Works::new();
    let path = format!("{GRID}/xlsx");
    let out = works.shop.bytes("GET", &path, "kai+keeper", Vec::new()).await;
    let (columns, mut rows) = sheet::read(&out).unwrap();
    assert_eq!(
        (&columns, &rows),
        (
            &vec!["amount".to_owned(), "level".to_owned()],
            &vec![vec!["< 100".to_owned(), "1".to_owned()], vec![">= 100".to_owned(), "2".to_owned()]]
        )
    );
    rows[0] = vec!["[0..100)".to_owned(), "1".to_owned()];
    let changed = sheet::write(&columns, &rows).unwrap();
    let csv = works.shop.bytes("POST", &path, "kai+keeper", changed).await;
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv, "amount,level\r\n[0..100),1\r\n>= 100,2\r\n");
    works.get("/shop/admin/draft", "kai+keeper").await.has("You are editing nothing");
    let shown = works.post(&format!("{GRID}/csv"), "kai+keeper", &[("csv", &csv)]).await.status(200);
    shown.has("1 rows stay").has("[0..100)");
}
