//! What every comment on a pull request has to heed.

/// A comment on GitHub holds 65,536 characters; this leaves room for whoever posts it.
pub const MOST: usize = 65_000;

/// Kept of [`MOST`] for what is said of what was cut.
pub const RESERVE: usize = 400;

/// Text that can neither end where it stands nor begin markup, a link or a mention.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '`' => out.push_str("&#96;"),
            '*' => out.push_str("&#42;"),
            '_' => out.push_str("&#95;"),
            '[' => out.push_str("&#91;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' => out.push_str("&#92;"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}
