//! A whole server: the data file, the lanes with their worker, and the HTTP side. Used by `serve`, `demo`, and by the
//! commands that need a throw-away server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::checks::{self, Checks};
use crate::hooks::{self, Hooks};
use crate::lanes::{Lanes, Workers};
use crate::mail::{MailOptions, Mailing, Sender, keep_reminding};
use crate::people::{People, Settings};
use crate::store::{Database, Opened, Readers, Store, StoreError, postgres, sqlite};
use crate::{http, pages};

mod expiry;
mod keeping;
mod known;
mod owner;
mod tool;

pub use expiry::expire_overdue;
pub use keeping::Offline;
use known::Known;
pub(crate) use known::{secret_file, write_secret};
pub use owner::{OwnerReset, renew_owner_token, reset_owner};
pub use tool::{Tool, open_readers};

/// Shortest owner token and secret that are taken from outside.
const SECRET_BYTES_MIN: usize = 16;
/// Connections that wait to be accepted; the operating system may allow fewer (`net.core.somaxconn`).
const WAITING_CONNECTIONS_MAX: u32 = 16_384;
/// How often promotion that another server left unfinished is looked for.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// The fact that tells which secret a database is used with.
pub(crate) const SECRET_FINGERPRINT: &str = "secret_fingerprint";

/// How a server is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the data is; a file that is not there is made.
    pub database: Database,
    /// How many connections to open, where the data is in a PostgreSQL.
    pub connections: postgres::Connections,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// What all links begin with; none: the address it listens on.
    pub public_url: Option<String>,
    /// How long a command may wait for its turn, in milliseconds.
    pub wait_ms_max: u64,
    /// Who is let in, and how much of what they ask.
    pub admission: http::Admission,
    /// How people come to accounts.
    pub people: Settings,
    /// The owner's token; none: the stored one, or a new one on the first start.
    pub owner_token: Option<String>,
    /// The secret; none: from the file beside the data file, made on the first start. A PostgreSQL has no such file.
    pub secret: Option<String>,
    /// Whether a secret other than the one used so far is taken. All manage links made before end.
    pub new_secret: NewSecret,
    /// How mail is sent; none: it is not.
    pub mail: Option<MailOptions>,
    /// How webhooks are delivered.
    pub webhooks: hooks::Settings,
    /// When the database is checked while the server runs.
    pub checks: checks::Settings,
}

/// Whether a secret other than the one used so far is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum NewSecret {
    /// The server does not start.
    #[default]
    Refuse,
    /// It is taken; manage links made before end.
    Accept,
}

/// A server that runs until it is stopped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What all links begin with.
    pub public_url: String,
    /// The owner's token, if it was made by this start. It is shown once and cannot be read again.
    pub new_owner_token: Option<String>,
    /// The link with which whoever has it makes the first account, as long as nobody owns the server.
    pub setup_link: Option<String>,
    /// What is not as it should be, and what to do about it.
    pub warnings: Vec<String>,
    lanes: Lanes,
    workers: Workers,
    shutdown: oneshot::Sender<()>,
    http: JoinHandle<()>,
    /// What goes on beside the requests as long as the server runs.
    beside: Vec<JoinHandle<()>>,
    mailing: Option<Mailing>,
    hooks: hooks::Running,
}

/// How a server ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Everything that was answered is in the file.
    Clean,
    /// A commit has an unknown outcome; the next start reads what was written.
    StorageFailed,
}

impl Default for Options {
    /// A data file in the folder it is started in, on a free port of this machine, without limits.
    fn default() -> Options {
        Options {
            database: Database::Sqlite(PathBuf::from("headcount.db")),
            connections: postgres::Connections::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            wait_ms_max: 5_000,
            admission: http::Admission::default(),
            people: Settings { can_mail: false, ..Settings::default() },
            owner_token: None,
            secret: None,
            new_secret: NewSecret::Refuse,
            mail: None,
            webhooks: hooks::Settings::default(),
            checks: checks::Settings::default(),
        }
    }
}

