//! A picture is uploaded as a temporary medium.

use crate::sending::authorized_api::AuthorizedApi;
use crate::serve::action::{ActionAnswer, ActionError};
use crate::serve::input;
use crate::wechat::errcode::Errcode;
use crate::wechat::malformed::Malformed;
use crate::wechat::temp_media::{self, Picture};
use bytes::Bytes;
use lambda_http::{Request, RequestExt};
use protocol::appid::Appid;

use super::multipart::{self, MultipartError};

/// The field that holds the file.
const FIELD: &str = "media";

/// Reads the picture: a slice of the body, told by its content.
///
/// # Errors
/// [`ActionError`] if there is none, or none that WeChat takes.
pub fn read_picture(request: Request) -> Result<Picture, ActionError> {
    // WeChat keeps other kinds for official accounts alone.
    if request.query_string_parameters().first("type").is_some_and(|kind| kind != "image") {
        return Err(Malformed::new(Errcode::INVALID_MEDIA_TYPE, "type", "must be image").into());
    }
    let content_type = input::content_type(&request).to_owned();
    let body = Bytes::from(input::bytes(request.into_body()));
    let picture = multipart::field(&content_type, &body, FIELD).map_err(|error| match error {
        MultipartError::FieldMissing => Malformed::new(Errcode::MEDIA_MISSING, FIELD, "is required"),
        error => Malformed::parameter("the body", error.to_string()),
    })?;
    Ok(Picture::new(picture)?)
}

/// Uploads it.
///
/// # Errors
/// [`ActionError`] if WeChat gave no answer.
pub async fn upload_temp_media(
    appid: Appid,
    picture: Picture,
    api: &AuthorizedApi,
) -> Result<ActionAnswer, ActionError> {
    Ok(api.upload(&appid, temp_media::UPLOAD_PATH, &picture).await?.into())
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use lambda_http::http::header::CONTENT_TYPE;

    use super::*;

    fn request(content_type: &str, body: &[u8]) -> Request {
        let request = lambda_http::http::Request::builder().header(CONTENT_TYPE, content_type);
        request.body(Body::Binary(body.to_vec())).unwrap()
    }

    fn upload(field: &str, content: &[u8]) -> Request {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"lie.txt\"\r\n\r\n");
        request("multipart/form-data; boundary=b", &[head.as_bytes(), content, b"\r\n--b--\r\n"].concat())
    }

    #[test]
    fn a_picture_is_told_by_its_content_and_not_by_its_name() {
        let picture = read_picture(upload("media", b"\x89PNG\r\n\x1A\n\r\n--x")).unwrap();
        assert_eq!(picture.format(), temp_media::Format::Png);
        assert_eq!(&picture.bytes()[..], b"\x89PNG\r\n\x1A\n\r\n--x");
    }

    #[test]
    fn what_is_wrong_is_named_with_wechats_code() {
        let mut video = upload("media", b"GIF89a");
        video = video.with_query_string_parameters(std::collections::HashMap::from([(
            "type".to_owned(),
            vec!["video".to_owned()],
        )]));
        for (request, errcode, message) in [
            (upload("media", b"hello"), 40005, "media: must be a PNG, JPEG or GIF file"),
            (upload("media", b""), 41005, "media: must not be empty"),
            (upload("file", b"GIF89a"), 41005, "media: is required"),
            (video, 40004, "type: must be image"),
            (
                request("application/json", b"{}"),
                40035,
                "the body: must be multipart/form-data, with its boundary in Content-Type",
            ),
            (
                request("multipart/form-data; boundary=b", b"--b\r\nbroken"),
                40035,
                "the body: must be complete multipart/form-data",
            ),
        ] {
            let error = read_picture(request).unwrap_err();
            assert_eq!(error.fields()["errcode"], errcode, "{message}");
            assert_eq!(error.to_string(), message);
            assert_eq!(error.status(), 400);
        }
    }
}
