//! getUnlimitedQRCode: the picture that a user scans to open a page. Source: "获取不限制的小程序码".
//!
//! No camera reads what is drawn here: it is the SHA-256 of page and scene, a bit a field, so that the same order gives the
//! same picture and another one another. WeChat's picture is a JPEG unless `is_hyaline` is true; here it is always a PNG.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Characters that a scene may have.
const LONGEST_SCENE: usize = 32;
/// What a scene may contain beside letters and digits.
const SPECIAL: &str = "!#$&'()*+,/:;=?@-._~";
/// Fields in a row, with one left white on each side.
const FIELDS: u32 = 18;

/// Draws the code that the body orders, as a PNG.
///
/// A page counts as one of the published mini program if some part of its path is `pages`.
pub(super) fn draw(body: &Map<String, Value>) -> Result<Vec<u8>, Refusal> {
    let scene = text(body, "scene")?.unwrap_or_default();
    if !(1..=LONGEST_SCENE).contains(&scene.chars().count()) {
        return Err(Refusal::SceneLength);
    }
    if !scene.chars().all(|any| any.is_ascii_alphanumeric() || SPECIAL.contains(any)) {
        return Err(Refusal::Scene);
    }
    let page = text(body, "page")?.unwrap_or_default();
    let is_checked = flag(body, "check_path")?.unwrap_or(true);
    let is_published = page.is_empty() || page.split('/').any(|part| part == "pages");
    if page.starts_with('/') || page.contains('?') || is_checked && !is_published {
        return Err(Refusal::Page);
    }
    if !["release", "trial", "develop"].contains(&text(body, "env_version")?.unwrap_or("release")) {
        return Err(Refusal::Arguments);
    }
    for name in ["auto_color", "is_hyaline"] {
        flag(body, name)?;
    }
    let width = match body.get("width") {
        None | Some(Value::Null) => 430,
        Some(width) => width.as_u64().ok_or(Refusal::NotJson)?,
    };
    let width = u32::try_from(width).ok().filter(|width| (280..=1280).contains(width)).ok_or(Refusal::Arguments)?;
    picture(width, &Sha256::digest(format!("{page}?{scene}"))).map_err(|_| Refusal::Busy)
}

/// Draws the bits as black fields, 16 a row.
fn picture(width: u32, bits: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let is_dark = |x: u32, y: u32| {
        let place = |pixel: u32| (pixel * FIELDS / width).checked_sub(1).filter(|field| *field < 16);
        let bit = place(y).zip(place(x)).and_then(|(y, x)| usize::try_from(y * 16 + x).ok());
        bit.and_then(|bit| bits.get(bit / 8).map(|byte| byte >> (bit % 8) & 1)) == Some(1)
    };
    let rows = (0..width).flat_map(|y| {
        (0..width.div_ceil(8))
            .map(move |byte| (0..8).fold(0, |packed, bit| packed << 1 | u8::from(!is_dark(byte * 8 + bit, y))))
    });
    let rows: Vec<u8> = rows.collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header()?.write_image_data(&rows)?;
    Ok(file)
}

/// A string; WeChat's reader takes no other type for one.
fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(Refusal::NotJson),
    }
}

/// True or false; WeChat's reader takes no number for one.
fn flag(body: &Map<String, Value>, name: &str) -> Result<Option<bool>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or(Refusal::NotJson),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::*;

    fn drawn(body: &Value) -> Result<Vec<u8>, i64> {
        draw(body.as_object().unwrap()).map_err(|refusal| refusal.errcode())
    }

    #[test]
    fn the_picture_is_as_wide_as_it_is_ordered_and_another_for_another_scene() {
        for (width, expected) in [(json!(280), 280), (json!(1280), 1280), (Value::Null, 430)] {
            let file = drawn(&json!({"scene": "a=1", "width": width})).unwrap();
            let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((frame.width, frame.height), (expected, expected));
            assert!(pixels.contains(&0) && pixels[0] == 0xFF);
        }
        let of = |scene: &str| drawn(&json!({"scene": scene, "width": 280})).unwrap();
        assert_eq!(of("a=1"), of("a=1"));
        assert_ne!(of("a=1"), of("a=2"));
    }

    #[test]
    fn what_breaks_a_rule_gets_its_errcode() {
        for (field, value, errcode) in [
            ("scene", Value::Null, 40169),
            ("scene", json!(""), 40169),
            ("scene", json!("a".repeat(33)), 40169),
            ("scene", json!("a b"), 40129),
            ("scene", json!("a%20b"), 40129),
            ("scene", json!("汉"), 40129),
            ("scene", json!(1), 47001),
            ("page", json!("/pages/index/index"), 41030),
            ("page", json!("pages/index/index?a=1"), 41030),
            ("page", json!("nowhere"), 41030),
            ("check_path", json!("no"), 47001),
            ("env_version", json!(""), 40097),
            ("is_hyaline", json!(1), 47001),
            ("width", json!(279), 40097),
            ("width", json!(1281), 40097),
            ("width", json!("430"), 47001),
        ] {
            let mut body = json!({"scene": "a=1", "page": "pages/index/index"});
            body[field] = value.clone();
            assert_eq!(drawn(&body), Err(errcode), "{field}: {value}");
        }
        for body in [
            json!({"scene": "!#$&'()*+,/:;=?@-._~aZ0", "page": "shop/pages/cart", "env_version": "trial"}),
            json!({"scene": "a".repeat(32), "page": "nowhere", "check_path": false, "is_hyaline": true}),
        ] {
            assert!(drawn(&body).is_ok(), "{body}");
        }
    }
}
