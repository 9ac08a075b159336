//! Mail: sends what stands in the outbox.
//!
//! Whoever has something mailed writes an order into the outbox, in the transaction of its cause (see `outbox`); nobody
//! waits for a mail server. The [`Sender`] of each server takes up what is due, looks up what it is about and where it goes
//! (`lookup`), puts it into words (`letters`, [`crate::words`], `render`) and hands it over (`transport`). Every order is
//! carried out at least once, also over crashes; a message that comes twice has the same Message-ID.
//!
//! It must never write to a log or keep in the database to whom something goes, nor send to an address something that a
//! stranger wrote.

pub mod kept;
mod letters;
mod lookup;
mod news;
mod options;
pub mod outbox;
mod reminders;
mod render;
mod sender;
mod spread;
mod test;
mod transport;
mod url;

pub use options::{MailFrom, MailOptions};
pub use reminders::{NotOrdered, keep_reminding, remind};
pub use sender::{Mailing, Passed, Sender};
pub use test::{Tried, send_test};
pub use transport::{Failure, Step};
pub use url::SmtpUrl;
