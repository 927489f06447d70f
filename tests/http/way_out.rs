//! Signing out of the provider that somebody came from, and secrets of clients that lie in files.

use formwork_integration::delivery::Secrets;
use formwork_web::Settings;

use super::{
    closed::{PASSWORD, give_password},
    issuer::{CLIENT, SECRET},
    oidc::{Browser, World, path_of},
};

#[tokio::test]
async fn whoever_signs_out_is_led_out_of_the_provider_too_when_it_has_a_way_out() {
    let world = World::new("", "");
    let end = format!("{}/end", world.issuer.url());
    world.issuer.state().end = Some(end.clone());
    let mut browser = Browser::default();
    world.sign_in(&mut browser).await.expect(303);
    let out = browser.send(&world.site, "/workshop/sign-out", "").await.expect(303);
    assert_eq!(out.header("location"), "/workshop/sign-in?left=staff");
    assert_eq!(world.who(&mut browser).await, None, "the session ends here, whatever is done there");
    let page = browser.go(&world.site, "/workshop/sign-in?left=staff").await.expect(200).text();
    assert!(
        page.contains("href=\"/workshop/sign-out/with/staff\"") && page.contains("Sign out of Company account too"),
        "{page}"
    );
    let away = browser.go(&world.site, "/workshop/sign-out/with/staff").await.expect(303);
    assert!(away.header("location").starts_with(&end), "{away}");
    let back = world.issuer.visit(away.header("location"));
    assert_eq!(path_of(&back), "/workshop/sign-in");
    assert_eq!(world.issuer.state().left, [CLIENT]);
    // Nobody else is led anywhere: not whoever came with a password, and not to a provider that the book has not.
    give_password(&world.book(), "ann", false);
    let mut other = Browser::default();
    let form = format!("login=ann&password={}", PASSWORD.replace(' ', "+"));
    other.send(&world.site, "/workshop/sign-in", &form).await.expect(303);
    let out = other.send(&world.site, "/workshop/sign-out", "").await.expect(303);
    assert_eq!(out.header("location"), "/workshop/sign-in");
    for (path, status) in [("/workshop/sign-in?left=nobody", 200), ("/workshop/sign-in?left=%2F%2Fevil.test", 200)] {
        let page = other.go(&world.site, path).await.expect(status).text();
        assert!(!page.contains("sign-out/with") && !page.contains("evil"), "{page}");
    }
    assert_eq!(other.go(&world.site, "/workshop/sign-out/with/nobody").await.status, 404);
}

#[tokio::test]
async fn a_provider_without_a_way_out_that_can_be_trusted_is_not_left() {
    for end in [None, Some("not an address"), Some("ftp://forms.test/end"), Some("javascript:alert(1)")] {
        let world = World::new("", "");
        world.issuer.state().end = end.map(str::to_owned);
        let mut browser = Browser::default();
        world.sign_in(&mut browser).await.expect(303);
        browser.send(&world.site, "/workshop/sign-out", "").await.expect(303);
        let page = browser.go(&world.site, "/workshop/sign-in?left=staff").await.expect(200).text();
        assert!(!page.contains("sign-out/with"), "{end:?}: {page}");
        let away = browser.go(&world.site, "/workshop/sign-out/with/staff").await.expect(303);
        assert_eq!(away.header("location"), "/workshop/sign-in", "{end:?}");
    }
}

#[tokio::test]
async fn the_secret_of_a_client_may_lie_in_a_file_that_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("staff");
    let shown = file.display().to_string();
    let world = World::with("", "", |settings| Settings {
        secrets: Secrets::new(move |name| (name == "STAFF_SECRET_FILE").then(|| shown.clone())),
        ..settings
    });
    let mut browser = Browser::default();
    let reply = browser.go(&world.site, "/workshop/sign-in/with/staff").await;
    assert_eq!(reply.status, 503, "there is no such file yet");
    std::fs::write(&file, "another secret").unwrap();
    assert_eq!(world.sign_in(&mut Browser::default()).await.status, 401);
    std::fs::write(&file, format!("{SECRET}\r\n")).unwrap();
    world.sign_in(&mut browser).await.expect(303);
    assert_eq!(world.who(&mut browser).await.as_deref(), Some("ann"));
}
