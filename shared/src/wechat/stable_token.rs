//! The access token, from the page "`stable_token`" (获取稳定版接口调用凭据): repeated calls return the same token.

use serde_json::{Map, Value, json};

use super::call_error::CallError;
use super::client::{Answer, WechatApi};
use super::errcode::Errcode;
use crate::secret::Secret;

/// Where WeChat takes it.
pub const PATH: &str = "/cgi-bin/stable_token";

/// A token that WeChat issued.
#[derive(Debug)]
pub struct Issued {
    /// The token, up to 512 characters.
    pub access_token: Secret,
    /// For how many seconds from now, at most 7200.
    pub expires_in: i64,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// WeChat was not reached or not understood.
    #[error("stable_token did not answer")]
    Call(#[from] CallError),
    /// WeChat refused; 40164 names the caller's IP in `errmsg`.
    #[error("stable_token refused: {errcode} {errmsg}")]
    Refused {
        /// Why.
        errcode: Errcode,
        /// Why, in words.
        errmsg: String,
    },
}

impl WechatApi {
    /// Asks for the access token. `force_refresh` replaces the token at once: at most 20 times a day and not twice
    /// within 30 seconds.
    ///
    /// # Errors
    /// [`IssueError`]; the AppSecret is in none.
    pub async fn stable_token(
        &self,
        appid: &str,
        app_secret: &Secret,
        force_refresh: bool,
    ) -> Result<Issued, IssueError> {
        let body = json!({
            "grant_type": "client_credential",
            "appid": appid,
            "secret": app_secret.expose(),
            "force_refresh": force_refresh,
        });
        let answer = self.post(PATH, None, &body).await?;
        issued(&answer.fields).ok_or_else(|| {
            let Answer { errcode, errmsg, .. } = answer;
            IssueError::Refused { errcode, errmsg }
        })
    }
}

fn issued(fields: &Map<String, Value>) -> Option<Issued> {
    Some(Issued {
        access_token: Secret::new(fields.get("access_token")?.as_str()?),
        expires_in: fields.get("expires_in")?.as_i64()?,
    })
}
