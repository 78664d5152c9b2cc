//! uploadTempMedia and getTempMedia: pictures, kept for three days.
//! Source: "uploadTempMedia" and "getTempMedia".

use std::collections::HashMap;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// Seconds that a picture is kept.
const KEPT: i64 = 3 * 86_400;
/// The page says 2 MB in one line and 10 MB in another; whoever keeps to the smaller is safe.
const LARGEST: usize = 2 << 20;

/// A picture that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) content_type: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) bytes: Bytes,
    created_at: i64,
}

/// All that are kept, by media id.
#[derive(Debug, Default)]
pub(crate) struct Media(HashMap<String, Picture>);

impl Media {
    /// Takes a picture. `file`: the field `media`, if the body had one.
    pub(crate) fn upload(
        &mut self,
        kind: Option<&str>,
        file: Option<Bytes>,
        random: [u8; 16],
        now: i64,
    ) -> Result<Value, Refusal> {
        if kind != Some("image") {
            return Err(Refusal::MediaType);
        }
        let bytes = file.filter(|bytes| !bytes.is_empty()).ok_or(Refusal::MediaMissing)?;
        let (content_type, extension) = format(&bytes).ok_or(Refusal::FileType)?;
        if bytes.len() > LARGEST {
            return Err(Refusal::FileSize);
        }
        let media_id = format!("{:032x}", u128::from_le_bytes(random));
        self.0.retain(|_, picture| !picture.is_gone(now));
        self.0.insert(media_id.clone(), Picture { content_type, extension, bytes, created_at: now });
        Ok(json!({"type": "image", "media_id": media_id, "created_at": now}))
    }

    /// Hands one out.
    pub(crate) fn get(&self, media_id: Option<&str>, now: i64) -> Result<Picture, Refusal> {
        let picture = media_id.and_then(|media_id| self.0.get(media_id)).filter(|picture| !picture.is_gone(now));
        picture.cloned().ok_or(Refusal::MediaId)
    }
}

impl Picture {
    fn is_gone(&self, now: i64) -> bool {
        now.saturating_sub(self.created_at) >= KEPT
    }
}

fn format(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(b"\x89PNG\r\n\x1A\n") {
        Some(("image/png", "png"))
    } else if begins(b"\xFF\xD8\xFF") {
        Some(("image/jpeg", "jpg"))
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Some(("image/gif", "gif"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn upload(media: &mut Media, kind: &str, bytes: Vec<u8>) -> Result<Value, Refusal> {
        media.upload(Some(kind), Some(bytes.into()), [7; 16], NOW)
    }

    #[test]
    fn a_picture_is_kept_for_three_days() {
        let mut media = Media::default();
        let answer = upload(&mut media, "image", b"GIF89a...".to_vec()).unwrap();
        assert_eq!((&answer["type"], &answer["created_at"]), (&json!("image"), &json!(NOW)));
        let media_id = answer["media_id"].as_str();
        let picture = media.get(media_id, NOW + KEPT - 1).unwrap();
        assert_eq!((picture.content_type, &picture.bytes[..]), ("image/gif", &b"GIF89a..."[..]));
        assert_eq!(media.get(media_id, NOW + KEPT), Err(Refusal::MediaId));
        assert_eq!(media.get(Some("made up"), NOW), Err(Refusal::MediaId));
    }

    #[test]
    fn kind_content_and_size_are_checked() {
        let mut media = Media::default();
        let mut large = b"\xFF\xD8\xFF".to_vec();
        large.resize(LARGEST, 0);
        assert!(upload(&mut media, "image", large.clone()).is_ok());
        large.push(0);
        for (kind, bytes, errcode) in [
            ("video", b"GIF89a".to_vec(), 40004),
            ("image", b"hello".to_vec(), 40005),
            ("image", large, 40006),
            ("image", Vec::new(), 41005),
        ] {
            assert_eq!(upload(&mut media, kind, bytes).unwrap_err().errcode(), errcode);
        }
    }
}
