//! What a plain (unquoted) scalar means, under YAML 1.2's core schema and under YAML 1.1.
//!
//! Rust's parsers read YAML 1.2; kubectl, Cloud Build, `PyYAML` and most of the field still read 1.1.
//! A scalar that the two read differently is a trap, so layers must not contain one.
//! Sources: YAML 1.2.2 section 10.3.2, and the 1.1 type repository (bool, int, float, null,
//! timestamp, merge, value).

use serde_json::Number;

/// The meaning of a plain scalar under the core schema of YAML 1.2.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// `.nan`, `.inf`, or an integer or float that no JSON number holds.
    OutOfRange,
    /// Text.
    String,
}

/// Reads a plain scalar as YAML 1.2's core schema does.
pub fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let starts_like_a_number = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    if !starts_like_a_number {
        return Scalar::String;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return integer(digits, 8, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return integer(digits, 16, |byte| byte.is_ascii_hexdigit());
    }
    let unsigned = unsigned(text);
    if all_digits(unsigned) {
        return decimal(text);
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") || matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Scalar::OutOfRange;
    }
    if is_core_float(unsigned) {
        return text
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Scalar::OutOfRange, Scalar::Number);
    }
    Scalar::String
}

/// Why YAML 1.1 reads a plain scalar as something else than YAML 1.2 does; `None` if both agree.
pub fn disagreement(text: &str) -> Option<&'static str> {
    let modern = resolve(text);
    let is_number = matches!(modern, Scalar::Number(_) | Scalar::OutOfRange);
    match old_meaning(text) {
        Old::Null if modern == Scalar::Null => None,
        Old::Bool if matches!(modern, Scalar::Bool(_)) => None,
        Old::DecimalInteger | Old::HexInteger | Old::Float if is_number && !text.contains('_') => {
            None
        }
        Old::String if modern == Scalar::String => None,
        Old::Null => Some("null"),
        Old::Bool => Some("a boolean"),
        Old::DecimalInteger | Old::HexInteger => Some("an integer"),
        Old::OctalInteger => Some("an octal integer"),
        Old::BinaryInteger => Some("a binary integer"),
        Old::Sexagesimal => Some("a base 60 number"),
        Old::Float => Some("a float"),
        Old::Timestamp => Some("a timestamp"),
        Old::Merge => Some("a merge key"),
        Old::Value => Some("a default value marker"),
        Old::String => Some("a string"),
    }
}

/// The type YAML 1.1 gives a plain scalar.
enum Old {
    Null,
    Bool,
    DecimalInteger,
    HexInteger,
    OctalInteger,
    BinaryInteger,
    Sexagesimal,
    Float,
    Timestamp,
    Merge,
    Value,
    String,
}

