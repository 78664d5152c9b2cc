//! Random bytes: everything below `lambda` is given them.

/// 16 bytes from the operating system.
///
/// # Errors
/// [`getrandom::Error`] where it has none; on Linux that does not happen after boot.
pub fn random_bytes() -> Result<[u8; 16], getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A text that no other call returns: the owner of a lease.
///
/// # Errors
/// As [`random_bytes`].
pub fn unique_text() -> Result<String, getrandom::Error> {
    random_bytes().map(hex::encode)
}
