//! `report`: a report at the command line, as somebody sees it.

use serde_json::{Value as Json, json};

use super::binary::Folder;

const MAPPING: &str =
    "import: jobs\nobject: job\nfrom: jobs.csv\nkey: name\ncolumns:\n  Name: name\n  Amount: amount\n";

const REPORT: &str = "report: jobs
label: {zh: 工单分析, en: Jobs by size}
on: job
dimensions: {size: {by: amount, bands: [10, 100], label: {zh: 规模, en: Size}}}
measures:
  n: {count: true, label: {zh: 数量, en: Number}}
  amount: {sum: amount}
  mean: {mean: amount}
rows: [size]
show: [n, amount]
";

fn folder() -> Folder {
    let folder = Folder::shop();
    folder.edit("definitions/shop.book.yaml", "access: open\n", "");
    folder.write(
        "definitions/work/seller.role.yaml",
        "role: seller\nlabel: {zh: 销售员, en: Seller}\ngrants:\n  small: {on: job, may: read, rows: {where: {amount: {lt: 100}}}}\n",
    );
    folder.write("definitions/work/jobs.report.yaml", REPORT);
    folder.write("jobs.import.yaml", MAPPING);
    folder.write("jobs.csv", "Name,Amount\nA,5\nB,150\nC,7.25\n");
    folder.run(&["import", "jobs.import.yaml"]).code(0);
    folder
}

#[test]
fn a_report_is_printed_as_somebody_sees_it() {
    let folder = folder();
    assert_eq!(folder.run(&["report"]).code(0).stdout, "jobs\tJobs by size\n");
    let all = folder.run(&["report", "jobs"]).code(0).stdout;
    assert_eq!(
        all.lines().collect::<Vec<_>>(),
        ["Size\tNumber\tAmount", "below 10\t2\t12.25", "100 and more\t1\t150.00", "total\t3\t162.25"]
    );
    let own = folder.run(&["report", "jobs", "--as", "sue seller", "--rows", "-", "--show", "mean,n"]).code(0).stdout;
    assert_eq!(own.lines().last(), Some("total\t6.13\t2"), "{own}");
    let zh = folder.run(&["--lang", "zh", "report", "jobs", "--filter", r#"{"name": "A"}"#]).code(0).stdout;
    assert_eq!(zh.lines().collect::<Vec<_>>(), ["规模\t数量\t金额", "10 以下\t1\t5.00", "合计\t1\t5.00"]);
    let sheet: Json = serde_json::from_str(&folder.run(&["report", "jobs", "--json"]).code(0).stdout).unwrap();
    assert_eq!(sheet["total"], json!([3, "162.25"]));
}

#[test]
fn what_is_not_there_is_said() {
    let folder = folder();
    folder.run(&["report", "jbos"]).code(1).stderr("[unknown-report]").stderr("did you mean `jobs`?");
    folder.run(&["report", "jobs", "--as", "sue"]).code(1).stderr("[unknown-report]");
    folder.run(&["report", "jobs", "--rows", "szie"]).code(1).stderr("[unknown-dimension]");
    folder.run(&["report", "jobs", "--show", "x"]).code(1).stderr("[unknown-measure]");
    folder.run(&["report", "jobs", "--filter", "x"]).code(2).stderr("--filter");
    folder.run(&["report", "jobs", "--since", "soon"]).code(2);
}

#[test]
fn a_report_is_written_to_a_file_by_whoever_may_take_it_out() {
    let folder = folder();
    folder.run(&["report", "jobs", "--to", "jobs.csv.out"]).code(2).stderr(".csv or .xlsx");
    folder.run(&["report", "jobs", "--to", "out.csv"]).code(0).stderr("3 rows");
    let written = std::fs::read_to_string(folder.at("out.csv")).unwrap();
    assert_eq!(written, "\u{feff}Size,Number,Amount\nbelow 10,2,12.25\n100 and more,1,150\nTotal,3,162.25\n");
    folder.run(&["report", "jobs", "--to", "out.xlsx"]).code(0);
    assert!(std::fs::read(folder.at("out.xlsx")).unwrap().starts_with(b"PK"));
    folder.run(&["report", "jobs", "--as", "sue seller", "--to", "own.csv"]).code(1).stderr("[not-allowed]");
    assert!(!folder.at("own.csv").exists());
}
