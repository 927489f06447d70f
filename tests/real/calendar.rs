//! The shipped calendar of China against the official lists of days off and make-up working days.

use std::{collections::BTreeMap, path::Path};

use formwork_catalog::check::check_folder;
use formwork_model::name::Name;
use jiff::civil::{Date, date};

#[test]
fn the_shipped_holidays_are_the_official_ones() {
    let Some(folder) = super::data("china_holidays") else { return };
    let path = folder.join("holidays_2020_2024.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut official: BTreeMap<Date, bool> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        official.insert(cells[1].parse().unwrap(), cells[3] == "0");
    }
    assert!(official.len() > 150, "{}", official.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let catalog = check_folder(&root).unwrap().catalog.unwrap();
    let calendar = catalog.calendar(Name::find("std_cn"));
    let mut day = date(2020, 1, 1);
    while day < date(2025, 1, 1) {
        let usual = day.weekday().to_monday_zero_offset() < 5;
        let works = official.get(&day).copied().unwrap_or(usual);
        assert_eq!(calendar.is_working_day(day), works, "{day}");
        day = day.tomorrow().unwrap();
    }
    // Counted by hand from the notice of 2026.
    assert_eq!(calendar.working_days(date(2026, 4, 1), date(2026, 6, 30)), 61);
    assert_eq!(calendar.working_days(date(2026, 4, 1), date(2026, 5, 15)), 30);
}
