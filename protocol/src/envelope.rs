//! The envelope of a push: which mode and format it came in, whether it is WeChat's, and what it holds.
//!
//! The query and the body are the sender's to choose, so neither decides what is checked: [`PushRules::mode`] does.
//! From the page "消息推送" (message push): in compat and safe mode `msg_signature` covers `Encrypt`, and the fields
//! beside it are not signed and not read.

use serde_json::Value;

use crate::credentials::Credentials;
use crate::crypto::DecryptError;
use crate::fields::{self, FieldsError};
use crate::format::Format;
use crate::mode::Mode;
use crate::push::{Kind, NoMsgType, Push};
use crate::signature;

/// The query parameters that WeChat signs with. `openid` is among WeChat's too; it is signed by nobody and not read.
#[derive(Debug, Clone, Copy, Default)]
pub struct PushQuery<'a> {
    /// Signs a plain push and the URL verification.
    pub signature: Option<&'a str>,
    /// When WeChat sent the push, seconds since the epoch in digits.
    pub timestamp: Option<&'a str>,
    /// A random text of WeChat's.
    pub nonce: Option<&'a str>,
    /// `aes` for compat and safe mode; missing or `raw` for plain.
    pub encrypt_type: Option<&'a str>,
    /// Signs an encrypted push.
    pub msg_signature: Option<&'a str>,
}

/// What a push must fulfil.
#[derive(Debug, Clone, Copy)]
pub struct PushRules<'a> {
    /// The mini program that pushes are for.
    pub appid: &'a str,
    /// A push in a weaker mode is refused.
    pub mode: Mode,
    /// How far `timestamp` may be from now, either way. 0 accepts any.
    pub tolerance_seconds: i64,
    /// The same for a payment (`xpay_*`), which WeChat repeats for hours, if that is more.
    pub payment_tolerance_seconds: i64,
    /// The current pair, and the previous one while a rotation is under way. Either verifies. None if the mini program is
    /// not known.
    pub credentials: &'a [Credentials],
}

/// A push that is WeChat's.
#[derive(Debug)]
pub struct Opened<'a> {
    /// What WeChat says.
    pub push: Push,
    /// What a reply to it is sealed with.
    pub seal: Seal<'a>,
}

/// How the reply to a push is written, signed and encrypted: as the push was.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// The push's mode.
    pub mode: Mode,
    /// The push's format.
    pub format: Format,
    /// The push's nonce, which the reply repeats.
    pub nonce: &'a str,
    /// The appid that the reply is encrypted for.
    pub appid: &'a str,
    /// The pair that the push verified with.
    pub credentials: &'a Credentials,
}

/// Why a push is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing proves that it is WeChat's.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// WeChat signed it, and still it cannot be read.
    #[error("authentic but unreadable: {0}")]
    Unreadable(#[from] Unreadable),
}

/// What is wrong with a push that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature that its mode needs, `timestamp` or `nonce` is missing.
    #[error("signature_missing")]
    SignatureMissing,
    /// The signature is not ours.
    #[error("signature_wrong")]
    SignatureWrong,
    /// `timestamp` is not a number.
    #[error("timestamp_malformed")]
    TimestampMalformed,
    /// `timestamp` is too far from now.
    #[error("timestamp_outside_tolerance")]
    TimestampOutsideTolerance,
    /// It came in a weaker mode than [`PushRules::mode`], or lacks what its mode consists of.
    #[error("weaker_mode")]
    WeakerMode,
    /// The mini program that it is addressed to is not known.
    #[error("unknown_appid")]
    UnknownAppid,
    /// It was encrypted for another mini program.
    #[error("wrong_appid")]
    WrongAppid,
    /// There is no envelope to check a signature against.
    #[error("envelope_malformed")]
    EnvelopeMalformed,
}

/// What is wrong with a push that WeChat signed.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// `Encrypt` does not decrypt.
    #[error("{0}")]
    Decrypt(#[source] DecryptError),
    /// The message is in neither format.
    #[error("{0}")]
    Fields(#[source] FieldsError),
    /// Nothing says what it is.
    #[error(transparent)]
    NoMsgType(#[from] NoMsgType),
}

impl PushRules<'_> {
    fn knows_the_mini_program(&self) -> Result<(), Refusal> {
        if self.credentials.is_empty() { Err(Refusal::UnknownAppid) } else { Ok(()) }
    }
}

/// Checks a URL verification (GET): its `signature` covers `timestamp` and `nonce` in every mode.
///
/// # Errors
/// [`Refusal`] where it is not signed by one of the credentials or outside the tolerance.
pub fn verify_url(query: &PushQuery<'_>, rules: &PushRules<'_>, now_seconds: i64) -> Result<(), Refusal> {
    rules.knows_the_mini_program()?;
    let (timestamp, nonce) = signed_parts(query)?;
    let received = query.signature.ok_or(Refusal::SignatureMissing)?;
    let mut matching = rules
        .credentials
        .iter()
        .filter(|pair| signature::is_equal(&signature::sign(&pair.token, timestamp, nonce), received));
    matching.next().ok_or(Refusal::SignatureWrong)?;
    Age::of(timestamp, rules, now_seconds)?.accept(None)
}

/// Verifies, decrypts and parses a push (POST).
///
/// # Errors
/// [`OpenError`]; nothing of a refused push may be told to its sender.
pub fn open<'a>(
    query: &PushQuery<'a>,
    body: &[u8],
    rules: &PushRules<'a>,
    now_seconds: i64,
) -> Result<Opened<'a>, OpenError> {
    rules.knows_the_mini_program()?;
    match query.encrypt_type {
        Some("aes") => open_encrypted(query, body, rules, now_seconds),
        None | Some("" | "raw") if rules.mode == Mode::Plain => open_plain(query, body, rules, now_seconds),
        _ => Err(Refusal::WeakerMode.into()),
    }
}

