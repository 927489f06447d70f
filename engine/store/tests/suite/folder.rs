//! Opening folders: in use, of another store, of a newer program, or only half made.

use std::fs;

use formwork_store::{backend::Kind, embedded::Embedded, error::Error, table::meta};

use crate::site::{Site, get, on_every_disk, put, write};

on_every_disk!(
    a_folder_is_open_only_once,
    a_folder_of_another_store_is_refused,
    a_folder_of_a_newer_program_is_refused,
    a_folder_that_was_only_half_made_is_made_again,
    what_is_not_ours_is_not_touched,
    a_book_whose_files_are_gone_is_not_replaced_by_an_empty_one,
);

fn other(kind: Kind) -> Kind {
    if kind == Kind::Sled { Kind::Fjall } else { Kind::Sled }
}

fn a_folder_is_open_only_once(site: &Site) {
    let first = site.open();
    let second = Embedded::open(site.path(), site.kind);
    assert!(matches!(&second, Err(Error::InUse(path)) if path == site.path()), "{second:?}");
    drop(first);
    site.open();
}

fn a_folder_of_another_store_is_refused(site: &Site) {
    let kind = site.kind.unwrap();
    put(&site.open(), "x", "1");
    let opened = Embedded::open(site.path(), Some(other(kind)));
    let Err(error @ Error::OtherStore { .. }) = opened else { panic!("{opened:?}") };
    assert!(error.to_string().contains(kind.name()) && error.to_string().contains(other(kind).name()), "{error}");
    assert_eq!(get(&site.open(), "x"), Some("1".into()));
}

fn a_folder_of_a_newer_program_is_refused(site: &Site) {
    put(&site.open(), "x", "1");
    let marker = site.path().join("formwork.json");
    let text = fs::read_to_string(&marker).unwrap();
    fs::write(&marker, text.replace(r#""version":1"#, r#""version":7"#)).unwrap();
    assert!(matches!(Embedded::open(site.path(), None), Err(Error::Newer { found: 7, known: 1 })));
    fs::write(&marker, text).unwrap();
    write(&site.open(), |txn| meta::put_data_version(txn, 9));
    assert!(matches!(Embedded::open(site.path(), None), Err(Error::Newer { found: 9, known: meta::DATA_VERSION })));
}

fn a_folder_that_was_only_half_made_is_made_again(site: &Site) {
    let kind = site.kind.unwrap();
    put(&site.open(), "x", "1");
    // As after a kill during the first opening: the marker says so, the files are cut off.
    fs::write(site.path().join("formwork.json"), format!(r#"{{"store":"{kind}","version":1,"ready":false}}"#)).unwrap();
    for entry in fs::read_dir(site.path().join(kind.name())).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::write(path, b"cut o").unwrap();
        }
    }
    let store = site.open();
    assert_eq!(get(&store, "x"), None);
    put(&store, "x", "2");
    drop(store);
    assert_eq!(get(&site.open(), "x"), Some("2".into()));
}

fn what_is_not_ours_is_not_touched(site: &Site) {
    let kind = site.kind.unwrap();
    let theirs = site.path().join(kind.name()).join("their file");
    fs::create_dir(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "precious").unwrap();
    assert!(matches!(Embedded::open(site.path(), site.kind), Err(Error::NotEmpty(_))));
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "precious");
}

fn a_book_whose_files_are_gone_is_not_replaced_by_an_empty_one(site: &Site) {
    put(&site.open(), "x", "1");
    fs::remove_dir_all(site.path().join(site.kind.unwrap().name())).unwrap();
    assert!(matches!(Embedded::open(site.path(), None), Err(Error::Damaged(_))));
}

#[test]
fn folders_above_the_book_are_made() {
    let site = Site::new(Some(Kind::Sled));
    let path = site.path().join("a").join("b");
    put(&Embedded::open(&path, None).unwrap(), "x", "1");
    assert_eq!(get(&Embedded::open(&path, None).unwrap(), "x"), Some("1".into()));
}
