//! The AppSecrets, which `access-token` alone reads.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use protocol::appid::Appid;
use serde::Deserialize;

use super::secrets::{self, SecretError};
use crate::secret::Secret;

/// An entry: `{"app_secret": "…"}`.
#[derive(Deserialize)]
#[serde(try_from = "Text")]
struct AppSecret(Secret);

/// No `Debug`: this is the secret itself.
#[derive(Deserialize)]
struct Text {
    app_secret: String,
}

impl TryFrom<Text> for AppSecret {
    type Error = &'static str;

    fn try_from(text: Text) -> Result<Self, Self::Error> {
        if text.app_secret.is_empty() {
            return Err("app_secret: must not be empty");
        }
        Ok(Self(Secret::new(text.app_secret)))
    }
}

/// Reads the AppSecret of each mini program, or why it has none. They are not kept: each is wanted once in two hours.
///
/// # Errors
/// [`SecretError`] where Secrets Manager does not answer or the secret is not set.
pub async fn app_secrets(
    client: &Client,
    arn: &str,
    default_appid: &Appid,
) -> Result<BTreeMap<Appid, Result<Secret, SecretError>>, SecretError> {
    let text = secrets::version(client, arn, "AWSCURRENT").await?;
    of_text(text.as_deref(), default_appid)
}

fn of_text(
    text: Option<&str>,
    default_appid: &Appid,
) -> Result<BTreeMap<Appid, Result<Secret, SecretError>>, SecretError> {
    let entries = secrets::entries::<AppSecret>(text, &["app_secret"], default_appid).map_err(SecretError::NotSet)?;
    let app_secret = |(appid, entry): (Appid, Result<AppSecret, secrets::Rule>)| {
        let app_secret = entry.map(|AppSecret(secret)| secret).map_err(|rule| SecretError::NotSet(rule.of(&appid)));
        (appid, app_secret)
    };
    Ok(entries.into_iter().map(app_secret).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mini_program_has_its_own_and_one_that_is_not_set_is_named() {
        let shop: Appid = "wxba5fad812f8e6fb9".parse().unwrap();
        let club: Appid = "wx00112233445566ff".parse().unwrap();
        let text = format!(r#"{{"app_secret":"hunter2","{club}":{{"app_secret":""}}}}"#);
        let secrets = of_text(Some(&text), &shop).unwrap();
        assert_eq!(secrets[&shop].as_ref().unwrap(), &Secret::new("hunter2"));
        let error = secrets[&club].as_ref().unwrap_err().to_string();
        assert_eq!(error, "the secret is not set: wx00112233445566ff: app_secret: must not be empty");
        assert_eq!(of_text(None, &shop).unwrap_err().to_string(), "the secret is not set: it has no value");
    }
}
