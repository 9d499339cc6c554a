//! `server.flags.dtype`: how people name a value.

use std::borrow::Cow;
use std::fmt;

/// A path of keys into the values. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValuePath(Vec<String>);

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// There is nothing, or nothing between two dots.
    EmptyKey,
    /// A quoted key does not end, or goes on after its closing quote.
    Quote,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            PathError::EmptyKey => "a key is empty",
            PathError::Quote => "a quote is out of place",
        })
    }
}

impl ValuePath {
    /// Reads keys separated by dots. A key that holds a dot stands in double quotes:
    /// `scheduling.nodeSelector."cloud.google.com/gke-spot"`.
    ///
    /// # Errors
    ///
    /// If a key is empty or a quote is out of place.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut keys = Vec::new();
        let mut rest = text;
        loop {
            let (key, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or(PathError::Quote)?,
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            if key.is_empty() {
                return Err(PathError::EmptyKey);
            }
            if key.contains('"') {
                return Err(PathError::Quote);
            }
            keys.push(key.to_owned());
            match after.strip_prefix('.') {
                Some(more) => rest = more,
                None if after.is_empty() => return Ok(Self(keys)),
                None => return Err(PathError::Quote),
            }
        }
    }

    /// A path of keys that are known already; empty for the root.
    pub fn from_keys(keys: &[String]) -> Self {
        Self(keys.to_vec())
    }

    /// The keys, outermost first.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The path of a key below this one.
    #[must_use]
    pub fn child(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        Self(keys)
    }

    /// Whether it is another path, or leads to something below it.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path of a JSON pointer (RFC 6901), for messages.
    pub fn from_pointer(pointer: &str) -> Self {
        Self(tokens(pointer).map(Cow::into_owned).collect())
    }

    /// The same path as a JSON pointer (RFC 6901).
    pub fn to_pointer(&self) -> String {
        let mut pointer = String::new();
        for key in self.keys() {
            push_token(&mut pointer, key);
        }
        pointer
    }
}

/// The tokens of a JSON pointer (RFC 6901), unescaped.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|token| {
        if token.contains('~') {
            Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(token)
        }
    })
}

/// Appends a token to a JSON pointer (RFC 6901), escaped.
pub fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    if token.contains(['~', '/']) {
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(token);
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.keys().enumerate() {
            if index > 0 {
                formatter.write_str(".")?;
            }
            if key.contains('.') {
                write!(formatter, "\"{key}\"")?;
            } else {
                formatter.write_str(key)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_paths() {
        for text in ["a", "a.b-c.d", "a.\"x.y/z\".b"] {
            let path = ValuePath::parse(text).expect("valid");
            assert_eq!(path.to_string(), text);
            assert_eq!(ValuePath::from_pointer(&path.to_pointer()), path);
        }
    }

    #[test]
    fn refuses_what_is_not_a_path() {
        assert_eq!(ValuePath::parse(""), Err(PathError::EmptyKey));
        assert_eq!(ValuePath::parse("a..b"), Err(PathError::EmptyKey));
        assert_eq!(ValuePath::parse("a."), Err(PathError::EmptyKey));
        assert_eq!(ValuePath::parse("\"a"), Err(PathError::Quote));
        assert_eq!(ValuePath::parse("\"a\"b"), Err(PathError::Quote));
        assert_eq!(ValuePath::parse("a\"b"), Err(PathError::Quote));
    }
}
