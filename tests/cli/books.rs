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
    create("health").code(2).stderr("address of the server");
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

/// The header with a new operator's key.
fn operator(folder: &Folder) -> String {
    let made = folder.run(&["books", "key", "add", "ops", "--books", "books"]).code(0).stderr("shown once");
    format!("Authorization: Bearer {}", made.stdout.trim())
}

#[test]
fn an_operator_makes_lists_and_puts_books_away_while_the_server_runs() {
    let folder = two();
    let key = operator(&folder);
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    let mut client = server.client();
    let mut say = |header: &str, method: &str, path: &str, body: Option<serde_json::Value>| {
        client.send_with(header, method, path, body.as_ref()).unwrap()
    };
    let new = json!({"name": "west", "like": "north", "administrator": "wu", "administrator_name": "吴"});
    // Nobody of a book is an operator, and an operator is nobody of a book.
    let ann = server.client().sign_in("north", "ann", "a sentence of the north");
    let wrong = format!("Authorization: Bearer fwo_{}", "0".repeat(64));
    for stranger in ["Accept: */*", ann.as_str(), wrong.as_str()] {
        for (method, path) in [
            ("GET", "/account-sets"),
            ("POST", "/account-sets"),
            ("POST", "/account-sets/north/archive"),
            ("POST", "/account-sets/north/open"),
        ] {
            let body = (path == "/account-sets" && method == "POST").then(|| new.clone());
            assert_eq!(say(stranger, method, path, body).0, 401, "{stranger} {method} {path}");
        }
    }
    assert_eq!(say(&key, "GET", "/north/api/job", None).0, 401);
    // Nor is a key good twice in one request, in a cookie, in the address or under another scheme.
    let bare = key.rsplit(' ').next().unwrap().to_owned();
    for header in [
        format!("{key}\r\n{wrong}"),
        format!("Cookie: fwo={bare}"),
        format!("Authorization: Basic {bare}"),
        format!("Authorization: Bearer {}", bare.trim_start_matches("fwo_")),
        format!("Authorization: Bearer {}", bare.to_uppercase()),
    ] {
        assert_eq!(say(&header, "GET", "/account-sets", None).0, 401, "{header}");
    }
    assert_ne!(say("Accept: */*", "GET", &format!("/account-sets?key={bare}"), None).0, 200);
    let (status, made) = say(&key, "POST", "/account-sets", Some(new.clone()));
    assert_eq!(status, 201, "{made}");
    let password = made["administrator"]["password"].as_str().unwrap().to_owned();
    let wu = server.client().sign_in("west", "wu", &password);
    let (_, me) = say(&wu, "GET", "/west/api/who-am-i", None);
    assert_eq!((&me["roles"], &me["must_change"]), (&json!(["admin"]), &json!(true)), "{me}");
    assert_eq!(say(&ann, "GET", "/west/api/job", None).0, 401);
    for (bad, status) in [
        (json!({"name": "west", "like": "north", "administrator": "wu"}), 409),
        (json!({"name": "../evil", "like": "north", "administrator": "wu"}), 422),
        (json!({"name": "archived", "like": "../shop", "administrator": "wu"}), 422),
        (json!({"name": "east", "like": "north", "administrator": "system"}), 422),
        (json!({"name": "east", "like": "north"}), 422),
        (json!({"name": "health", "like": "north", "administrator": "wu"}), 422),
        (json!({"name": "east", "like": "archived/north", "administrator": "wu"}), 422),
        // What nobody asked for is not taken along.
        (json!({"name": "east", "like": "north", "administrator": "wu", "password": "x"}), 422),
        (json!({"name": "east", "like": "north", "administrator": "wu", "operator": "root"}), 422),
        (json!({"name": "east", "like": "north", "administrator": ["wu"]}), 422),
    ] {
        let (got, said) = say(&key, "POST", "/account-sets", Some(bad.clone()));
        assert_eq!(got, status, "{bad}: {said}");
    }
    let (_, list) = say(&key, "GET", "/account-sets", None);
    let names: Vec<&str> = list["data"].as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["north", "south", "west"]);
    // Put away: it says so to whoever was there, the others go on, and its folder has everything.
    let (status, said) = say(&key, "POST", "/account-sets/north/archive", None);
    assert_eq!((status, &said["state"]), (200, &json!("archived")), "{said}");
    let (status, gone) = say(&ann, "GET", "/north/api/job", None);
    assert_eq!((status, &gone["code"]), (410, &json!("book-archived")), "{gone}");
    assert_eq!(say("Accept: */*", "GET", "/north/api/job", None).0, 401);
    assert_eq!(say("Accept: text/html", "GET", "/north", None).0, 410);
    assert_eq!(say(&key, "POST", "/account-sets/north/archive", None).0, 404);
    server.client().sign_in("south", "ann", "a sentence of the south");
    let archived = said["folder"].as_str().unwrap().to_owned();
    assert!(folder.at(&archived).join("data/north").is_dir(), "{archived}");
    // Brought back by hand, with its people and data.
    std::fs::rename(folder.at(&archived), folder.at("books/north")).unwrap();
    assert_eq!(say(&key, "POST", "/account-sets/north/open", None).0, 200);
    assert_eq!(say(&key, "POST", "/account-sets/north/open", None).0, 409);
    assert_eq!(say(&ann, "GET", "/north/api/job", None).0, 200, "the session is one of the book");
    // A key that is revoked is good no more at once.
    folder.run(&["books", "key", "revoke", "ops", "--books", "books"]).code(0);
    assert_eq!(say(&key, "GET", "/account-sets", None).0, 401);
    server.terminate();
    folder.run(&["verify", "--data", "books/west/data"]).code(0);
    let log = folder.run(&["books", "key", "list", "--books", "books"]).code(0).stdout;
    assert_eq!(log, "");
}

#[test]
fn a_book_whose_folder_is_damaged_says_so_and_is_opened_when_it_is_mended() {
    let folder = two();
    let key = operator(&folder);
    folder.edit("books/north/definitions/work/job.flow.yaml", "to: done", "to: doen");
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    let mut client = server.client();
    let mut say = |header: &str, method: &str, path: &str| client.send_with(header, method, path, None).unwrap();
    let cookie = format!("Cookie: fw_north={}", "0".repeat(64));
    let (status, said) = say(&cookie, "GET", "/north/api/job");
    assert_eq!((status, &said["code"]), (503, &json!("book-unavailable")), "{said}");
    assert_eq!(say("Accept: text/html", "GET", "/north").0, 503);
    let (status, health) = say("Accept: */*", "GET", "/health");
    assert_eq!((status, &health["broken"]), (200, &json!(["north"])), "{health}");
    let (_, list) = say(&key, "GET", "/account-sets");
    assert_eq!(list["data"][1], json!({"name": "north", "state": "broken"}));
    server.client().sign_in("south", "ann", "a sentence of the south");
    assert_eq!(say(&key, "POST", "/account-sets/north/open").0, 503);
    folder.edit("books/north/definitions/work/job.flow.yaml", "to: doen", "to: done");
    assert_eq!(say(&key, "POST", "/account-sets/north/open").0, 200);
    server.client().sign_in("north", "ann", "a sentence of the north");
    // Damaged data is no reason to keep the others waiting either.
    server.terminate();
    std::fs::write(folder.at("books/north/data/north/formwork.json"), "{").unwrap();
    let (server, _said) = folder.serve_closed(&["--books", "books"]);
    server.client().sign_in("south", "ann", "a sentence of the south");
    let (status, _) = server.client().send_with(&cookie, "GET", "/north/api/job", None).unwrap();
    assert_eq!(status, 503);
}
