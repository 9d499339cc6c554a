//! Text to tree, with bounds.

use super::node::{Entry, Kind, Map, Node, Style};
use super::plain::{self, Scalar};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, SourceId, Sources};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};
use std::sync::Arc;

/// The largest file that is read, in bytes. The largest shipped layer has about 4 KiB.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting that is read. A Kubernetes Job has about 12 levels.
pub const MAX_DEPTH: usize = 64;
/// The most nodes that are read from one file that a person wrote.
pub const MAX_NODES: usize = 100_000;
/// The most nodes that are read from what a program wrote: over a thousand Jobs as a server returns them.
const MAX_LENIENT_NODES: usize = 1_000_000;
/// After so many problems in one file, it is hardly the file that was meant.
const MAX_PROBLEMS: usize = 100;

/// How strictly a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Written by people for xbench: what is easily misread is refused.
    Strict,
    /// Written by programs, such as `kubectl get -o yaml`: whatever YAML 1.2 means by it.
    Lenient,
}

/// Reads a text that holds exactly one document.
///
/// # Errors
///
/// Everything that is wrong with the text, each with its place.
pub fn read(
    sources: &Sources,
    source: SourceId,
    dialect: Dialect,
) -> Result<Arc<Node>, Vec<Diagnostic>> {
    let mut documents = read_all(sources, source, dialect)?;
    match (documents.len(), documents.pop()) {
        (1, Some(document)) => Ok(document),
        (0, _) => Err(vec![
            Diagnostic::error(Code::DocumentCount, "the file is empty")
                .at(Place::top(source))
                .help("write a map of values, or remove the file"),
        ]),
        (_, Some(last)) => Err(vec![
            Diagnostic::error(Code::DocumentCount, "the file holds several documents")
                .labelled(last.place, "another document starts here")
                .help("keep one document, and put the others into files of their own"),
        ]),
        (_, None) => Ok(Arc::new(Node::empty_map(Place::top(source)))),
    }
}

/// Reads a text that holds any number of documents.
///
/// # Errors
///
/// Everything that is wrong with the text, each with its place.
pub fn read_all(
    sources: &Sources,
    source: SourceId,
    dialect: Dialect,
) -> Result<Vec<Arc<Node>>, Vec<Diagnostic>> {
    let Some(found) = sources.get(source) else {
        return Ok(Vec::new());
    };
    let text = Arc::clone(&found.text);
    if let Some(index) = text.find('\0') {
        return Err(vec![
            Diagnostic::error(Code::NotText, "the file holds a NUL byte")
                .at(sources.place_of_byte(source, index))
                .help("YAML is text: save the file as UTF-8"),
        ]);
    }
    Reader::new(sources, source, &text, dialect).documents()
}

