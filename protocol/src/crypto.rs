//! The encryption of safe and compat mode: AES-256-CBC as on the page "消息加解密说明" (message encryption).
//!
//! Plaintext: 16 random bytes, the message's length as a big-endian `u32`, the message, the appid, then PKCS#7
//! padding to a multiple of 32 (not of AES's own 16, which is why no library's unpadder fits).

use std::fmt;

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Padding fills up to a multiple of this many bytes.
const PAD_TO: usize = 32;
const AES_BLOCK: usize = 16;
const RANDOM: usize = 16;
const LENGTH: usize = 4;

/// Most real keys have spare bits set in their 43rd character, which a strict decoder refuses.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The `EncodingAESKey` of the message push settings: 43 base64 characters that stand for 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodingAesKey([u8; 32]);

/// Why a text is not an [`EncodingAesKey`]. The text itself is never repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the EncodingAESKey must be 43 characters of A-Z, a-z, 0-9, + and /")]
pub struct EncodingAesKeyError;

/// Why an `Encrypt` cannot be read with this key and appid.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecryptError {
    /// Not base64.
    #[error("Encrypt is not base64")]
    Base64(#[from] base64::DecodeError),
    /// Not a whole number of AES blocks, or too short to hold anything.
    #[error("Encrypt decodes to {0} bytes, which is not a whole number of blocks, or too few")]
    Size(usize),
    /// The padding is not 1 to 32 equal bytes that each say how many they are: the wrong key, or damage.
    #[error("the padding is broken")]
    Padding,
    /// The length field points outside the plaintext.
    #[error("the message's length field points outside the plaintext")]
    MessageLength,
    /// It was encrypted for another mini program.
    #[error("it was encrypted for another appid")]
    Appid,
}

impl EncodingAesKey {
    /// Takes the console's 43 characters as the key.
    ///
    /// # Errors
    /// [`EncodingAesKeyError`] unless they are 43 base64 characters.
    pub fn new(text: &str) -> Result<Self, EncodingAesKeyError> {
        if text.len() != 43 {
            return Err(EncodingAesKeyError);
        }
        let bytes = LENIENT.decode(format!("{text}=")).map_err(|_| EncodingAesKeyError)?;
        bytes.try_into().map(Self).map_err(|_| EncodingAesKeyError)
    }

    /// Encrypts a message for an appid; the result is the `Encrypt` of a body. `random` must be fresh each time.
    #[must_use]
    pub fn encrypt(&self, random: [u8; RANDOM], message: &[u8], appid: &str) -> String {
        let unpadded = RANDOM + LENGTH + message.len() + appid.len();
        let pad = PAD_TO - unpadded % PAD_TO;
        let mut plaintext = Vec::with_capacity(unpadded + pad);
        plaintext.extend(random);
        // A message of 4 GiB cannot reach a function: Lambda carries 6 MB.
        plaintext.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
        plaintext.extend(message);
        plaintext.extend(appid.as_bytes());
        plaintext.resize(unpadded + pad, u8::try_from(pad).unwrap_or_default());
        let encryptor = cbc::Encryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        STANDARD.encode(encryptor.encrypt_padded_vec::<NoPadding>(&plaintext))
    }

    /// Decrypts the `Encrypt` of a body into the message that was meant for `appid`. White space in it is ignored.
    ///
    /// # Errors
    /// [`DecryptError`] where it is not what [`Self::encrypt`] makes.
    pub fn decrypt(&self, encrypt: &str, appid: &str) -> Result<Vec<u8>, DecryptError> {
        let mut buffer = if encrypt.bytes().any(|byte| byte.is_ascii_whitespace()) {
            STANDARD.decode(encrypt.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>())?
        } else {
            STANDARD.decode(encrypt)?
        };
        let size = buffer.len();
        if size % AES_BLOCK != 0 || size < PAD_TO {
            return Err(DecryptError::Size(size));
        }
        let decryptor = cbc::Decryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        decryptor.decrypt_padded::<NoPadding>(&mut buffer).map_err(|_| DecryptError::Size(size))?;

        buffer.truncate(unpadded_length(&buffer).ok_or(DecryptError::Padding)?);
        let (length, rest) = buffer
            .get(RANDOM..)
            .and_then(|rest| rest.split_first_chunk::<LENGTH>())
            .ok_or(DecryptError::MessageLength)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| DecryptError::MessageLength)?;
        let (message, sealed_for) = rest.split_at_checked(length).ok_or(DecryptError::MessageLength)?;
        if sealed_for != appid.as_bytes() {
            return Err(DecryptError::Appid);
        }
        Ok(message.to_vec())
    }

    fn iv(&self) -> [u8; AES_BLOCK] {
        self.0.first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(redacted)")
    }
}

