//! An object: what one line of JSON lines holds, key by key, its values as they are
//! written. Nothing is unescaped until a text is asked for.

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Hands over keys and values of a line in order.
pub(super) fn read<'t>(line: &'t str, meet: impl FnMut(Cow<'t, str>, &'t str)) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(line);
    json.deserialize_map(Fields(meet))?;
    json.end()
}

struct Fields<F>(F);

#[derive(Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);

impl<'t, F: FnMut(Cow<'t, str>, &'t str)> Visitor<'t> for Fields<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            (self.0)(key, map.next_value::<&RawValue>()?.get());
        }
        Ok(())
    }
}

/// What a value says as a cell: a string its text, null nothing, all else as it is written.
/// Fails where an escape stands for no character.
pub(super) fn text(raw: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    match raw.as_bytes() {
        b"null" => Ok(None),
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Ok(Some(Cow::Borrowed(&raw[1..raw.len() - 1]))),
        [b'"', ..] => Ok(Some(Cow::Owned(serde_json::from_str(raw)?))),
        _ => Ok(Some(Cow::Borrowed(raw))),
    }
}