fn old_meaning(text: &str) -> Old {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Old::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "n" | "N" | "no" | "No" | "NO" | "true" | "True"
        | "TRUE" | "false" | "False" | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => {
            return Old::Bool;
        }
        "<<" => return Old::Merge,
        "=" => return Old::Value,
        ".nan" | ".NaN" | ".NAN" => return Old::Float,
        _ => {}
    }
    let unsigned = unsigned(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Old::Float;
    }
    if let Some(digits) = unsigned.strip_prefix("0b")
        && consists_of(digits, |byte| matches!(byte, b'0' | b'1' | b'_'))
    {
        return Old::BinaryInteger;
    }
    if let Some(digits) = unsigned.strip_prefix("0x")
        && consists_of(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_')
    {
        return Old::HexInteger;
    }
    if unsigned.starts_with(|first: char| first.is_ascii_digit())
        && consists_of(unsigned, |byte| byte.is_ascii_digit() || byte == b'_')
    {
        return if unsigned.len() > 1 && unsigned.starts_with('0') {
            Old::OctalInteger
        } else {
            Old::DecimalInteger
        };
    }
    if is_sexagesimal(unsigned) {
        return Old::Sexagesimal;
    }
    if is_old_float(unsigned) {
        return Old::Float;
    }
    if is_timestamp(text) {
        return Old::Timestamp;
    }
    Old::String
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn consists_of(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn all_digits(text: &str) -> bool {
    consists_of(text, |byte| byte.is_ascii_digit())
}

fn integer(digits: &str, radix: u32, allowed: impl Fn(u8) -> bool) -> Scalar {
    if !consists_of(digits, allowed) {
        return Scalar::String;
    }
    u64::from_str_radix(digits, radix).map_or(Scalar::OutOfRange, |number| {
        Scalar::Number(Number::from(number))
    })
}

fn decimal(text: &str) -> Scalar {
    if let Ok(number) = text.parse::<i64>() {
        return Scalar::Number(Number::from(number));
    }
    text.parse::<u64>().map_or(Scalar::OutOfRange, |number| {
        Scalar::Number(Number::from(number))
    })
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_core_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    if exponent.is_some_and(|exponent| !all_digits(unsigned(exponent))) {
        return false;
    }
    match mantissa.split_once('.') {
        None => all_digits(mantissa),
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => {
            all_digits(whole) && (fraction.is_empty() || all_digits(fraction))
        }
    }
}

/// 1.1's float, with a point, and a sign in the exponent. go-yaml also takes exponents without a
/// point, which is what makes `1e3` a trap in both directions.
fn is_old_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    if let Some(exponent) = exponent
        && !(exponent.starts_with(['+', '-']) && all_digits(unsigned(exponent)))
    {
        return false;
    }
    let Some((whole, fraction)) = mantissa.split_once('.') else {
        return false;
    };
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    digits(whole)
        && digits(fraction)
        && !whole.starts_with('_')
        && (whole.bytes().chain(fraction.bytes())).any(|byte| byte.is_ascii_digit())
}

/// `190:20:30` and `190:20:30.15`.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first_is_number = parts.next().is_some_and(|first| {
        first.starts_with(|digit: char| digit.is_ascii_digit())
            && consists_of(first, |byte| byte.is_ascii_digit() || byte == b'_')
    });
    let rest: Vec<&str> = parts.collect();
    let (Some(last), true) = (rest.last(), first_is_number) else {
        return false;
    };
    let below_60 = |part: &str| {
        matches!(part.len(), 1 | 2)
            && all_digits(part)
            && part.parse::<u8>().is_ok_and(|number| number < 60)
    };
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    let fraction_is_digits = fraction
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'_');
    // An integer begins with another digit than 0; a float may.
    let may_begin = last.contains('.') || !text.starts_with('0');
    may_begin && fraction_is_digits && below_60(whole) && rest.iter().rev().skip(1).all(|part| below_60(part))
}

/// `2001-12-14`, `2001-12-14 21:59:43.10 -5`, `2001-12-14T21:59:43Z`.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if year.len() != 4 || !all_digits(year) || !matches!(month.len(), 1 | 2) || !all_digits(month) {
        return false;
    }
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (_, time) = rest.split_at(day_length);
    matches!(day_length, 1 | 2) && (time.is_empty() || time.starts_with(['T', 't', ' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_core_schema() {
        let number = |value: f64| Scalar::Number(Number::from_f64(value).unwrap());
        assert_eq!(resolve("12"), Scalar::Number(12.into()));
        assert_eq!(resolve("-7"), Scalar::Number((-7).into()));
        assert_eq!(resolve("0x1F"), Scalar::Number(31.into()));
        assert_eq!(resolve("0.8"), number(0.8));
        assert_eq!(resolve("1e3"), number(1000.0));
        assert_eq!(resolve("True"), Scalar::Bool(true));
        assert_eq!(resolve("~"), Scalar::Null);
        assert_eq!(resolve("1.2.3"), Scalar::String);
        assert_eq!(resolve("-"), Scalar::String);
        assert_eq!(resolve("+."), Scalar::String);
        assert_eq!(resolve(".inf"), Scalar::OutOfRange);
        assert_eq!(resolve("99999999999999999999"), Scalar::OutOfRange);
        assert_eq!(resolve("1e400"), Scalar::OutOfRange);
    }

    #[test]
    fn names_what_the_versions_disagree_about() {
        for text in [
            "on",
            "No",
            "y",
            "012",
            "0o17",
            "1_000",
            "0b101",
            "12:30:45",
            "12:30",
            "2001-12-14",
            "2001-12-14T21:59:43Z",
            "1e3",
            "1.5e3",
            "=",
            "<<",
            "190:20:30.15",
            "+0b1",
            "08",
            "0x1_F",
        ] {
            assert!(disagreement(text).is_some(), "{text} was let through");
        }
        for text in [
            "1",
            "-1",
            "+1",
            "0",
            "0.8",
            "0x1F",
            "true",
            "False",
            "null",
            "~",
            "",
            "v1",
            "1.2.3",
            "100m",
            "64Gi",
            "qwen3-0.6b",
            "12:60",
            "1.5e+3",
            ".5",
            "bfloat16",
            "tRue",
            "a:b",
        ] {
            assert_eq!(disagreement(text), None, "{text} was refused");
        }
    }
}