fn unpadded_length(plaintext: &[u8]) -> Option<usize> {
    let pad = *plaintext.last()?;
    let unpadded = plaintext.len().checked_sub(usize::from(pad))?;
    let padding = plaintext.get(unpadded..)?;
    let fits = (1..=PAD_TO).contains(&padding.len()) && padding.iter().all(|byte| *byte == pad);
    fits.then_some(unpadded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::published::{APPID, ENCODING_AES_KEY, ENCRYPT, MESSAGE, REPLY_ENCRYPT, REPLY_MESSAGE, REPLY_RANDOM};

    fn key() -> EncodingAesKey {
        EncodingAesKey::new(ENCODING_AES_KEY).unwrap()
    }

    #[test]
    fn the_published_push_decrypts() {
        assert_eq!(String::from_utf8(key().decrypt(ENCRYPT, APPID).unwrap()).unwrap(), MESSAGE);
    }

    #[test]
    fn the_published_push_is_reproduced_to_the_byte() {
        assert_eq!(key().encrypt(*b"a8eedb185eb2fecf", MESSAGE.as_bytes(), APPID), ENCRYPT);
    }

    #[test]
    fn the_published_reply_is_reproduced_to_the_byte() {
        assert_eq!(key().encrypt(REPLY_RANDOM, REPLY_MESSAGE.as_bytes(), APPID), REPLY_ENCRYPT);
    }

    /// The published key is all zeros, and so are its first 16 bytes, the IV. This one was encrypted by OpenSSL.
    #[test]
    fn the_iv_is_the_beginning_of_the_key() {
        let key = EncodingAesKey::new("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG").unwrap();
        let encrypt = "x12/5hCt8WSD9FOFHMV9L6Ci7nJZJ9cOxonK/rAx7fsuKoqozz9AZDHm6B/CVxUTTMSSWdYSezlp\
                       X8JVY+/sfg==";
        assert_eq!(key.encrypt(*b"0123456789abcdef", br#"{"MsgType":"text"}"#, APPID), encrypt);
    }

    #[test]
    fn what_is_no_whole_number_of_blocks_or_too_short_is_refused_by_its_size() {
        for size in [0, 15, 16, 31, 33, 40] {
            assert_eq!(key().decrypt(&STANDARD.encode(vec![1; size]), APPID), Err(DecryptError::Size(size)));
        }
    }

    #[test]
    fn white_space_in_encrypt_is_ignored() {
        let (head, tail) = ENCRYPT.split_at(76);
        assert!(key().decrypt(&format!(" {head}\r\n{tail}\n"), APPID).is_ok());
    }

    #[test]
    fn another_appid_is_told_apart_from_a_wrong_key() {
        assert_eq!(key().decrypt(ENCRYPT, "wx0000000000000000"), Err(DecryptError::Appid));
        let other = EncodingAesKey::new(&"B".repeat(43)).unwrap();
        assert_eq!(other.decrypt(ENCRYPT, APPID), Err(DecryptError::Padding));
    }

    #[test]
    fn a_key_with_spare_bits_in_its_last_character_is_accepted() {
        // 43 × 6 = 258 bits for 256: the last two are spare. 'B' sets one of them.
        let spare = format!("{}B", "A".repeat(42));
        assert_eq!(EncodingAesKey::new(&spare), EncodingAesKey::new(&"A".repeat(43)));
    }

    #[test]
    fn a_key_of_another_size_or_alphabet_is_refused() {
        for bad in ["", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(42)), &"汉".repeat(43)] {
            assert_eq!(EncodingAesKey::new(bad), Err(EncodingAesKeyError), "{bad:?}");
        }
    }

    #[test]
    fn every_pad_byte_is_checked_and_none_may_exceed_32() {
        assert_eq!(unpadded_length(&[9, 2, 2]), Some(1));
        assert_eq!(unpadded_length(&[9, 1, 2]), None);
        assert_eq!(unpadded_length(&[0; 32]), None);
        assert_eq!(unpadded_length(&[32; 32]), Some(0));
        assert_eq!(unpadded_length(&[33; 64]), None);
        assert_eq!(unpadded_length(&[]), None);
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", key()), "EncodingAesKey(redacted)");
    }

    proptest! {
        #[test]
        fn what_is_encrypted_decrypts_to_itself(
            key in "[A-Za-z0-9+/]{43}", random: [u8; 16], message: Vec<u8>, appid in "wx[0-9a-f]{0,40}",
        ) {
            let key = EncodingAesKey::new(&key).unwrap();
            prop_assert_eq!(key.decrypt(&key.encrypt(random, &message, &appid), &appid), Ok(message));
        }

        #[test]
        fn arbitrary_blocks_never_panic(bytes: Vec<u8>, blocks in 0_usize..8) {
            let whole: Vec<u8> = bytes.into_iter().cycle().take(blocks * AES_BLOCK).collect();
            let _ = key().decrypt(&STANDARD.encode(whole), APPID);
        }
    }
}
