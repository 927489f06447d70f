//! Headless Chromium, driven over WebDriver. Debian's packages `chromium` and `chromium-driver` are what it needs.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    elements::Element,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::site::Shop;

/// One browser at a time: it takes as much as the rest of the tests together.
static ONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

/// What a reader of screens would stumble over, as far as the rules of axe do not say it.
const LOOK: &str = include_str!("axe/look.js");

/// axe-core, see `axe/README.md`.
const AXE: &str = include_str!("axe/axe.min.js");

/// What axe finds that is serious or worse.
const SERIOUS: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then((results) => done(results.violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => `${found.id}: ${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)));
"#;

/// A browser at the shop.
pub(super) struct Browser {
    pub(super) client: Client,
    address: String,
    driver: Child,
    _profile: TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
    _one: MutexGuard<'static, ()>,
}

/// The server of WebDriver, and the port it took. It looks for a free port first and takes it then: another program may
/// have been faster, and it ends.
fn driver() -> (Child, u16) {
    (0..5).find_map(|_| start_driver()).expect("chromedriver did not say its port, five times")
}

fn start_driver() -> Option<(Child, u16)> {
    let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.expect("chromedriver is missing: apt-get install chromium chromium-driver");
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = said.find_map(|line| {
        let rest = line.split("started successfully on port ").nth(1)?;
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    });
    if port.is_none() {
        let _ended = child.kill().and_then(|()| child.wait());
    }
    port.map(|port| (child, port))
}

impl Browser {
    /// As `who`, in a window of this size.
    pub(super) async fn open(shop: &Shop, who: &str, language: &str, (width, height): (u32, u32)) -> Self {
        let one = ONE.lock().await;
        let (driver, port) = driver();
        let (address, stop) = shop.listen().await;
        let profile = TempDir::new().unwrap();
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ];
        let mut args: Vec<String> = flags.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        args.push(format!("--window-size={width},{height}"));
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), json!({"args": args}));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.expect("chromium does not start: apt-get install chromium chromium-driver");
        // Windows have a least width that a phone's screen is below of.
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let browser = Self { client, address, driver, _profile: profile, _stop: stop, _one: one };
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        browser.go(&format!("/{}/sign-in", shop.name())).await;
        browser.be(who, language).await;
        browser
    }

    /// From now on as somebody else.
    pub(super) async fn be(&self, who: &str, language: &str) {
        for (name, value) in [("formwork-actor", who), ("formwork-language", language)] {
            self.run(&format!("document.cookie = '{name}={value}; path=/'")).await;
        }
    }

    /// With a connection, or without one.
    pub(super) async fn connect(&self, connected: bool) {
        let rates = json!({"offline": !connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.emulateNetworkConditions", rates).await;
    }

    /// As it would be on paper.
    pub(super) async fn on_paper(&self) {
        self.devtools("Emulation.setEmulatedMedia", json!({"media": "print"})).await;
    }

    /// What a script gives that calls its last argument when it is done.
    pub(super) async fn run_to_end(&self, script: &str) -> Json {
        self.client.execute_async(script, Vec::new()).await.unwrap()
    }

    async fn devtools(&self, command: &str, parameters: Json) {
        let path = "goog/cdp/execute";
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(super::browser::Devtools(path, body)).await.unwrap();
    }

    pub(super) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    /// The first element of a selector, as soon as there is one.
    pub(super) async fn at(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(Duration::from_secs(20));
        let found = wait.for_element(Locator::Css(selector)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("no {selector} ({error}) in {}", self.client.source().await.unwrap_or_default()),
        }
    }

    pub(super) async fn click(&self, selector: &str) {
        self.at(selector).await.click().await.unwrap();
    }

    pub(super) async fn write(&self, selector: &str, text: &str) {
        let input = self.at(selector).await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// Presses the button of the mouse on the first element of a selector and lets it go over another, so many pixels
    /// below the middle of it.
    pub(super) async fn drag(&self, from: &str, to: &str, below: f64) {
        let (from, to) = (self.at(from).await, self.at(to).await);
        let script = "arguments[0].scrollIntoView({block: 'nearest'}); arguments[1].scrollIntoView({block: 'nearest'})";
        let both = vec![serde_json::to_value(&from).unwrap(), serde_json::to_value(&to).unwrap()];
        self.client.execute(script, both).await.unwrap();
        let over = |element: &Element, y: f64| PointerAction::MoveToElement {
            element: element.clone(),
            duration: Some(Duration::from_millis(60)),
            x: 0.0,
            y,
        };
        let mouse = MouseActions::new("mouse".to_owned())
            .then(over(&from, 0.0))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::MoveBy { duration: Some(Duration::from_millis(30)), x: 9.0, y: 9.0 })
            .then(over(&to, below))
            .then(over(&to, below + 1.0))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Presses a key where the focus is.
    pub(super) async fn press(&self, key: &str) {
        self.client.active_element().await.unwrap().send_keys(key).await.unwrap();
    }

    pub(super) async fn text(&self, selector: &str) -> String {
        self.at(selector).await.text().await.unwrap()
    }

    /// Waits until a script gives true on a page whose own scripts have run: a key that is pressed before would be lost.
    pub(super) async fn until(&self, script: &str) {
        let asked = format!("return document.readyState === 'complete' && !!({script})");
        for _ in 0..200 {
            let given = self.client.execute(&asked, Vec::new()).await;
            if given.is_ok_and(|given| given == Json::Bool(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never: {script}; {}", self.client.source().await.unwrap_or_default());
    }

    /// What a script gives.
    pub(super) async fn run(&self, script: &str) -> Json {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Whether these pages can be read and used without eyes or mouse, light and dark.
    pub(super) async fn is_readable(&self, paths: &[String]) {
        let mut wrong = Vec::new();
        for theme in ["light", "dark"] {
            self.run(&format!("document.cookie = 'formwork-theme={theme}; path=/'")).await;
            for path in paths {
                self.go(path).await;
                let shown = self.run("return document.documentElement.dataset.theme").await;
                // Paper is white at night too.
                let title = self.run("return document.title").await;
                assert!(shown == theme || shown == "paper", "{path} is no page: {shown} {title}");
                let looked = self.run(LOOK).await;
                self.run(AXE).await;
                let serious = self.run_to_end(SERIOUS).await;
                let found = [looked, serious].into_iter().flat_map(|found| found.as_array().cloned().unwrap());
                wrong.extend(found.map(|found| format!("{theme} {path}: {found}")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    pub(super) async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

/// Every one of these routes is the route of one of the paths.
pub(super) fn cover(routes: impl IntoIterator<Item = &'static str>, paths: &[String]) {
    let fits = |route: &str, path: &String| {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (mut route, mut path) = (route.split('/'), path.split('/'));
        loop {
            match (route.next(), path.next()) {
                (None, None) => return true,
                (Some(rest), Some(_)) if rest.starts_with("{*") => return true,
                (Some(place), Some(word)) if place == word || place.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let left: Vec<&str> = routes.into_iter().filter(|route| !paths.iter().any(|path| fits(route, path))).collect();
    assert!(left.is_empty(), "nobody looks at {left:?}");
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, the driver ends its browser too; killed, it would leave it behind.
        let _asked = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ended = self.driver.wait();
    }
}

/// A command of the developer tools.
#[derive(Debug)]
pub(super) struct Devtools(&'static str, Json);

impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}
