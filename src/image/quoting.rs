//! How values are written into Dockerfiles.

/// The place of a value, by what surrounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// No quotes: a part of a word.
    Word,
    /// Between the double quotes of `LABEL`, `ENV` or `ARG`.
    DoubleQuoted,
    /// Between single quotes in the shell form of `RUN`.
    ShellQuoted,
    /// Inside a string of an exec form.
    Json,
}

impl Quoting {
    /// A value as it has to be written to stay one piece of text.
    ///
    /// # Errors
    ///
    /// Why it cannot be written here.
    pub fn write(self, value: &str) -> Result<String, String> {
        match self {
            Quoting::Word => word(value),
            Quoting::DoubleQuoted => {
                refuse_control(value)?;
                Ok(escaped(value, &['"', '\\', '$']))
            }
            Quoting::ShellQuoted => {
                refuse_control(value)?;
                // BuildKit looks for here-documents before a shell sees the quotes.
                if value.contains("<<") {
                    return Err("`<<` begins a here-document".to_owned());
                }
                Ok(value.replace('\'', r"'\''"))
            }
            Quoting::Json => {
                refuse_control(value)?;
                let quoted = serde_json::Value::from(value).to_string();
                let inner = quoted
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'));
                Ok(inner.unwrap_or_default().to_owned())
            }
        }
    }
}

/// Without quotes, only characters that mean nothing to a Dockerfile or a shell.
fn word(value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err("without quotes around it, a value cannot be empty".to_owned());
    }
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "._:/@+=,~-".contains(character);
    match value.chars().find(|character| !is_plain(*character)) {
        None => Ok(value.to_owned()),
        Some(character) => Err(format!(
            "without quotes around it, a value cannot hold {character:?}"
        )),
    }
}

/// An instruction ends with its line, whatever is quoted.
fn refuse_control(value: &str) -> Result<(), String> {
    match value.chars().find(|character| character.is_control()) {
        None => Ok(()),
        Some(character) => Err(format!("a value cannot hold {character:?}")),
    }
}

fn escaped(value: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        if special.contains(&character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
