//! A temporary medium is downloaded.

use shared::sending::authorized_api::AuthorizedApi;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::wechat::temp_media;

/// Hands on the file with WeChat's content type and disposition, or the JSON that came in its place.
pub(crate) async fn get_temp_media(media_id: String, api: &AuthorizedApi) -> Result<ActionAnswer, ActionError> {
    ActionAnswer::downloaded(api.get(temp_media::GET_PATH, &[("media_id", &media_id)]).await?)
}
