//! A whole server: the data file, the lanes with their worker, and the HTTP side. Used by `serve`, `demo`, and by the
//! commands that need a throw-away server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::lanes::{Lanes, Workers};
use crate::people::{People, Settings, setup};
use crate::secret::Secret;
use crate::store::{Database, Facts, Opened, Readers, Store, StoreError, postgres, sqlite};
use crate::{clock, http, pages};

mod expiry;
mod owner;

pub use expiry::expire_overdue;
pub use owner::{OwnerReset, renew_owner_token, reset_owner};

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

/// What a server must know before it can answer.
struct Known {
    secret: Secret,
    owner_token_hash: String,
    new_owner_token: Option<String>,
    /// What servers that run already on the same database do not know.
    news: Option<String>,
}

impl Known {
    /// As the options say or as it was noted before, and notes it.
    async fn settle(facts: &mut impl Facts, options: &Options, secret_file: Option<PathBuf>) -> anyhow::Result<Known> {
        let secret = secret(facts, options, secret_file).await?;
        let token = owner::settle_token(facts, options.owner_token.as_deref()).await?;
        let may_be_known_elsewhere = token.replaces && matches!(options.database, Database::Postgres(_));
        let news = may_be_known_elsewhere.then(|| {
            "the owner token is another one than before; servers that run already on this database go by the old one \
             until they are started again"
                .to_owned()
        });
        Ok(Known { secret, owner_token_hash: token.hash, new_owner_token: token.new, news })
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
    let lanes = Lanes::new(Duration::from_millis(options.wait_ms_max));
    match settle(&lanes, &readers).await {
        // It is looked for again soon; meanwhile the other parts are served.
        Err(StoreError::PartAway(cause)) => tracing::warn!(cause, "promotion that was cut short was not looked for"),
        settled => settled?,
    }
    let public_url = options.public_url.unwrap_or_else(|| format!("http://{address}"));
    let setup = setup::setup_link(&mut stores[0], &readers, &known.secret, clock::now()).await?;
    let setup_link = setup.map(|token| format!("{public_url}/l/{token}"));
    let people = People::new(lanes.clone(), readers.clone(), known.secret.clone(), options.people);
    let mut beside = vec![
        tokio::spawn(keep_settling(lanes.clone(), readers.clone())),
        tokio::spawn(expiry::keep_expiring(lanes.clone(), readers.clone())),
        tokio::spawn(people.clone().keep_sweeping()),
    ];
    if let Some(neighbours) = readers.neighbours() {
        beside.push(tokio::spawn(lanes.live().clone().keep_up_with(neighbours)));
    }
    let workers = lanes.start_workers(stores)?;
    let app = http::App::new(lanes.clone(), readers, known.secret, known.owner_token_hash, public_url.clone());
    let app = app.with_warnings(warnings.clone()).with_admission(options.admission);
    let app = app.with_pages(pages::router(people.clone())).with_people(people);
    let warnings = warnings.into_iter().chain(known.news).collect();
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

/// The secret, checked against the fingerprint of the one used so far.
async fn secret(facts: &mut impl Facts, options: &Options, file: Option<PathBuf>) -> anyhow::Result<Secret> {
    let is_known = facts.noted(SECRET_FINGERPRINT).await?.is_some();
    let text = match (&options.secret, &file) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => secret_from_file(file, is_known && options.new_secret == NewSecret::Refuse)?,
        (None, None) => bail!("a secret must be given where no file can hold it"),
    };
    if text.len() < SECRET_BYTES_MIN {
        bail!("the secret is too short: use at least {SECRET_BYTES_MIN} random characters");
    }
    let secret = Secret::new(text.as_bytes());
    let fingerprint = secret.fingerprint();
    if facts.note_first(SECRET_FINGERPRINT, &fingerprint).await? != fingerprint {
        if options.new_secret == NewSecret::Refuse {
            let places = file.map_or(String::new(), |file| format!(" or {}", file.display()));
            bail!(
                "this is not the secret that {} was used with, so no manage link that was given out would work: set \
                 the right one (HEADCOUNT_SECRET{places}), or accept that those links end with --new-secret",
                options.database
            );
        }
        facts.note(SECRET_FINGERPRINT, &fingerprint).await?;
    }
    Ok(secret)
}

/// What the file beside a data file holds; makes it if it is not there.
fn secret_from_file(file: &Path, must_be_there: bool) -> anyhow::Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && must_be_there => bail!(
            "the secret file {} is gone, and with it all manage links that were given out: put it back, or accept \
             that those links end with --new-secret",
            file.display()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_secret_file(file),
        Err(error) => Err(error).with_context(|| format!("cannot read the secret file {}", file.display())),
    }
}

/// Where the secret is of a data file that was given none.
pub(crate) fn secret_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".secret");
    PathBuf::from(name)
}

/// Makes the file, readable by its owner only, and has it on the disk before a link is made with it.
fn new_secret_file(file: &Path) -> anyhow::Result<String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let text = URL_SAFE_NO_PAD.encode(clock::random::<32>());
    let write = || -> std::io::Result<()> {
        let mut handle = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        writeln!(handle, "{text}")?;
        handle.sync_all()?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("cannot make the secret file {}", file.display()))?;
    Ok(text)
}
