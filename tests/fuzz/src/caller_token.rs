//! A caller token, which anybody may send to the SDK gateway.

use protocol::caller::{CallerName, CallerSecret};
use protocol::caller_token::{CallerToken, LIFETIME_SECONDS};

use crate::limits::timed;

const NOW: i64 = 1_714_112_445;
const SECRET: &str = "hostile-input-hostile-input-hostile-input";
const OTHER: &str = "another-secret-another-secret-another-secret";

/// Nobody makes a token without the secret: neither as a text of their own, nor of a real one in which they change a byte.
pub(crate) fn check(input: &[u8]) {
    let (Ok(secret), Ok(other)) = (CallerSecret::new(SECRET), CallerSecret::new(OTHER)) else { return };
    let secrets = [other.clone(), secret.clone()];
    let (Ok(caller), Ok(appid)) = ("shop-backend".parse::<CallerName>(), "wxba5fad812f8e6fb9".parse()) else { return };
    let issued = CallerToken::issue(&secret, &caller, &appid, NOW);
    let real = CallerToken::read(&issued);
    assert!(real.as_ref().is_ok_and(|token| token.verify(&secrets, NOW).is_ok() && *token.appid() == appid));
    assert!(real.as_ref().is_ok_and(|token| token.verify(&[other], NOW).is_err()));
    assert!(real.is_ok_and(|token| token.verify(&secrets, NOW.saturating_add(LIFETIME_SECONDS)).is_err()));

    // The fuzzer watches comparisons, and so it comes to know the real token.
    for text in [String::from_utf8_lossy(input).into_owned(), changed(&issued, input)] {
        if let Ok(token) = timed(|| CallerToken::read(&text)) {
            assert!(text == issued || token.verify(&secrets, NOW).is_err(), "{text} passes for {issued}");
        }
    }
}

/// Each pair of bytes puts a character at a place; what is left over is appended.
fn changed(issued: &str, changes: &[u8]) -> String {
    let mut bytes = issued.as_bytes().to_vec();
    let (pairs, rest) = changes.as_chunks::<2>();
    for [place, byte] in pairs {
        if let Some(at) = bytes.get_mut(usize::from(*place)) {
            *at = *byte;
        }
    }
    bytes.extend(rest);
    String::from_utf8_lossy(&bytes).into_owned()
}
