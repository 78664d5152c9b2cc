//! The parsers that are fuzzed.

use crate::{caller_token, gateway_path, multipart, open, template_value, xml};

/// A parser, and what must hold of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its folder in `corpora/`.
    pub name: &'static str,
    /// Panics if the parser does with these bytes what it must not.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "caller-token", check: caller_token::check },
    Target { name: "gateway-path", check: gateway_path::check },
    Target { name: "multipart", check: multipart::check },
    Target { name: "open", check: open::check },
    Target { name: "template-value", check: template_value::check },
    Target { name: "xml", check: xml::check },
];

impl Target {
    /// The target of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }
}
