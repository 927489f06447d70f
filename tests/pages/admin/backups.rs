//! Backups made in the browser: while the book is in use, proved by a restore, taken as a file; by administrators alone.

use std::sync::Arc;

use formwork_catalog::filter::parse_filter;
use formwork_integration::backup::{Failed, Place, read_into};
use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{book::Book, command::Actor, verify::verify};
use formwork_store::{
    backend::Kind, dump::sealed::Key, embedded::Embedded, encrypted::unlock, error::Error, store::Store,
};
use serde_json::json;
use tempfile::TempDir;

use super::Works;

const BACKUPS: &str = "/shop/admin/backups";

#[tokio::test]
async fn a_backup_is_made_proved_and_taken_while_the_book_is_in_use() {
    let folder = TempDir::new().unwrap();
    let works = Works::backed_up(folder.path());
    works.deal("5").await;
    let admin = "root+admin";
    works.get("/shop/admin", admin).await.status(200).has("Last backup");
    works.get(BACKUPS, admin).await.status(200).has("No backup yet").has("not encrypted");
    for who in ["mia+maker", "cleo+clerk"] {
        works.get(BACKUPS, who).await.status(404);
        works.post(BACKUPS, who, &[("do", "make")]).await.status(404);
    }
    assert_eq!(works.post(BACKUPS, admin, &[("do", "make")]).await.sent_to(), BACKUPS);
    let listed = works.get(BACKUPS, admin).await.status(200);
    listed.has("not proved");
    let name = listed.text.split("/shop/admin/backups/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let prove = [("do", "prove"), ("name", name.as_str())];
    works.post(BACKUPS, admin, &prove).await.sent_to();
    works.get(BACKUPS, admin).await.status(200).has("All is well").lacks("not proved");
    let taken = works.shop.bytes("GET", &format!("{BACKUPS}/{name}"), admin, Vec::new()).await;
    assert_eq!(taken, std::fs::read(folder.path().join(&name)).unwrap());
    assert!(taken.starts_with(b"FORMWORK-BACKUP\n"));
    works.get(&format!("{BACKUPS}/{name}"), "mia+maker").await.status(404);
    // One that was altered is told so, and nothing else of the folder can be reached.
    let mut altered = taken.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    std::fs::write(folder.path().join(&name), altered).unwrap();
    works.post(BACKUPS, admin, &prove).await.status(409);
    std::fs::write(folder.path().join("other-1.backup"), "x").unwrap();
    for bad in ["other-1.backup", "..%2Fetc%2Fpasswd", "shop-..backup", "shop-1.backup"] {
        works.get(&format!("{BACKUPS}/{bad}"), admin).await.status(404);
    }
    let told: Vec<String> = works.audit().into_iter().filter(|(who, _)| who == "root").map(|(_, what)| what).collect();
    assert_eq!(told, ["backup", "backup-proved", "backup-taken", "backup-proved"]);
}

#[tokio::test]
async fn without_a_folder_nothing_is_written() {
    let works = Works::new();
    works.get(BACKUPS, "root+admin").await.status(200).has("serve --backups").lacks("value=\"make\"");
    works.post(BACKUPS, "root+admin", &[("do", "make")]).await.status(404);
}

fn key(digit: char) -> Key {
    Key::parse(&digit.to_string().repeat(64)).unwrap()
}

#[tokio::test]
async fn a_backup_of_an_encrypted_book_is_made_proved_taken_and_opened_with_the_key_alone() {
    // With and without a key of the backups' own.
    for seal in [None, Some(key('c'))] {
        let (folder, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let store = unlock(Arc::new(Embedded::memory().unwrap()), Some(key('a'))).unwrap();
        let works = Works::encrypted(store, Place { folder: folder.path().to_owned(), key: seal.clone() });
        let deal = [("name", "The Secret Deal"), ("amount", "5")];
        works.post("/shop/deal/new", "mia+maker", &deal).await.sent_to();
        let admin = "root+admin";
        assert_eq!(works.post(BACKUPS, admin, &[("do", "make")]).await.sent_to(), BACKUPS);
        let listed = works.get(BACKUPS, admin).await.status(200);
        let name = listed.text.split("/shop/admin/backups/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        works.post(BACKUPS, admin, &[("do", "prove"), ("name", &name)]).await.sent_to();
        works.get(BACKUPS, admin).await.status(200).has("All is well").lacks("not proved");
        let taken = works.shop.bytes("GET", &format!("{BACKUPS}/{name}"), admin, Vec::new()).await;
        assert!(!taken.windows(15).any(|part| part == b"The Secret Deal"));
        // Elsewhere, by whoever has the file: with its own key and the book's.
        let file = there.path().join(&name);
        std::fs::write(&file, taken).unwrap();
        let (data, none) = (there.path().join("data"), there.path().join("none"));
        if seal.is_some() {
            assert!(matches!(read_into(&file, None, &none, Kind::Sled), Err(Failed::Sealed)));
            assert!(read_into(&file, Some(&key('d')), &none, Kind::Sled).is_err());
        }
        read_into(&file, seal.as_ref(), &data, Kind::Sled).unwrap();
        let copy: Arc<dyn Store> = Arc::new(Embedded::open(&data, None).unwrap());
        assert!(matches!(unlock(copy.clone(), None), Err(Error::KeyMissing)));
        assert!(matches!(unlock(copy.clone(), Some(key('b'))), Err(Error::KeyWrong)));
        let copy = unlock(copy, Some(key('a'))).unwrap();
        let book = Book::open(copy, works.shop.book().catalog(), Arc::new(SystemClock)).unwrap();
        assert_eq!(verify(&book).unwrap().findings, []);
        let (object, wanted) = (Name::intern("deal"), json!({"name": "The Secret Deal"}));
        let catalog = book.catalog();
        let filter = parse_filter(&*catalog, object, &wanted, &catalog.book.zone).unwrap();
        assert_eq!(book.count(object, &filter, 10, &Actor::system()).unwrap().0, 1);
    }
}
