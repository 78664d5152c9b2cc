//! uploadTempMedia and getTempMedia: pictures that WeChat keeps for three days, for customer messages.
//!
//! From the pages "uploadTempMedia" (新增图片素材) and "getTempMedia" (获取客服消息内的临时素材).

use std::fmt;

use bytes::Bytes;

use super::errcode::Errcode;
use super::malformed::Malformed;

/// Where WeChat takes it.
pub const UPLOAD_PATH: &str = "/cgi-bin/media/upload";
/// Where WeChat hands it out.
pub const GET_PATH: &str = "/cgi-bin/media/get";

/// The largest picture. The page says 2 MB in one line and 10 MB in another: what is larger than the smaller of the two
/// may or may not be taken. Lambda, whose events end at 6 MB in base64, brings no more than some 4.5 MB of it.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The formats that WeChat takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
}

/// A picture that is worth uploading. A clone shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    format: Format,
    bytes: Bytes,
}

/// A file that WeChat handed out.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// `Content-Type`, as WeChat gives it.
    pub content_type: String,
    /// `Content-disposition`, as WeChat gives it: the file's name.
    pub content_disposition: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

impl Format {
    /// Told by the first bytes; a name or a `Content-Type` says nothing.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xFF\xD8\xFF") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else {
            None
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
        }
    }

    /// A name for WeChat, which looks at the ending.
    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Png => "media.png",
            Self::Jpeg => "media.jpg",
            Self::Gif => "media.gif",
        }
    }
}

impl Picture {
    /// Takes a file for a picture.
    ///
    /// # Errors
    /// [`Malformed`] where it is empty, none of the formats, or larger than [`MAX_BYTES`].
    pub fn new(bytes: Bytes) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            return Err(Malformed::new(Errcode::MEDIA_MISSING, "media", "must not be empty"));
        }
        let Some(format) = Format::of(&bytes) else {
            return Err(Malformed::new(Errcode::INVALID_FILE_TYPE, "media", "must be a PNG, JPEG or GIF file"));
        };
        if bytes.len() > MAX_BYTES {
            let rule = "must not exceed 2 MB: WeChat's page says 2 MB and 10 MB, and Lambda's limit of 6 MB a request, \
                        in base64, leaves 4.5 MB";
            return Err(Malformed::new(Errcode::MEDIA_TOO_LARGE, "media", rule));
        }
        Ok(Self { format, bytes })
    }

    /// Its format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What is in it.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.content_type, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8]) -> Result<Picture, Malformed> {
        Picture::new(Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn the_format_is_told_by_the_content() {
        for (bytes, format) in [
            (&b"\x89PNG\r\n\x1A\n...."[..], Format::Png),
            (b"\xFF\xD8\xFF\xE0....", Format::Jpeg),
            (b"GIF87a....", Format::Gif),
            (b"GIF89a....", Format::Gif),
        ] {
            assert_eq!(check(bytes).unwrap().format(), format);
        }
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused_with_wechats_code() {
        let mut large = b"GIF89a".to_vec();
        large.resize(MAX_BYTES, 0);
        assert!(check(&large).is_ok());
        large.push(0);
        for (bytes, errcode, said) in [
            (&b""[..], 41005, "media: must not be empty"),
            (b"%PDF-1.7", 40005, "media: must be a PNG, JPEG or GIF file"),
            (b"\x89PNG", 40005, "PNG, JPEG or GIF"),
            (&large, 45001, "2 MB and 10 MB, and Lambda's limit of 6 MB"),
        ] {
            let malformed = check(bytes).unwrap_err();
            assert_eq!(malformed.errcode.0, errcode);
            assert!(malformed.to_string().contains(said), "{malformed}");
        }
    }

    #[test]
    fn what_is_in_it_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", check(b"GIF89a").unwrap()), "Picture(Gif, 6 bytes)");
    }
}
