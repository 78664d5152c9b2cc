//! Whatever is not exactly a token that was issued is refused.

use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_700_000_000;

fn secret(text: &str) -> CallerSecret {
    CallerSecret::new(&text.repeat(32)).unwrap()
}

fn name(text: &str) -> CallerName {
    text.parse().unwrap()
}

fn shop() -> Appid {
    "wxba5fad812f8e6fb9".parse().unwrap()
}

fn club() -> Appid {
    "wx00112233445566ff".parse().unwrap()
}

fn issued() -> String {
    CallerToken::issue(&secret("s"), &name("shop-backend"), &shop(), NOW)
}

/// Whether a text is a token of the caller whose secret is `s`.
fn verified(text: &str, now_seconds: i64) -> Result<(), CallerTokenError> {
    CallerToken::read(text)?.verify(&[secret("s")], now_seconds)
}

/// Signs anything, as somebody who knows the secret could.
fn forged(secret: &CallerSecret, claims: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([&mac(secret, claims).finalize().into_bytes()[..], claims].concat())
}

#[test]
fn a_token_says_whose_it_is_until_it_expires() {
    let text = issued();
    let token = CallerToken::read(&text).unwrap();
    assert_eq!((token.caller(), token.appid()), (&name("shop-backend"), &shop()));
    assert_eq!(verified(&text, NOW), Ok(()));
    assert_eq!(verified(&text, NOW + LIFETIME_SECONDS - 1), Ok(()));
    assert_eq!(verified(&text, NOW + LIFETIME_SECONDS), Err(CallerTokenError::Expired));
    assert_eq!(verified(&text, i64::MAX), Err(CallerTokenError::Expired));
}

#[test]
fn the_longest_token_fits_into_what_sdks_keep_room_for() {
    let longest = CallerToken::issue(&secret("s"), &name(&"n".repeat(64)), &shop(), NOW);
    assert!(longest.len() <= MAX_TEXT_BYTES, "{}", longest.len());
    assert_eq!(verified(&longest, NOW), Ok(()));
}

#[test]
fn either_secret_of_a_rotation_verifies_and_none_that_is_gone() {
    let token = CallerToken::read(&issued()).unwrap();
    assert_eq!(token.verify(&[secret("n"), secret("s")], NOW), Ok(()));
    for secrets in [&[][..], &[secret("n")], &[secret("n"), secret("o")]] {
        assert_eq!(token.verify(secrets, NOW), Err(CallerTokenError::Invalid), "{secrets:?}");
        // Nobody learns from an expired token whether it was ever one.
        assert_eq!(token.verify(secrets, i64::MAX), Err(CallerTokenError::Invalid), "{secrets:?}");
    }
}

#[test]
fn the_clocks_of_two_machines_may_differ_a_little() {
    assert_eq!(verified(&issued(), NOW - 60), Ok(()));
    assert_eq!(verified(&issued(), NOW - 61), Err(CallerTokenError::Invalid));
}

#[test]
fn a_token_that_ends_too_late_is_forged_whoever_signed_it() {
    for expires_at in [NOW + LIFETIME_SECONDS + 61, i64::MAX] {
        let text = forged(&secret("s"), &claims(&name("shop-backend"), &shop(), expires_at));
        assert_eq!(verified(&text, NOW), Err(CallerTokenError::Invalid), "{expires_at}");
    }
    for expires_at in [NOW, 0, -1, i64::MIN] {
        let text = forged(&secret("s"), &claims(&name("shop-backend"), &shop(), expires_at));
        assert_eq!(verified(&text, NOW), Err(CallerTokenError::Expired), "{expires_at}");
    }
}

#[test]
fn another_callers_or_another_appids_name_does_not_pass_under_this_signature() {
    let text = issued();
    let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
    let (mac, _) = bytes.split_at(MAC_BYTES);
    let expires_at = NOW + LIFETIME_SECONDS;
    for other in [
        claims(&name("club-backend"), &shop(), expires_at),
        claims(&name("shop-backend"), &club(), expires_at),
        claims(&name("shop-backend"), &shop(), expires_at + 1),
        claims(&name("shop-backend-"), &shop(), expires_at),
        claims(&name("shop-backen"), &shop(), expires_at),
    ] {
        let text = URL_SAFE_NO_PAD.encode([mac, &other].concat());
        assert_eq!(verified(&text, NOW), Err(CallerTokenError::Invalid));
    }
}

#[test]
fn what_is_signed_for_another_purpose_is_no_token() {
    let claims = claims(&name("shop-backend"), &shop(), NOW + 1);
    let mut without_label = secret("s").mac();
    without_label.update(&claims);
    let text = URL_SAFE_NO_PAD.encode([&without_label.finalize().into_bytes()[..], &claims].concat());
    assert_eq!(verified(&text, NOW), Err(CallerTokenError::Invalid));
}

