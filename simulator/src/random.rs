//! The one place that draws random bytes. The code that signs, encrypts and mints gets them as arguments.

/// `N` bytes from the operating system.
///
/// # Errors
/// If the system has no source of randomness.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
