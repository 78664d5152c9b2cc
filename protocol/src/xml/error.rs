//! Why a text is not XML as WeChat writes it.

/// Deeper nesting than any push has (`xml`, event, `List`, field).
pub(super) const MAX_DEPTH: usize = 8;

/// Longer names than any field has, in bytes. Each section of an element is looked up by the element's name.
pub(super) const MAX_NAME: usize = 128;

/// Why a text is not XML as WeChat writes it, or a value cannot be written so.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    /// Not UTF-8.
    #[error("the XML is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    /// Not well-formed.
    #[error("the XML is not well-formed")]
    Syntax(#[from] quick_xml::Error),
    /// The outermost element is not `<xml>`, or something stands beside it.
    #[error("the XML is not one <xml> element")]
    Root,
    /// An element is left open.
    #[error("the XML ends inside an element")]
    Truncated,
    /// Elements nest deeper than 8.
    #[error("the XML nests deeper than {MAX_DEPTH} elements")]
    TooDeep,
    /// An element's name is longer than 128 bytes.
    #[error("the XML has an element with a name over {MAX_NAME} bytes")]
    NameTooLong,
    /// A document type or processing instruction.
    #[error("the XML holds a document type or processing instruction")]
    Forbidden,
    /// An entity that is not one of the five predefined.
    #[error("the XML holds an entity that is not predefined")]
    Entity,
    /// A field's name cannot be an element's.
    #[error("the field name {0:?} cannot be an XML element")]
    ElementName(String),
}
