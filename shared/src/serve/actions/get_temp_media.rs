//! A temporary medium is downloaded.

use crate::sending::authorized_api::AuthorizedApi;
use crate::serve::action::{ActionAnswer, ActionError, MAX_FILE_BYTES};
use crate::serve::input;
use crate::wechat::temp_media;
use lambda_http::Request;
use protocol::appid::Appid;

/// Reads the id of the medium.
///
/// # Errors
/// [`ActionError`] if it is missing.
pub fn read_media_id(request: &Request) -> Result<String, ActionError> {
    input::query_parameter(request, "media_id")
}

/// Hands on the file with WeChat's content type and disposition, or the JSON that came in its place.
///
/// # Errors
/// [`ActionError`] if WeChat gave no answer or the file is larger than what Lambda can answer with.
pub async fn get_temp_media(appid: Appid, media_id: String, api: &AuthorizedApi) -> Result<ActionAnswer, ActionError> {
    let query = [("media_id", media_id.as_str())];
    Ok(ActionAnswer::downloaded(api.get(&appid, temp_media::GET_PATH, &query, MAX_FILE_BYTES).await?))
}
