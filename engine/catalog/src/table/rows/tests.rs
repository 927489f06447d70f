//! Changes of rows as text, each read again.

use formwork_definition::load;

use super::*;

const TABLE: &str = "# Kept by the director.
table: level
inputs:
  amount: {type: integer, min: 0}
  kind:   {type: text}   # what it is
outputs:
  level: {type: integer}
rows:
  # Small ones.
  - {amount: \"< 10\", level: 0}   # nobody
  - {amount: [10, 11], kind: old, level: 1}

  # The rest.
  - amount: '>= 12'
    level: 2
";

fn read_one(table: &str, csv: Option<&str>) -> Written {
    let mut files = vec![("definitions/x/level.table.yaml".to_owned(), table.as_bytes().to_vec())];
    files.extend(csv.map(|csv| ("definitions/x/level.csv".to_owned(), csv.as_bytes().to_vec())));
    let (sources, definitions, _) = load::parse(files);
    read(&sources, &definitions, Name::intern("level")).unwrap()
}

fn after(table: &str, change: Change) -> String {
    let text = read_one(table, None).apply(&change).unwrap();
    // What was written is read as what was meant.
    let again = read_one(&text, None);
    assert!(again.rows.iter().all(|row| row.cells.len() == 3), "{text}");
    text
}

fn cells(text: &str) -> Vec<Vec<String>> {
    read_one(text, None).rows.into_iter().map(|row| row.cells).collect()
}

#[test]
fn a_cell_is_changed_and_nothing_else() {
    let change = |row, column, text: &str| Change::Cell { row, column, text: text.to_owned() };
    let text = after(TABLE, change(0, 0, "<= \"9\", 11"));
    assert_eq!(text, TABLE.replace("\"< 10\"", "\"<= \\\"9\\\", 11\""));
    assert_eq!(after(TABLE, change(2, 0, ">= 13")), TABLE.replace("'>= 12'", "\">= 13\""));
    assert_eq!(after(TABLE, change(0, 1, "new")), TABLE.replace("level: 0}", "level: 0, kind: new}"));
    assert_eq!(after(TABLE, change(2, 1, "new")), TABLE.replace("level: 2\n", "level: 2\n    kind: new\n"));
    assert_eq!(after(TABLE, change(1, 1, "")), TABLE.replace("kind: old", "kind: \"-\""));
    assert_eq!(after(TABLE, change(1, 1, "old")), TABLE);
}

#[test]
fn rows_come_go_and_move_and_comments_stay() {
    let text = after(TABLE, Change::Move { row: 2, to: 0 });
    let levels = |text: &str| cells(text).into_iter().map(|row| row[2].clone()).collect::<Vec<_>>();
    assert_eq!(levels(&text), ["2", "0", "1"]);
    for comment in ["# Small ones.", "# nobody", "# The rest.", "# what it is", "# Kept"] {
        assert_eq!(text.matches(comment).count(), 1, "{comment}: {text}");
    }
    let text = after(TABLE, Change::Delete { row: 1 });
    assert_eq!(levels(&text), ["0", "2"]);
    assert!(text.contains("# The rest."), "{text}");
    let new = vec!["= value > 5".to_owned(), String::new(), "7".to_owned()];
    let text = after(TABLE, Change::Add { before: 1, cells: new.clone() });
    assert_eq!(levels(&text), ["0", "7", "1", "2"]);
    assert!(text.contains("\n  - {amount: \"= value > 5\", level: 7}\n"), "{text}");
    let none = (0..3).fold(TABLE.to_owned(), |text, _| after(&text, Change::Delete { row: 0 }));
    assert_eq!(cells(&none), Vec::<Vec<String>>::new());
    assert_eq!(cells(&after(&none, Change::Add { before: 0, cells: new.clone() })), [new]);
}

#[test]
fn rows_from_a_spreadsheet_leave_equal_ones_as_they_are_written() {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = vec![row(["< 10", "", "0"]), row(["10, 11", "new", "1"]), row([">= 12", "", "2"]), row(["", "x", "3"])];
    let text = after(TABLE, Change::Replace { rows: rows.clone() });
    assert_eq!(cells(&text), rows);
    assert!(text.contains("level: 0}   # nobody") && text.contains("- amount: '>= 12'"), "{text}");
}

#[test]
fn a_csv_beside_the_table_is_edited_in_its_place() {
    let table = TABLE.split("rows:").next().unwrap().to_owned() + "rows: level.csv\n";
    let written = read_one(&table, Some("amount,kind,level\n< 10,,0\n\">= 10, < 20\",old,1\n"));
    assert_eq!(written.path, "definitions/x/level.csv");
    let text = written.apply(&Change::Cell { row: 0, column: 1, text: "a, b".to_owned() }).unwrap();
    assert_eq!(text, "amount,kind,level\n< 10,\"a, b\",0\n\">= 10, < 20\",old,1\n");
    let text = written.apply(&Change::Move { row: 1, to: 0 }).unwrap();
    assert_eq!(text, "amount,kind,level\n\">= 10, < 20\",old,1\n< 10,,0\n");
}

#[test]
fn rows_on_one_line_are_left_to_the_text() {
    let table = TABLE.split("rows:").next().unwrap().to_owned() + "rows: [{level: 1}, {level: 2}]\n";
    assert!(read_one(&table, None).apply(&Change::Delete { row: 0 }).is_err());
}

#[test]
fn the_way_between_two_lists_is_short() {
    let steps = steps(&['a', 'b', 'c', 'd'], &['a', 'c', 'x', 'd']);
    assert_eq!(steps, [Step::Keep(0, 0), Step::Gone(1), Step::Keep(2, 1), Step::New(2), Step::Keep(3, 3)]);
}
