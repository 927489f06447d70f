//! Files that are read back.

use calamine::{Data, Reader as _, Xlsx};
use formwork_model::field_type::Currency;

use super::*;

fn number(text: &str, unit: Unit) -> Cell {
    Cell::Number(text.parse().unwrap(), unit)
}

fn sheet() -> Sheet {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let row = |total, name: &str, n: &str, amount: &str, rate: &str| Row {
        total,
        cells: vec![
            Cell::Text(name.to_owned()),
            number(n, Unit::Number),
            number(amount, Unit::Money(Currency::CNY)),
            number(rate, Unit::Percent),
            number("93900", Unit::Duration),
            Cell::Empty,
        ],
    };
    Sheet {
        title: "Deals: by stage/owner".to_owned(),
        notes: vec!["This month".to_owned()],
        heads: vec![
            texts(&["Stage", "2026", "2026", "2026", "2026", ""]),
            texts(&["Stage", "n", "Amount", "Rate", "Time", ""]),
        ],
        names: 1,
        rows: vec![
            row(false, "=1+1", "3", "1234.5", "33.333333333333"),
            row(true, "Total", "3", "12345678901234567.89", "33.333333333333"),
        ],
        language: Language::En,
    }
}

#[test]
fn a_csv_has_one_row_of_headings_and_plain_numbers() {
    let text = String::from_utf8(to_csv(&sheet()).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "\u{feff}Stage,2026 · n,2026 · Amount,2026 · Rate,2026 · Time,");
    assert_eq!(lines[1], "'=1+1,3,1234.5,33.333333,26:05:00,");
    assert_eq!(lines[2], "Total,3,12345678901234567.89,33.333333,26:05:00,");
    assert_eq!(lines.len(), 3);
}

#[test]
fn an_xlsx_has_typed_cells_and_keeps_what_is_too_long_for_a_number() {
    let content = to_xlsx(&sheet()).unwrap();
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(content)).unwrap();
    let names = book.sheet_names();
    assert_eq!(names, ["Deals  by stage owner"]);
    let range = book.worksheet_range(&names[0]).unwrap();
    let cell = |row, column| range.get_value((row, column)).cloned().unwrap_or(Data::Empty);
    assert_eq!(cell(0, 0), Data::String("Deals: by stage/owner".to_owned()));
    assert_eq!(cell(1, 0), Data::String("This month".to_owned()));
    assert_eq!(
        (cell(3, 1), cell(3, 2)),
        (Data::String("2026".to_owned()), Data::Empty),
        "one heading above four columns"
    );
    assert_eq!(cell(5, 0), Data::String("=1+1".to_owned()));
    assert_eq!(cell(5, 1), Data::Float(3.0));
    assert_eq!(cell(5, 2), Data::Float(1234.5));
    assert!(matches!(cell(5, 3), Data::Float(part) if (part - 0.333_333).abs() < 0.000_01), "{:?}", cell(5, 3));
    let Data::DateTime(time) = cell(5, 4) else { panic!("{:?}", cell(5, 4)) };
    assert!((time.as_f64() * 24.0 - 26.083_333).abs() < 0.000_1, "26 hours and 5 minutes");
    assert_eq!(cell(6, 2), Data::String("12345678901234567.89".to_owned()));
}