fn open_plain<'a>(
    query: &PushQuery<'a>,
    body: &[u8],
    rules: &PushRules<'a>,
    now_seconds: i64,
) -> Result<Opened<'a>, OpenError> {
    let (timestamp, nonce) = signed_parts(query)?;
    let received = query.signature.ok_or(Refusal::SignatureMissing)?;
    let credentials = rules
        .credentials
        .iter()
        .find(|pair| signature::is_equal(&signature::sign(&pair.token, timestamp, nonce), received))
        .ok_or(Refusal::SignatureWrong)?;
    let age = Age::of(timestamp, rules, now_seconds)?;
    let read = || {
        let (format, fields) = fields::read(body).map_err(Unreadable::Fields)?;
        Ok((format, Push::new(fields)?))
    };
    let (format, push) = age.accept_read(read())?;
    let seal = Seal { mode: Mode::Plain, format, nonce, appid: rules.appid, credentials };
    Ok(Opened { push, seal })
}

fn open_encrypted<'a>(
    query: &PushQuery<'a>,
    body: &[u8],
    rules: &PushRules<'a>,
    now_seconds: i64,
) -> Result<Opened<'a>, OpenError> {
    let (timestamp, nonce) = signed_parts(query)?;
    let received = query.msg_signature.ok_or(Refusal::SignatureMissing)?;
    let (format, envelope) = fields::read(body).map_err(|_| Refusal::EnvelopeMalformed)?;
    let Some(Value::String(encrypt)) = envelope.get("Encrypt") else { return Err(Refusal::WeakerMode.into()) };
    let mode = if envelope.contains_key("MsgType") { Mode::Compat } else { Mode::Safe };

    let mut matching = rules
        .credentials
        .iter()
        .filter(|pair| {
            signature::is_equal(&signature::sign_encrypted(&pair.token, timestamp, nonce, encrypt), received)
        })
        .peekable();
    matching.peek().ok_or(Refusal::SignatureWrong)?;
    let age = Age::of(timestamp, rules, now_seconds)?;
    if mode < rules.mode {
        return Err(Refusal::WeakerMode.into());
    }

    let mut failure = None;
    for credentials in matching {
        match credentials.encoding_aes_key.decrypt(encrypt, rules.appid) {
            Ok(message) => {
                let read = || {
                    let (_, fields) = fields::read(&message).map_err(Unreadable::Fields)?;
                    Ok(((), Push::new(fields)?))
                };
                let ((), push) = age.accept_read(read())?;
                let seal = Seal { mode, format, nonce, appid: rules.appid, credentials };
                return Ok(Opened { push, seal });
            }
            Err(error) => failure = Some(error),
        }
    }
    // A push that is too old is told by its age, whatever else is wrong with it.
    age.accept(None)?;
    Err(match failure {
        Some(DecryptError::Appid) => Refusal::WrongAppid.into(),
        Some(error) => Unreadable::Decrypt(error).into(),
        None => Refusal::SignatureWrong.into(),
    })
}

fn signed_parts<'a>(query: &PushQuery<'a>) -> Result<(&'a str, &'a str), Refusal> {
    query.timestamp.zip(query.nonce).ok_or(Refusal::SignatureMissing)
}

/// How far a timestamp is from now, and how far it may be. Asked only of a timestamp that is signed: a wrong clock is told
/// apart from a forged push.
struct Age {
    is_within_tolerance: bool,
    is_within_payment_tolerance: bool,
}

impl Age {
    fn of(timestamp: &str, rules: &PushRules<'_>, now_seconds: i64) -> Result<Self, Refusal> {
        let timestamp: i64 = timestamp.parse().map_err(|_| Refusal::TimestampMalformed)?;
        let distance = now_seconds.saturating_sub(timestamp).saturating_abs();
        let is_within_tolerance = rules.tolerance_seconds == 0 || distance <= rules.tolerance_seconds;
        let is_within_payment_tolerance = is_within_tolerance || distance <= rules.payment_tolerance_seconds;
        // What no push may exceed needs no reading.
        is_within_payment_tolerance.then_some(()).ok_or(Refusal::TimestampOutsideTolerance)?;
        Ok(Self { is_within_tolerance, is_within_payment_tolerance })
    }

    fn accept(&self, push: Option<&Push>) -> Result<(), Refusal> {
        let is_payment = push.is_some_and(|push| push.kind() == Kind::Payment);
        let accepts = self.is_within_tolerance || (is_payment && self.is_within_payment_tolerance);
        accepts.then_some(()).ok_or(Refusal::TimestampOutsideTolerance)
    }

    /// Which tolerance holds is known only of a push that is read.
    fn accept_read<F>(&self, read: Result<(F, Push), Unreadable>) -> Result<(F, Push), OpenError> {
        self.accept(read.as_ref().ok().map(|(_, push)| push))?;
        Ok(read?)
    }
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