fn offset(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A collection that is being filled.
enum Open {
    List {
        place: Place,
        items: Vec<Arc<Node>>,
    },
    Map {
        place: Place,
        map: Map,
        /// The key whose value comes next.
        key: Option<(Arc<str>, Place)>,
    },
}

struct Reader<'a> {
    sources: &'a Sources,
    source: SourceId,
    text: &'a str,
    dialect: Dialect,
    stack: Vec<Open>,
    documents: Vec<Arc<Node>>,
    nodes: usize,
    problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn new(sources: &'a Sources, source: SourceId, text: &'a str, dialect: Dialect) -> Self {
        Self {
            sources,
            source,
            text,
            dialect,
            stack: Vec::new(),
            documents: Vec::new(),
            nodes: 0,
            problems: Vec::new(),
        }
    }

    fn documents(mut self) -> Result<Vec<Arc<Node>>, Vec<Diagnostic>> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        for event in Parser::new_from_str_with_options(self.text, options) {
            match event {
                Ok((event, span)) => self.event(event, span),
                Err(error) => {
                    let problem = self.syntax(&error);
                    self.problems.push(problem);
                    break;
                }
            }
            if let Some(problem) = self.beyond_bounds() {
                self.problems.push(problem);
                break;
            }
        }
        if self.problems.is_empty() {
            Ok(self.documents)
        } else {
            Err(self.problems)
        }
    }

    fn beyond_bounds(&self) -> Option<Diagnostic> {
        let most = match self.dialect {
            Dialect::Strict => MAX_NODES,
            Dialect::Lenient => MAX_LENIENT_NODES,
        };
        let message = if self.nodes > most {
            format!("the file holds more than {most} values")
        } else if self.problems.len() >= MAX_PROBLEMS {
            format!("the file holds more than {MAX_PROBLEMS} errors")
        } else {
            return None;
        };
        Some(
            Diagnostic::error(Code::TooComplex, message)
                .at(Place::top(self.source))
                .help("split it, or check that it is the file you meant"),
        )
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        let place = self.place(span);
        self.refuse_tag(&event, span);
        match event {
            Event::Scalar(text, style, ..) => self.scalar(&text, style, place),
            Event::SequenceStart(..) => self.stack.push(Open::List {
                place,
                items: Vec::new(),
            }),
            Event::MappingStart(..) => self.stack.push(Open::Map {
                place,
                map: Map::new(),
                key: None,
            }),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Anchor(_, name) => self.refuse_anchor(place, &format!("the anchor `&{name}`")),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse_anchor(place, "an alias");
                self.attach(Node::new(Kind::Null, place));
            }
            Event::DocumentStart(_, Some(_)) if self.dialect == Dialect::Strict => {
                self.problems.push(
                    Diagnostic::error(Code::Directive, "a `%YAML` directive is not allowed here")
                        .at(self.directive().unwrap_or(place))
                        .help("remove it: everything is read as YAML 1.2"),
                );
            }
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) {
        if self.takes_key() {
            self.key(text, style, place);
            return;
        }
        let (kind, style) = if style == ScalarStyle::Plain {
            (self.plain(text, place), Style::Plain)
        } else {
            (Kind::String(text.into()), Style::Quoted)
        };
        let mut node = Node::new(kind, place);
        node.style = style;
        self.attach(node);
    }

    fn plain(&mut self, text: &str, place: Place) -> Kind {
        if self.dialect == Dialect::Strict
            && let Some(problem) = ambiguous(text, place)
        {
            self.problems.push(problem);
        }
        match plain::resolve(text) {
            Scalar::Null => Kind::Null,
            Scalar::Bool(value) => Kind::Bool(value),
            Scalar::Number(number) => Kind::Number(number),
            Scalar::String => Kind::String(text.into()),
            Scalar::OutOfRange => {
                self.problems.push(
                    Diagnostic::error(
                        Code::NumberRange,
                        format!("`{text}` is a number that JSON cannot hold"),
                    )
                    .at(place)
                    .help(format!("quote it if text is meant: \"{text}\"")),
                );
                Kind::Null
            }
        }
    }

    fn takes_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open::Map { key: None, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, place: Place) {
        let plain = style == ScalarStyle::Plain;
        if plain && text == "<<" {
            self.problems.push(
                Diagnostic::error(Code::MergeKey, "merge keys are not allowed")
                    .at(place)
                    .help("write the values out, or move them into a layer"),
            );
        } else if plain && self.dialect == Dialect::Strict {
            if let Some(problem) = ambiguous(text, place) {
                self.problems.push(problem);
            } else if !matches!(plain::resolve(text), Scalar::String) {
                self.problems.push(
                    Diagnostic::error(
                        Code::KeyNotString,
                        format!("the key `{text}` is not a string"),
                    )
                    .at(place)
                    .help(format!("quote it: \"{text}\"")),
                );
            }
        }
        if let Some(Open::Map { map, key, .. }) = self.stack.last_mut() {
            if let Some(first) = map.get(text) {
                self.problems.push(
                    Diagnostic::error(Code::DuplicateKey, format!("the key `{text}` stands twice"))
                        .labelled(place, "here again")
                        .also(first.key, "first here")
                        .help("keep one of them"),
                );
            }
            *key = Some((text.into(), place));
        }
    }

    fn close(&mut self) {
        match self.stack.pop() {
            Some(Open::List { place, items }) => self.attach(Node::new(Kind::List(items), place)),
            Some(Open::Map { place, map, .. }) => self.attach(Node::new(Kind::Map(map), place)),
            None => {}
        }
    }

    fn attach(&mut self, node: Node) {
        self.nodes += 1;
        let takes_key = self.takes_key();
        match self.stack.last_mut() {
            None => self.documents.push(Arc::new(node)),
            Some(Open::List { items, .. }) => items.push(Arc::new(node)),
            Some(Open::Map { key, .. }) if takes_key => {
                let help = match node.kind {
                    Kind::Map(_) => "to write a template expression, quote it: \"{{ .. }}\"",
                    _ => "write text, in quotes if need be",
                };
                self.problems.push(
                    Diagnostic::error(Code::KeyNotString, "a key must be a string")
                        .at(node.place)
                        .help(help),
                );
                *key = Some(("".into(), node.place));
            }
            Some(Open::Map { map, key, .. }) => {
                if let Some((name, key)) = key.take() {
                    let node = Arc::new(node);
                    map.entry(name).or_insert(Entry { key, node });
                }
            }
        }
    }

    fn refuse_anchor(&mut self, place: Place, what: &str) {
        self.problems.push(
            Diagnostic::error(Code::Anchor, format!("{what} is not allowed"))
                .at(place)
                .help("write the value out, or move what is shared into a lower layer"),
        );
    }

    fn refuse_tag(&mut self, event: &Event<'_>, span: Span) {
        let Some(tag) = event.tag() else { return };
        let place = span
            .tag_span()
            .map_or_else(|| self.place(span), |span| self.place(span));
        self.problems.push(
            Diagnostic::error(
                Code::Tag,
                format!("the tag `{}` is not allowed", tag.original()),
            )
            .at(place)
            .help("remove it; quote a value to make it a string"),
        );
    }

    /// Where the first directive stands: the parser tells only where the document begins.
    fn directive(&self) -> Option<Place> {
        let start = match self.text.strip_prefix('%') {
            Some(_) => 0,
            None => self.text.find("\n%")? + 1,
        };
        Some(self.sources.place_of_byte(self.source, start))
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let marker = *error.marker();
        let place = self.place(Span::empty(marker));
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return Diagnostic::error(
                Code::TooComplex,
                format!("the nesting is deeper than {MAX_DEPTH} levels"),
            )
            .at(place)
            .help("no input of xbench is that deep: check the brackets and the indentation");
        }
        let message = format!("not valid YAML: {}", error.kind());
        Diagnostic::error(Code::YamlSyntax, message)
            .at(place)
            .help_if(way_out(error.kind()).map(str::to_owned))
    }

    fn place(&self, span: Span) -> Place {
        let bytes = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or_default();
        Place {
            source: self.source,
            line: offset(span.start.line()),
            column: offset(span.start.col() + 1),
            start: offset(bytes(span.start)),
            end: offset(bytes(span.end).max(bytes(span.start))),
        }
    }
}

