//! `formwork books` and `serve --books`: several account sets in one server, apart from one another.

use serde_json::json;

use super::binary::Folder;

/// Two books made like the shop, each with an administrator.
fn two() -> Folder {
    let folder = Folder::shop();
    for name in ["north", "south"] {
        folder.run(&["books", "create", name, "--like", ".", "--books", "books"]).code(0);
        let (site, data) = (format!("books/{name}"), format!("books/{name}/data"));
        let add = ["user", "add", "ann", "--definitions", &site, "--data", &data, "--stdin"];
        folder.run_with(&format!("a sentence of the {name}\n"), &add).code(0);
    }
    folder
}

#[test]
fn books_are_made_listed_and_put_away() {
    let folder = two();
    let create = |name: &str| folder.run(&["books", "create", name, "--like", ".", "--books", "books"]);
    create("north").code(2).stderr("exists already");
    create("No Name").code(2).stderr("is no name");
    create("../evil").code(2);
    let list = folder.run(&["books", "list", "--books", "books"]).code(0).stderr("2 books");
    assert!(list.stdout.starts_with("north\tbooks/north\thas data\nsouth\t"), "{}", list.stdout);
    let archive = |name: &str| folder.run(&["books", "archive", name, "--books", "books"]);
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    archive("north").code(3).stderr("in use");
    server.terminate();
    for name in ["west", "../shop", "archived", "."] {
        archive(name).code(2).stderr("there is no book");
    }
    archive("north").code(0).stderr("archived/north-");
    folder.run(&["books", "list", "--books", "books"]).code(0).stderr("1 books");
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    server.client().sign_in("south", "ann", "a sentence of the south");
    let gone = server.client().send_with("Accept: */*", "GET", "/north/api/job", None).unwrap();
    assert_eq!(gone.0, 401, "to a stranger a book that is gone looks like any other");
}

#[test]
fn nothing_of_one_book_is_seen_in_another() {
    let folder = two();
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    let mut client = server.client();
    let north = client.sign_in("north", "ann", "a sentence of the north");
    let south = client.sign_in("south", "ann", "a sentence of the south");
    let wrong = json!({"login": "ann", "password": "a sentence of the north"});
    assert_eq!(client.send_with("Accept: */*", "POST", "/south/api/sign-in", Some(&wrong)).unwrap().0, 401);
    let (status, made) = client.send_with(&north, "POST", "/north/api/job", Some(&json!({"name": "A"}))).unwrap();
    assert_eq!((status, &made["number"]), (201, &json!("J00001")));
    let id = made["id"].as_str().unwrap();
    let mut status = |cookie: &str, path: String| client.send_with(cookie, "GET", &path, None).unwrap().0;
    assert_eq!(status(&north, format!("/north/api/job/{id}")), 200);
    assert_eq!(status(&south, format!("/south/api/job/{id}")), 404);
    assert_eq!(status(&north, format!("/south/api/job/{id}")), 401);
    assert_eq!(status(&north.replace("fw_north", "fw_south"), "/south/api/job".to_owned()), 401);
    // Numbers are each book's own.
    let (_, made) = client.send_with(&south, "POST", "/south/api/job", Some(&json!({"name": "B"}))).unwrap();
    assert_eq!(made["number"], "J00001");
    let (_, health) = client.get("/health");
    assert_eq!(health["books"].as_array().unwrap().len(), 2);
}

#[test]
fn a_broken_book_does_not_keep_the_others_from_being_served() {
    let folder = two();
    folder.edit("books/north/definitions/work/job.flow.yaml", "to: done", "to: doen");
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    assert!(server.log().contains("books/north is not served; the others are"), "{}", server.log());
    server.client().sign_in("south", "ann", "a sentence of the south");
    server.terminate();
    folder.edit("books/south/definitions/work/job.flow.yaml", "to: done", "to: doen");
    folder.run(&["serve", "--books", "books", "--listen", "127.0.0.1:0"]).code(1).stderr("no book can be served");
    folder.run(&["serve", "--books", "data"]).code(3);
    folder.edit("books/south/definitions/work/job.flow.yaml", "to: doen", "to: done");
    folder.edit("books/north/definitions/work/job.flow.yaml", "to: doen", "to: done");
    std::fs::rename(
        folder.at("books/north/definitions/north.book.yaml"),
        folder.at("books/north/definitions/south.book.yaml"),
    )
    .unwrap();
    folder.edit("books/north/definitions/south.book.yaml", "book: north", "book: south");
    folder
        .run(&["serve", "--books", "books", "--listen", "127.0.0.1:0"])
        .code(2)
        .stderr("several books are called `south`");
}
