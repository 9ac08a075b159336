//! What is derived from the server's secret, and therefore never stored: the tag that stands for a person in the log,
//! and manage links.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headcount_core::ids::{EventId, RegistrationId};
use headcount_core::person::{Person, Tag};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The server's secret. Whoever has it can make manage links.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// A manage link that this server made: it lets its holder manage one registration, as long as the registration's link
/// version is the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Link {
    pub event: EventId,
    pub registration: RegistrationId,
    pub version: u32,
}

const LINK_BYTES: usize = 16 + 16 + 4 + 32;
const TOKEN_BYTES: usize = 16 + 32;

impl Secret {
    /// From any bytes; at least 16, of good randomness.
    pub fn new(bytes: &[u8]) -> Secret {
        Secret(Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length"))
    }

    /// The person with this key, for one event.
    pub fn person(&self, event: EventId, key: String) -> Person {
        let mac = self.mac(b"person", &[event.0.as_bytes(), key.as_bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac[..16]);
        Person { key, tag: Tag(tag) }
    }

    /// The token of a manage link: base64url of event, registration, version and a keyed hash over them.
    pub fn link_token(&self, link: Link) -> String {
        let mut bytes = Vec::with_capacity(LINK_BYTES);
        bytes.extend_from_slice(link.event.0.as_bytes());
        bytes.extend_from_slice(link.registration.0.as_bytes());
        bytes.extend_from_slice(&link.version.to_be_bytes());
        bytes.extend_from_slice(&self.mac(b"link", &[&bytes]));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; none if this server did not make it.
    pub fn read_link(&self, token: &str) -> Option<Link> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == LINK_BYTES)?;
        let (named, mac) = bytes.split_at(LINK_BYTES - 32);
        if !bool::from(self.mac(b"link", &[named]).ct_eq(mac)) {
            return None;
        }
        let id = |from: usize| Uuid::from_slice(&named[from..from + 16]).ok();
        let version = u32::from_be_bytes(named[32..].try_into().ok()?);
        Some(Link { event: EventId(id(0)?), registration: RegistrationId(id(16)?), version })
    }

    /// The key that a webhook's deliveries are signed with. Raising the version gives another one.
    pub fn webhook_key(&self, webhook: Uuid, version: u32) -> [u8; 32] {
        self.mac(b"webhook", &[webhook.as_bytes(), &version.to_be_bytes()])
    }

    /// The token of what stands in the database under `id`: base64url of the id and a keyed hash over it and its purpose.
    pub fn token(&self, purpose: &str, id: Uuid) -> String {
        let mac = self.mac(b"token", &[purpose.as_bytes(), id.as_bytes()]);
        URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &mac].concat())
    }

    /// The id in a token; none if this server did not make it for this purpose.
    pub fn read_token(&self, purpose: &str, token: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == TOKEN_BYTES)?;
        let (id, mac) = bytes.split_at(TOKEN_BYTES - 32);
        let is_ours = bool::from(self.mac(b"token", &[purpose.as_bytes(), id]).ct_eq(mac));
        Uuid::from_slice(id).ok().filter(|_| is_ours)
    }

    /// An id made of a text, from which nobody else can tell whether it was made of it.
    pub fn id_of(&self, purpose: &str, text: &str) -> Uuid {
        let mac = self.mac(b"id", &[purpose.as_bytes(), text.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Tells two secrets apart without giving either away.
    pub fn fingerprint(&self) -> String {
        self.mac(b"fingerprint", &[]).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn mac(&self, purpose: &[u8], fields: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for field in std::iter::once(&purpose).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The id of an event that is created with an idempotency key: a repeat finds the event that is there.
pub fn event_id_from_key(who: &str, key: &str) -> EventId {
    EventId(id_from_key("event", who, key))
}

/// The id of what is made with an idempotency key: a repeat finds what is there.
pub fn id_from_key(kind: &str, who: &str, key: &str) -> Uuid {
    let mut digest = Sha256::new();
    for field in [kind, who, key] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The hash of a token, as it is stored.
pub fn token_hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use headcount_simulation::spoil::try_all;

    use super::*;

    fn link() -> Link {
        Link { event: EventId(Uuid::from_u128(1)), registration: RegistrationId(Uuid::from_u128(2)), version: 3 }
    }

    #[test]
    fn a_link_is_read_only_by_the_secret_that_made_it() {
        let secret = Secret::new(b"0123456789abcdef");
        let token = secret.link_token(link());
        assert_eq!(secret.read_link(&token), Some(link()));
        assert_eq!(secret.link_token(link()), token, "a replay gives the same link");
        assert_eq!(Secret::new(b"another secret..").read_link(&token), None);
        for wrong in ["", "x", &token[1..], &format!("{token}A"), &token.to_uppercase()] {
            assert_eq!(secret.read_link(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_read_only_for_the_purpose_it_was_made_for() {
        let (secret, id) = (Secret::new(b"0123456789abcdef"), Uuid::from_u128(7));
        let token = secret.token("door", id);
        assert_eq!(secret.read_token("door", &token), Some(id));
        assert_eq!(secret.read_token("setup", &token), None);
        assert_eq!(Secret::new(b"another secret..").read_token("door", &token), None);
        for wrong in ["", "x", &token[1..], &format!("{token}A"), &secret.link_token(link())] {
            assert_eq!(secret.read_token("door", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_bit_of_a_token_counts() {
        let secret = Secret::new(b"0123456789abcdef");
        let bytes = URL_SAFE_NO_PAD.decode(secret.link_token(link())).expect("valid base64");
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(secret.read_link(&URL_SAFE_NO_PAD.encode(forged)), None, "bit {bit}");
        }
    }

    #[test]
    fn an_event_made_twice_with_one_key_has_one_id() {
        assert_eq!(event_id_from_key("owner", "k"), event_id_from_key("owner", "k"));
        assert_ne!(event_id_from_key("owner", "k"), event_id_from_key("ownerk", ""));
    }

    #[test]
    fn whatever_is_shown_as_a_token_is_none_but_the_one_that_was_made() {
        let secret = Secret::new(b"0123456789abcdef");
        let (made, door) = (secret.link_token(link()), secret.token("door", Uuid::from_u128(7)));
        try_all(&[&made, &door], |text| {
            assert_eq!(secret.read_link(text).is_some(), text == made);
            assert_eq!(secret.read_token("door", text).is_some(), text == door);
        });
    }
}