impl Options {
    /// The data file at `path`, everything else as usual.
    pub fn local(path: impl Into<PathBuf>) -> Options {
        Options { database: Database::Sqlite(path.into()), ..Options::default() }
    }
}

/// Starts a server. It answers as soon as this returns.
///
/// # Errors
/// If the data file cannot be used or the address is taken; the text says what to do.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    start_with(options, http::router).await
}

/// As [`start`], with other routes: for benchmarks.
///
/// # Errors
/// As [`start`].
pub async fn start_with(options: Options, routes: fn(http::App) -> axum::Router) -> anyhow::Result<Running> {
    check_given(&options)?;
    let listener = listen(options.listen)
        .with_context(|| format!("cannot listen on {}: choose another address with --listen", options.listen))?;
    match &options.database {
        Database::Sqlite(path) => {
            let mut opened = sqlite::open(path)?;
            let known = Known::settle(&mut opened.stores[0], &options, Some(secret_file(path))).await?;
            serve(listener, opened, known, options, routes).await
        }
        Database::Postgres(server) => {
            // A new owner token is shown once, so it is made when nothing else can fail any more.
            let opened = postgres::open(server, options.connections).await?;
            let mut facts = postgres::Noted::open(server).await?;
            let known = Known::settle(&mut facts, &options, None).await?;
            serve(listener, opened, known, options, routes).await
        }
    }
}

async fn serve<S: Store>(
    listener: TcpListener,
    opened: Opened<S>,
    known: Known,
    options: Options,
    routes: fn(http::App) -> axum::Router,
) -> anyhow::Result<Running> {
    let Opened { mut stores, readers, warnings } = opened;
    let address = listener.local_addr()?;
    let wait_max = Duration::from_millis(options.wait_ms_max);
    let lanes = if options.mail.is_some() { Lanes::new(wait_max) } else { Lanes::without_news(wait_max) };
    match settle(&lanes, &readers).await {
        // It is looked for again soon; meanwhile the other parts are served.
        Err(StoreError::PartAway(cause)) => tracing::warn!(cause, "promotion that was cut short was not looked for"),
        settled => settled?,
    }
    let public_url = options.public_url.unwrap_or_else(|| format!("http://{address}"));
    let setup = owner::first_link(&mut stores[0], &readers, &known.secret).await?;
    let setup_link = setup.map(|token| format!("{public_url}/l/{token}"));
    let settings = Settings { can_mail: options.mail.is_some(), ..options.people };
    let people = People::new(lanes.clone(), readers.clone(), known.secret.clone(), settings);
    let mut beside = vec![
        tokio::spawn(keep_settling(lanes.clone(), readers.clone())),
        tokio::spawn(expiry::keep_expiring(lanes.clone(), readers.clone())),
        tokio::spawn(people.clone().keep_sweeping()),
        tokio::spawn(people.clone().keep_erasing()),
        tokio::spawn(people.clone().keep_ending_streams()),
    ];
    if let Some(neighbours) = readers.neighbours() {
        beside.push(tokio::spawn(lanes.live().clone().keep_up_with(neighbours)));
    }
    let checks = Checks::new(options.database, lanes.clone(), readers.clone());
    let every = options.checks.every.map(|every| tokio::spawn(checks.clone().keep_checking(every)));
    let nightly = options.checks.verify_at.map(|at| tokio::spawn(checks.clone().keep_verifying(at)));
    beside.extend(every.into_iter().chain(nightly));
    let workers = lanes.start_workers(stores)?;
    if options.mail.is_some() {
        beside.push(tokio::spawn(keep_reminding(lanes.clone(), readers.clone())));
    }
    let mailing = options.mail.map(|mail| {
        let (lanes, readers, secret) = (lanes.clone(), readers.clone(), known.secret.clone());
        Sender::new(mail, lanes, readers, secret, public_url.clone()).map(Sender::start).map_err(anyhow::Error::msg)
    });
    let mailing = mailing.transpose().context("mail cannot be sent")?;
    let hooks = Hooks::new(options.webhooks, lanes.clone(), readers.clone(), known.secret.clone());
    let mail = if settings.can_mail { pages::Mail::Sent } else { pages::Mail::NotSent };
    let embedders = options.admission.allowed_origins.as_ancestors();
    let site = pages::Site { public_url: public_url.clone(), mail, embedders };
    let app = http::App::new(lanes.clone(), readers, known.secret, known.owner_token_hash, public_url.clone());
    let app = app.with_warnings(warnings.clone()).with_admission(options.admission).with_hooks(hooks.clone());
    let app = app.with_pages(move |api| pages::router(api, site.clone())).with_people(people);
    let app = app.with_counted(checks.counted());
    let warnings = warnings.into_iter().chain(known.news).chain(hooks.warning()).collect();
    let (shutdown, stopped) = oneshot::channel();
    let live = lanes.live().clone();
    let http = tokio::spawn(http::serve_router(listener, routes(app), http::Timeouts::default(), async move {
        // A sender that is gone means the same.
        let _stop = stopped.await;
        live.stop();
    }));
    Ok(Running {
        address,
        public_url,
        new_owner_token: known.new_owner_token,
        setup_link,
        warnings,
        lanes,
        workers,
        shutdown,
        http,
        beside,
        mailing,
        hooks: hooks.start(),
    })
}