#[test]
fn a_token_has_one_text() {
    // The lengths that base64 ends differently for: one name's length decides.
    for name_bytes in 1..=6 {
        let text = CallerToken::issue(&secret("s"), &name(&"n".repeat(name_bytes)), &shop(), NOW);
        let standard = base64::engine::general_purpose::STANDARD.encode(URL_SAFE_NO_PAD.decode(&text).unwrap());
        for other in [
            format!("{text}="),
            format!("{text}=="),
            format!("{text}A"),
            format!("{text}\n"),
            format!(" {text}"),
            format!("%20{text}"),
            text.replacen('A', "%41", 1),
            format!("{standard}="),
            // Standard base64 is the same text where it needs neither of its two own characters nor padding.
            if standard == text { String::new() } else { standard },
        ] {
            if other != text {
                assert_eq!(verified(&other, NOW), Err(CallerTokenError::Invalid), "{other}");
            }
        }
    }
}

#[test]
fn spare_bits_are_refused() {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut refused = 0;
    for name_bytes in 1..=3 {
        let text = CallerToken::issue(&secret("s"), &name(&"n".repeat(name_bytes)), &shop(), NOW);
        let (start, last) = text.split_at(text.len() - 1);
        for digit in DIGITS.iter().filter(|digit| [**digit] != *last.as_bytes()) {
            assert_eq!(verified(&format!("{start}{}", char::from(*digit)), NOW), Err(CallerTokenError::Invalid));
            refused += 1;
        }
    }
    assert_eq!(refused, 3 * 63);
}

#[test]
fn what_is_too_short_too_long_or_no_text_at_all_is_refused() {
    for text in ["", "A", "e30.e30.", &"A".repeat(76), &"A".repeat(257), &"A".repeat(1_000_000), "\0", "汉字"] {
        assert_eq!(CallerToken::read(text), Err(CallerTokenError::Invalid));
    }
}

fn any_name() -> impl Strategy<Value = CallerName> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| text.parse().unwrap())
}

fn any_secret() -> impl Strategy<Value = CallerSecret> {
    "[!-~]{32,256}".prop_map(|text| CallerSecret::new(&text).unwrap())
}

fn any_appid() -> impl Strategy<Value = Appid> {
    "wx[0-9a-f]{16}".prop_map(|text| text.parse().unwrap())
}

proptest! {
    #[test]
    fn any_caller_gets_a_token_that_names_it(
        secret in any_secret(), caller in any_name(), appid in any_appid(), now in 0..i64::MAX - LIFETIME_SECONDS,
    ) {
        let text = CallerToken::issue(&secret, &caller, &appid, now);
        let token = CallerToken::read(&text).unwrap();
        prop_assert_eq!((token.caller(), token.appid()), (&caller, &appid));
        prop_assert_eq!(token.verify(&[secret], now), Ok(()));
    }

    #[test]
    fn no_other_secret_verifies(signed in any_secret(), other in any_secret(), caller in any_name(), appid in any_appid()) {
        prop_assume!(signed != other);
        let token = CallerToken::read(&CallerToken::issue(&signed, &caller, &appid, NOW)).unwrap();
        prop_assert_eq!(token.verify(&[other], NOW), Err(CallerTokenError::Invalid));
    }

    #[test]
    fn one_changed_bit_is_refused(caller in any_name(), byte in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let text = CallerToken::issue(&secret("s"), &caller, &shop(), NOW);
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        let at = byte.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(verified(&URL_SAFE_NO_PAD.encode(bytes), NOW), Err(CallerTokenError::Invalid));
    }

    #[test]
    fn whatever_is_cut_off_or_added_is_refused(caller in any_name(), kept in any::<prop::sample::Index>(), more in "[A-Za-z0-9_=-]{1,8}") {
        let text = CallerToken::issue(&secret("s"), &caller, &shop(), NOW);
        prop_assert_eq!(verified(text.split_at(kept.index(text.len())).0, NOW), Err(CallerTokenError::Invalid));
        prop_assert_eq!(verified(&format!("{text}{more}"), NOW), Err(CallerTokenError::Invalid));
        prop_assert_eq!(verified(&format!("{more}{text}"), NOW), Err(CallerTokenError::Invalid));
    }

    #[test]
    fn no_text_that_was_not_issued_verifies(text in "[A-Za-z0-9_+/=.-]{0,260}") {
        prop_assert_eq!(verified(&text, NOW), Err(CallerTokenError::Invalid));
    }

    #[test]
    fn nothing_that_comes_in_makes_it_panic(text in any::<String>()) {
        let _ = CallerToken::read(&text);
    }
}
