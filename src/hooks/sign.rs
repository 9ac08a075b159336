//! Signatures as in the Standard Webhooks specification (version 1, symmetric): so a receiver checks them with a library
//! it already has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headcount_core::ids::Millis;
use hmac::{Hmac, KeyInit, Mac};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use uuid::Uuid;

use crate::secret::Secret;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The signing secret as the receiver gets it: `whsec_` and the key in base64. It is derived, and stored nowhere.
pub fn signing_secret(secret: &Secret, webhook: Uuid, version: u32) -> String {
    format!("whsec_{}", STANDARD.encode(secret.webhook_key(webhook, version)))
}

/// The headers that say what message it is and prove whose, at a time.
pub(super) fn headers(key: &[u8], message: Uuid, now: Millis, body: &str) -> HeaderMap {
    let seconds = now.0.div_euclid(1_000).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [message.to_string().as_str(), ".", &seconds, ".", body] {
        mac.update(part.as_bytes());
    }
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let value = |text: String| HeaderValue::try_from(text).expect("letters and digits are a header value");
    HeaderMap::from_iter([(ID, value(message.to_string())), (TIMESTAMP, value(seconds)), (SIGNATURE, value(signature))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_id_time_and_body() {
        let (key, id, now) = ([7; 32], Uuid::from_u128(1), Millis(1_700_000_000_999));
        let signature = |key: &[u8], id, now, body| headers(key, id, now, body)[SIGNATURE].to_str().unwrap().to_owned();
        let first = signature(&key, id, now, "{}");
        assert_eq!(headers(&key, id, now, "{}")[TIMESTAMP], "1700000000");
        assert_eq!(first, signature(&key, id, Millis(1_700_000_000_000), "{}"), "the time counts in seconds");
        let others = [
            signature(&[8; 32], id, now, "{}"),
            signature(&key, Uuid::from_u128(2), now, "{}"),
            signature(&key, id, Millis(now.0 + 1_000), "{}"),
            signature(&key, id, now, "{ }"),
        ];
        assert!(others.iter().all(|other| *other != first), "{first} {others:?}");
    }

    #[test]
    fn a_secret_is_a_key_of_32_bytes_that_changes_with_its_version() {
        let secret = Secret::new(b"0123456789abcdef");
        let text = signing_secret(&secret, Uuid::from_u128(1), 1);
        let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key, secret.webhook_key(Uuid::from_u128(1), 1));
        assert_eq!(key.len(), 32);
        assert_ne!(text, signing_secret(&secret, Uuid::from_u128(1), 2));
        assert_ne!(text, signing_secret(&secret, Uuid::from_u128(2), 1));
    }
}
