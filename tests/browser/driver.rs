//! A Chromium that tests steer through chromedriver (WebDriver, W3C), and what is asked of a page.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Browsers at the same time: each takes a few hundred megabytes, and the machine has few cores.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));
/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a driver is started until one stays.
const STARTS_MAX: usize = 10;
/// How soon it is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The driver's process. Dropped, it ends, and its browsers with it.
struct Driver {
    process: Child,
    address: String,
}

/// One browser with a window of its own, as one person has it.
pub(crate) struct Browser {
    client: Client,
    _driver: Driver,
    _place: SemaphorePermit<'static>,
}

/// Chromium without windows, menus and settings (Debian's `chromium-headless-shell`): a page is the same in it, and all tests
/// take a third less time. (Whoever wants no scripts needs the settings.) The program itself, as the script in /usr/bin leaves
/// it running where that is killed.
const SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// How a browser is set up.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) script: Script,
    /// What its owner reads.
    pub(crate) language: &'static str,
    pub(crate) text: Text,
}

/// How large texts are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Usual,
    /// As browsers' settings make it for those who see little.
    TwiceAsLarge,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup { script: Script::On, language: "en", text: Text::Usual }
    }
}

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

impl Driver {
    /// One that ends before it has said its port, as may happen where several start at once, is started again.
    fn start() -> Driver {
        (0..STARTS_MAX).find_map(|_| Driver::try_to_start()).expect("chromedriver says its port")
    }

    fn try_to_start() -> Option<Driver> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("chromedriver can be run: scripts/test installs it");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let Some(port) = port else {
            process.wait().unwrap();
            return None;
        };
        // It goes on talking, and must not wait for somebody who reads it.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Driver { process, address: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

impl Browser {
    pub(crate) async fn open() -> Browser {
        Browser::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Browser {
        let place = PLACES.acquire().await.unwrap();
        let driver = tokio::task::spawn_blocking(Driver::start).await.unwrap();
        let font_size = if setup.text == Text::Usual { 16 } else { 32 };
        let mut options = json!({"args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--window-size=390,900", format!("--lang={}", setup.language),
            format!("--accept-lang={}", setup.language), format!("--blink-settings=defaultFontSize={font_size}"),
        ]});
        match setup.script {
            Script::On => options["binary"] = SHELL.into(),
            Script::Off => options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2}),
        }
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": options,
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.address).await.expect("a browser");
        Browser { client, _driver: driver, _place: place }
    }

    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    pub(crate) async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The first element that a CSS selector finds, as soon as there is one.
    pub(crate) async fn find(&self, css: &str) -> Element {
        self.until(css, async || self.client.find(Locator::Css(css)).await).await
    }

    /// Waits until an element that a CSS selector finds can be seen and says this.
    pub(crate) async fn shows(&self, css: &str, text: &str) {
        let script = "return [...document.querySelectorAll(arguments[0])].some((one) =>
            one.checkVisibility() && one.innerText.replace(/\\s+/g, ' ').includes(arguments[1]))";
        self.until_so(&format!("{css} that says {text}"), script, vec![json!(css), json!(text)]).await;
    }

    /// Waits until nothing that a CSS selector finds can be seen.
    pub(crate) async fn lacks(&self, css: &str) {
        let script = "return ![...document.querySelectorAll(arguments[0])].some((one) => one.checkVisibility())";
        self.until_so(&format!("end of {css}"), script, vec![json!(css)]).await;
    }

    /// Waits until a script returns true.
    async fn until_so(&self, what: &str, script: &str, arguments: Vec<Value>) {
        let is_so = async || match self.client.execute(script, arguments.clone()).await? {
            Value::Bool(true) => Ok(()),
            _ => Err(CmdError::WaitTimeout),
        };
        self.until(what, is_so).await;
    }

    pub(crate) async fn has(&self, css: &str) -> bool {
        !self.client.find_all(Locator::Css(css)).await.unwrap().is_empty()
    }

    pub(crate) async fn click(&self, css: &str) {
        self.click_at(Locator::Css(css)).await;
    }

    /// Presses the button, or follows the link, that says this.
    pub(crate) async fn press(&self, text: &str) {
        let path =
            format!("//main//*[self::button or self::a or self::summary][contains(normalize-space(), '{text}')]");
        self.click_at(Locator::XPath(&path)).await;
    }

    /// Clicks once: an element that is gone before the click is looked for again, a click that was made is not repeated.
    async fn click_at(&self, place: Locator<'_>) {
        let what = format!("{place:?}");
        self.until(&what, async || match self.client.find(place).await?.click().await {
            Err(error) if !error.is_stale_element_reference() => Ok(Err(error)),
            clicked => clicked.map(Ok),
        })
        .await
        .unwrap();
    }

    /// Looks until there is an answer. While a page gives way to the next one, the driver has errors of many kinds to tell
    /// ("aborted by navigation", "stale element", "no such element"): none of them says that it will not be there.
    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Result<T, CmdError>) -> T {
        let mut last_error = None;
        let looking = async {
            loop {
                match look().await {
                    Ok(found) => return found,
                    Err(error) => last_error = Some(error),
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => panic!("there is no {what} on the page: {last_error:?}\n{}", self.text().await),
        }
    }

    /// Types into the field of a name, in the place of what stands there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name='{name}']")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn value(&self, name: &str) -> String {
        self.find(&format!("[name='{name}']")).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// Waits until the page says this.
    pub(crate) async fn says(&self, text: &str) {
        let path = format!("//body[contains(normalize-space(), \"{text}\")]");
        self.until(text, async || self.client.find(Locator::XPath(&path)).await).await;
    }

    /// Runs a script in the page and tells what it returns.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// As [`Browser::run`], of a script that calls its last argument with what it has to tell.
    pub(crate) async fn run_until_called(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute_async(script, arguments).await.unwrap()
    }

    pub(crate) async fn send_keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Cuts the network, or mends it.
    pub(crate) async fn network(&self, network: Network) {
        self.client.issue_cmd(network).await.unwrap();
    }

    /// Has it say what its owner prefers, such as dark pages (`prefers-color-scheme`, `dark`).
    pub(crate) async fn prefers(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Makes the window this wide and high, also less than a window of the desktop can be.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// A command of Chromium's own (Chrome DevTools Protocol); what it answers.
    pub(crate) async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(DevTools(command, parameters)).await.unwrap()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Ends it. There must have been no error of a script, and nothing that the policy of the page forbids.
    pub(crate) async fn close(self) {
        let entries = self.client.issue_cmd(BrowserLog).await.unwrap();
        let wrong: Vec<&Value> = entries.as_array().unwrap().iter().filter(|entry| is_ours(entry)).collect();
        assert!(wrong.is_empty(), "the browser complains: {wrong:#?}");
        self.client.clone().close().await.unwrap();
    }
}

/// Answers that say no, and a network that was cut, are noted by the browser too.
fn is_ours(entry: &Value) -> bool {
    entry["level"] == "SEVERE" && entry["source"] != "network"
}

/// What the network of a browser is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Network {
    There,
    Gone,
}

impl WebDriverCompatibleCommand for Network {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/chromium/network_conditions", session.unwrap()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let throughput = if *self == Network::Gone { 0 } else { -1 };
        let conditions = json!({"offline": *self == Network::Gone, "latency": 0, "throughput": throughput});
        (http::Method::POST, Some(json!({"network_conditions": conditions}).to_string()))
    }
}

/// What the browser noted.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({"type": "browser"}).to_string()))
    }
}

/// A command of Chromium's own (Chrome DevTools Protocol).
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({"cmd": self.0, "params": self.1}).to_string()))
    }
}