/// What usually mends a mistake that the parser names in YAML's own terms.
fn way_out(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "a key ends with `:` and a space"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation => "indent with spaces",
        ErrorKind::UnclosedQuotedScalar => "close the quote",
        ErrorKind::UnclosedFlowCollection { .. } => "close the bracket",
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            "begin the keys of a map in the same column"
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => "put the whole text into the quotes",
        ErrorKind::UnknownQuotedScalarEscape => {
            "between double quotes `\\` begins an escape: write `\\\\`, or use single quotes"
        }
        ErrorKind::BomInsideDocument | ErrorKind::UnexpectedCharacter { .. } => {
            "remove the character, or write it as an escape between double quotes"
        }
        _ if kind.to_string().contains("mapping values are not allowed") => {
            "quote a text that holds `: `; write a key and its value on one line, or the value \
             below the key and further in"
        }
        _ if kind.to_string().contains("':' indicator") => "close the bracket on the line before",
        _ => return None,
    })
}

fn ambiguous(text: &str, place: Place) -> Option<Diagnostic> {
    let old = plain::disagreement(text)?;
    let modern = match plain::resolve(text) {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Number(_) | Scalar::OutOfRange => "a number",
        Scalar::String => "a string",
    };
    let readings = if old == modern {
        "read differently by YAML 1.1 and 1.2".to_owned()
    } else {
        format!("{old} in YAML 1.1 and {modern} in YAML 1.2")
    };
    let is_numeric = |reading: &str| {
        ["number", "integer", "float"]
            .iter()
            .any(|kind| reading.ends_with(kind))
    };
    let otherwise = if old == "a boolean" {
        "; otherwise write true or false"
    } else if is_numeric(old) || is_numeric(modern) {
        "; otherwise write it as a plain decimal number"
    } else {
        ""
    };
    let help = match otherwise {
        "" => format!("quote it: \"{text}\""),
        otherwise => format!("quote it if text is meant: \"{text}\"{otherwise}"),
    };
    Some(
        Diagnostic::error(Code::AmbiguousScalar, format!("`{text}` is {readings}"))
            .at(place)
            .help(help),
    )
}