/// Has promotion go on wherever it may have been cut short.
async fn settle(lanes: &Lanes, readers: &Readers) -> Result<(), StoreError> {
    readers.unsettled_events().await?.into_iter().for_each(|event| lanes.settle(event));
    Ok(())
}

/// Another server on the same database may end in the midst of a long promotion: then this one goes on with it.
async fn keep_settling(lanes: Lanes, readers: Readers) {
    loop {
        tokio::time::sleep(SETTLE_EVERY).await;
        if let Err(error) = settle(&lanes, &readers).await {
            tracing::debug!(%error, "promotion that was cut short could not be looked for");
        }
    }
}

/// Listens with a long queue of connections that wait to be accepted: when that overflows, people wait for a second or
/// more until their system tries again.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_CONNECTIONS_MAX)
}

impl Running {
    /// Resolves when a commit had an unknown outcome: the process must end soon, so that the truth is read again.
    pub async fn failed(&self) {
        self.lanes.failed().await;
    }

    /// Answers what is under way, takes no more, and ends.
    pub async fn stop(self) -> Ending {
        let _already_stopped = self.shutdown.send(());
        self.beside.iter().for_each(JoinHandle::abort);
        if let Err(error) = self.http.await {
            tracing::error!(%error, "the HTTP side ended in a panic");
        }
        if let Some(mailing) = self.mailing {
            // Before the workers, who note what was sent.
            mailing.stop().await;
        }
        self.hooks.stop().await;
        self.lanes.stop();
        let joined = tokio::task::spawn_blocking(move || self.workers.join());
        let _ended = joined.await;
        if self.lanes.has_failed() { Ending::StorageFailed } else { Ending::Clean }
    }
}

/// Finds out what is wrong with the options before anything is made.
fn check_given(options: &Options) -> anyhow::Result<()> {
    if matches!(options.database, Database::Postgres(_)) && options.secret.is_none() {
        bail!(
            "manage links need a secret that is not in the database: set HEADCOUNT_SECRET, the same for every server \
             on this database, for instance to what `openssl rand -base64 32` prints, and keep it"
        );
    }
    if options.secret.as_ref().is_some_and(|secret| secret.len() < SECRET_BYTES_MIN) {
        bail!("HEADCOUNT_SECRET is too short: use at least {SECRET_BYTES_MIN} random characters");
    }
    if options.owner_token.as_ref().is_some_and(|token| token.len() < SECRET_BYTES_MIN) {
        bail!("HEADCOUNT_OWNER_TOKEN is too short: use at least {SECRET_BYTES_MIN} random characters");
    }
    Ok(())
}
