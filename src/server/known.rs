//! What a server must know before it can answer: its secret, and the owner's token. Given, noted before, or made.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{NewSecret, Options, SECRET_BYTES_MIN, SECRET_FINGERPRINT, owner};
use crate::clock;
use crate::secret::Secret;
use crate::store::sqlite::{beside, folder_of};
use crate::store::{Database, Facts};

/// What a server must know before it can answer.
pub(super) struct Known {
    pub(super) secret: Secret,
    pub(super) owner_token_hash: String,
    pub(super) new_owner_token: Option<String>,
    /// What servers that run already on the same database do not know.
    pub(super) news: Option<String>,
}

impl Known {
    /// As the options say or as it was noted before, and notes it.
    pub(super) async fn settle(
        facts: &mut impl Facts,
        options: &Options,
        secret_file: Option<PathBuf>,
    ) -> anyhow::Result<Known> {
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

/// The secret, checked against the fingerprint of the one used so far.
pub(super) async fn secret(facts: &mut impl Facts, options: &Options, file: Option<PathBuf>) -> anyhow::Result<Secret> {
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
    beside(database, ".secret")
}

/// Makes the file, readable by its owner only, and has it on the disk before a link is made with it. Whoever is killed
/// meanwhile leaves no file of this name, or a whole one.
fn new_secret_file(file: &Path) -> anyhow::Result<String> {
    let text = URL_SAFE_NO_PAD.encode(clock::random::<32>());
    let unfinished = beside(file, ".unfinished");
    let write = || -> std::io::Result<()> {
        // A link to nowhere is not to be replaced.
        if file.symlink_metadata().is_ok() {
            return Err(std::io::ErrorKind::AlreadyExists.into());
        }
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write_secret(&unfinished, &text)?;
        std::fs::rename(&unfinished, file)?;
        std::fs::File::open(folder_of(file))?.sync_all()
    };
    write().with_context(|| format!("cannot make the secret file {}", file.display()))?;
    Ok(text)
}

/// Writes a secret to a file that is not there yet, readable by its owner only, and has it on the disk.
///
/// # Errors
/// If something has the name, or the file cannot be written.
pub(crate) fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}
