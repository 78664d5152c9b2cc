// Finds the links that a text holds: `<a …>…</a>`.
//
// The text is scanned here and never reaches an HTML parser. A parser would take event handlers and other tags in it for
// what they are in a page, which the page's Content Security Policy forbids.

/** A start tag as far as its name, or an end tag. */
const TAG = /<a(?=[\t\n\f\r /])|<\/a>/gi;
const GAP = /[\t\n\f\r /]+/y;
/** A name, and a value in double quotes, in single quotes or in none, unless it is left out. */
const ATTRIBUTE = /([^\t\n\f\r "'<>/=]+)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r "'<>]+)))?/y;

const REFERENCE = /&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d+)|#[xX]([\da-fA-F]+));/g;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const REPLACEMENT = "\ufffd";

/**
 * Each link of a text, in order: where it starts and ends, its attributes by lower-case name, and the text within. What
 * is malformed is no link. Other tags within a link are part of its text.
 */
export function* anchors(content) {
  let opened;
  for (const { 0: tag, index } of content.matchAll(TAG)) {
    // A value in quotes may hold tags. They are text.
    if (opened && index < opened.end) continue;
    if (tag !== "</a>" && tag !== "</A>") {
      // Links do not nest: a start tag whose end tag is missing gives way to the next one.
      opened = startTag(content, index, index + tag.length) ?? opened;
    } else if (opened) {
      const { start, end, attributes } = opened;
      yield { start, end: index + tag.length, attributes, text: decoded(content.slice(end, index)) };
      opened = undefined;
    }
  }
}

/** A start tag with its attributes, which begin at `at`; undefined if it is malformed or has no end. */
function startTag(content, start, at) {
  const attributes = new Map();
  while (content[at] !== ">") {
    const gap = matchAt(GAP, content, at);
    if (!gap) return undefined;
    at += gap[0].length;
    const attribute = matchAt(ATTRIBUTE, content, at);
    if (!attribute) continue;
    const [source, name, ...values] = attribute;
    at += source.length;
    const value = values.find((each) => each !== undefined) ?? "";
    // As in HTML, the first of a name counts.
    const known = name.toLowerCase();
    if (!attributes.has(known)) attributes.set(known, decoded(value));
  }
  return { start, end: at + 1, attributes };
}

function matchAt(pattern, content, at) {
  pattern.lastIndex = at;
  return pattern.exec(content);
}

/** Replaces numeric character references and the commonest named ones; all others stay as they are written. */
function decoded(text) {
  return text.replace(REFERENCE, (_, name, decimal, hexadecimal) =>
    name ? NAMED[name] : character(decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16)),
  );
}

function character(codePoint) {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  const isCharacter = codePoint > 0 && codePoint <= 0x10ffff && !isSurrogate;
  return isCharacter ? String.fromCodePoint(codePoint) : REPLACEMENT;
}
