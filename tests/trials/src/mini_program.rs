//! The mini programs of the trials.

/// How many messages entering the session allows.
pub(crate) const ENTER_QUOTA: u32 = 2;

/// A mini program.
#[derive(Debug)]
pub(crate) struct MiniProgram {
    pub(crate) appid: &'static str,
    pub(crate) app_secret: &'static str,
    pub(crate) token: &'static str,
    aes_key_letter: &'static str,
}

/// The mini programs of the stack. The first one is `AppId`.
pub(crate) const MINI_PROGRAMS: [MiniProgram; 2] = [
    MiniProgram { appid: "wxba5fad812f8e6fb9", app_secret: "first", token: "AAAAA", aes_key_letter: "A" },
    MiniProgram { appid: "wx00112233445566ff", app_secret: "second", token: "BBBBB", aes_key_letter: "C" },
];

impl MiniProgram {
    pub(crate) fn encoding_aes_key(&self) -> String {
        self.aes_key_letter.repeat(43)
    }
}
