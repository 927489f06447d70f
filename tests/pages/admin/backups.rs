//! Backups made in the browser: while the book is in use, proved by a restore, taken as a file; by administrators alone.

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
