//! YAML (and so JSON) text as a JSON value that remembers where each part stands.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Line and column in a file, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON Pointer of the value; empty for the whole document.
    pub pointer: String,
    /// Where it stands, if it came from a file.
    pub place: Option<Place>,
    /// What is wrong, in the user's words.
    pub message: String,
    /// The way out, if there is one to name.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(out, "{}:{}: ", place.line, place.column)?;
        }
        if !self.pointer.is_empty() {
            write!(out, "{}: ", self.pointer)?;
        }
        out.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(out, " ({help})")?;
        }
        Ok(())
    }
}

/// A document and the places of its parts, by JSON Pointer.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The document's value.
    pub value: Value,
    places: BTreeMap<String, Place>,
}

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

impl Document {
    /// A document that came from no file.
    pub fn from_value(value: Value) -> Self {
        Self {
            value,
            places: BTreeMap::new(),
        }
    }

    /// Reads YAML 1.2 text of one document. Aliases, tags of our own and repeated keys are errors.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut reader = Reader {
            parser: Parser::new_from_str(text),
            places: BTreeMap::new(),
        };
        let value = reader.stream()?;
        Ok(Self {
            value,
            places: reader.places,
        })
    }

    /// Where the value at a pointer stands, or the nearest part around it.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        let mut at = pointer;
        loop {
            if let Some(place) = self.places.get(at) {
                return Some(*place);
            }
            at = &at[..at.rfind('/')?];
        }
    }

    /// A problem with the value at a pointer.
    pub fn problem(&self, pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        let pointer = pointer.into();
        Problem {
            place: self.place(&pointer),
            pointer,
            message: message.into(),
            help: None,
        }
    }
}

/// Appends a key to a JSON Pointer.
pub(crate) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    places: BTreeMap<String, Place>,
}

fn place(span: Span) -> Place {
    Place {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

fn fault(at: Option<Place>, pointer: &str, message: impl Into<String>) -> Problem {
    Problem {
        pointer: pointer.to_owned(),
        place: at,
        message: message.into(),
        help: None,
    }
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let marker = error.marker();
                let at = Place {
                    line: marker.line(),
                    column: marker.col() + 1,
                };
                Err(fault(Some(at), "", format!("not YAML: {}", error.info())))
            }
            None => Err(fault(None, "", "not YAML: the text ends too early")),
        }
    }

    fn stream(&mut self) -> Result<Value, Problem> {
        let mut value = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(value.unwrap_or(Value::Null)),
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                event if value.is_none() => value = Some(self.value(event, span, "", 0)?),
                _ => {
                    return Err(fault(
                        Some(place(span)),
                        "",
                        "a second document; the configuration is one document",
                    ));
                }
            }
        }
    }

    fn value(
        &mut self,
        event: Event<'a>,
        span: Span,
        pointer: &str,
        depth: usize,
    ) -> Result<Value, Problem> {
        let at = place(span);
        if depth > MAX_DEPTH {
            return Err(fault(
                Some(at),
                pointer,
                format!("nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.places.entry(pointer.to_owned()).or_insert(at);
        match event {
            Event::Scalar(text, style, _, tag) => scalar(&text, style, tag, at, pointer),
            Event::SequenceStart(..) => self.sequence(pointer, depth),
            Event::MappingStart(..) => self.mapping(pointer, depth),
            Event::Alias(_) => Err(fault(Some(at), pointer, "an alias; write the value itself")),
            _ => Err(fault(Some(at), pointer, "not YAML: a value was expected")),
        }
    }

    fn sequence(&mut self, pointer: &str, depth: usize) -> Result<Value, Problem> {
        let mut list = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::Array(list));
            }
            let at = child(pointer, &list.len().to_string());
            list.push(self.value(event, span, &at, depth + 1)?);
        }
    }

    fn mapping(&mut self, pointer: &str, depth: usize) -> Result<Value, Problem> {
        let mut map = Map::new();
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Object(map)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    return Err(fault(
                        Some(place(span)),
                        pointer,
                        "a key must be plain text",
                    ));
                }
            };
            let at = child(pointer, &key);
            if map.contains_key(&key) {
                return Err(fault(Some(place(span)), &at, "this key stands here twice"));
            }
            self.places.insert(at.clone(), place(span));
            let (event, span) = self.next()?;
            let value = self.value(event, span, &at, depth + 1)?;
            map.insert(key, value);
        }
    }
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<Cow<'_, Tag>>,
    at: Place,
    pointer: &str,
) -> Result<Value, Problem> {
    if let Some(tag) = tag {
        return match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
            (true, "str") => Ok(Value::String(text.to_owned())),
            _ => Err(fault(
                Some(at),
                pointer,
                format!("the tag `{tag}` is not known; leave it out"),
            )),
        };
    }
    if style != ScalarStyle::Plain {
        return Ok(Value::String(text.to_owned()));
    }
    Ok(plain(text))
}

/// The YAML 1.2 core schema. What is no finite number in JSON stays text, for the schema to refuse.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = unsigned.parse::<i64>() {
            return Value::from(number);
        }
        if let Ok(number) = unsigned.parse::<u64>() {
            return Value::from(number);
        }
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && let Ok(number) = u64::from_str_radix(digits, radix)
        {
            return Value::from(number);
        }
    }
    let float_like = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if float_like
        && let Ok(number) = text.parse::<f64>()
        && let Some(number) = number_of(number)
    {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}

/// A JSON number; a whole one is an integer, as JSON Schema sees it.
#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
fn number_of(number: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_core_schema_and_remembers_places() {
        let text = "a: 1\nb: [true, null, \"1\", 1.5e3, 0x10, .inf]\nc:\n  d: no\n";
        let document = Document::parse(text).unwrap();
        assert_eq!(
            document.value,
            json!({"a": 1, "b": [true, null, "1", 1500, 16, ".inf"], "c": {"d": "no"}})
        );
        assert_eq!(document.place("/c/d"), Some(Place { line: 4, column: 3 }));
        assert_eq!(
            document.place("/c/missing"),
            Some(Place { line: 3, column: 1 })
        );
        assert_eq!(
            document.place("/b/2"),
            Some(Place {
                line: 2,
                column: 17
            })
        );
    }

    #[test]
    fn refuses_what_would_be_read_two_ways() {
        for (text, words) in [
            ("a: 1\na: 2\n", "twice"),
            ("a: &x 1\nb: *x\n", "alias"),
            ("a: 1\n---\nb: 1\n", "second document"),
            ("a: !ours 1\n", "tag"),
            ("a: [1\n", "not YAML"),
            ("? [1]\n: 2\n", "key"),
        ] {
            let problem = Document::parse(text).unwrap_err();
            assert!(problem.message.contains(words), "{text:?}: {problem}");
        }
    }

    #[test]
    fn refuses_bottomless_nesting() {
        let problem = Document::parse(&"[".repeat(500)).unwrap_err();
        assert!(
            problem.message.contains("deeper") || problem.message.contains("not YAML"),
            "{problem}"
        );
    }
}
