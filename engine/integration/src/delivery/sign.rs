//! Signatures in the way of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// How far the time in a signature may lie from the receiver's clock, in seconds.
const WINDOW: i64 = 300;

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// A header is missing or can't be read.
    Missing,
    /// It was made too long ago, or in the future.
    OutOfTime,
    /// It is of something else, or made with another secret.
    Wrong,
}

/// The bytes of a secret: what follows `whsec_` is base64, anything else is taken as it is.
fn key(secret: &str) -> Vec<u8> {
    match secret.strip_prefix("whsec_").map(|encoded| STANDARD.decode(encoded)) {
        Some(Ok(bytes)) => bytes,
        _ => secret.as_bytes().to_vec(),
    }
}

fn mac(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(mac)
}

/// The value of `webhook-signature`.
pub fn sign(secret: &str, id: &str, at: Timestamp, body: &[u8]) -> String {
    let tag = mac(secret, id, at.as_second(), body).map(|mac| STANDARD.encode(mac.finalize().into_bytes()));
    format!("v1,{}", tag.unwrap_or_default())
}

/// Checks the three headers of a message: one of its signatures must hold. Takes the same time whichever byte differs.
///
/// # Errors
/// When it does not hold, and why.
pub fn verify(
    secret: &str,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: Timestamp,
) -> Result<(), Unsigned> {
    let seconds: i64 = timestamp.parse().map_err(|_| Unsigned::Missing)?;
    if id.is_empty() || signatures.is_empty() {
        return Err(Unsigned::Missing);
    }
    if now.as_second().saturating_sub(seconds).saturating_abs() > WINDOW {
        return Err(Unsigned::OutOfTime);
    }
    let holds = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
        let mac = mac(secret, id, seconds, body);
        tag.zip(mac).is_some_and(|(tag, mac)| mac.verify_slice(&tag).is_ok())
    };
    if signatures.split(' ').any(holds) { Ok(()) } else { Err(Unsigned::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_known_example_holds() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, at) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp::from_second(1_614_265_330).unwrap());
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(secret, id, at, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let check = |id: &str, time: &str, signature: &str, body: &[u8], late: i64| {
            verify(secret, (id, time, signature), body, Timestamp::from_second(1_614_265_330 + late).unwrap())
        };
        assert_eq!(check(id, "1614265330", &signature, body, 299), Ok(()));
        assert_eq!(check(id, "1614265330", &format!("v1,AAAA {signature}"), body, -300), Ok(()));
        assert_eq!(check(id, "1614265330", &signature, body, 301), Err(Unsigned::OutOfTime));
        assert_eq!(check(id, "1614265330", &signature, body, -301), Err(Unsigned::OutOfTime));
        assert_eq!(check("other", "1614265330", &signature, body, 0), Err(Unsigned::Wrong));
        assert_eq!(check(id, "1614265331", &signature, body, 0), Err(Unsigned::Wrong));
        assert_eq!(check(id, "1614265330", &signature, b"{}", 0), Err(Unsigned::Wrong));
        assert_eq!(check(id, "soon", &signature, body, 0), Err(Unsigned::Missing));
        assert_eq!(check(id, "1614265330", "", body, 0), Err(Unsigned::Missing));
        assert_eq!(verify("other", (id, "1614265330", &signature), body, at), Err(Unsigned::Wrong));
    }
}
