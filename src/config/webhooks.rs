//! How webhooks are delivered.

use clap::{Args, ValueEnum};

use crate::hooks::{Certificates, Reach, Settings};

/// How webhooks are delivered.
#[derive(Args, Clone, Debug)]
pub(super) struct WebhookArgs {
    /// Whether webhooks may lead into this machine and its network, and go without TLS: for trying them out only, as
    /// whoever makes a webhook could reach what only this server should.
    #[arg(long, env = "HEADCOUNT_WEBHOOK_PRIVATE", value_enum, default_value_t = Private::Off)]
    webhook_private: Private,
    /// A PEM file with certificates that receivers of webhooks may have, beside those that this system trusts.
    #[arg(long, value_name = "FILE", env = "HEADCOUNT_WEBHOOK_CA", value_parser = Certificates::read)]
    webhook_ca: Option<Certificates>,
}

/// Whether webhooks may lead into this machine and its network.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Private {
    /// They may.
    On,
    /// They may not.
    Off,
}

impl From<WebhookArgs> for Settings {
    fn from(args: WebhookArgs) -> Settings {
        let reach = match args.webhook_private {
            Private::On => Reach::Anywhere,
            Private::Off => Reach::Public,
        };
        Settings { reach, certificates: args.webhook_ca.unwrap_or_default(), ..Settings::default() }
    }
}
