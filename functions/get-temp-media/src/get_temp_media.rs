//! A temporary medium is downloaded.

use protocol::appid::Appid;
use shared::sending::authorized_api::AuthorizedApi;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::wechat::temp_media;

/// Hands on the file with WeChat's content type and disposition, or the JSON that came in its place.
pub(crate) async fn get_temp_media(
    appid: Appid,
    media_id: String,
    api: &AuthorizedApi,
) -> Result<ActionAnswer, ActionError> {
    ActionAnswer::downloaded(api.get(&appid, temp_media::GET_PATH, &[("media_id", &media_id)]).await?)
}
