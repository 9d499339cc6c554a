//! Results in logs: the block that the load generator prints between two marks, whatever each line is
//! prefixed with, whatever other lines stand between, and also if its end is missing.

use serde_json::{Value, json};

/// First line of a result in a log.
pub const BEGIN: &str = "-----BEGIN XBENCH RESULT-----";
/// Last line of a result in a log.
pub const END: &str = "-----END XBENCH RESULT-----";

/// A result found in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its mark, from 1.
    pub line: usize,
    /// Its text, as JSON.
    pub json: String,
    /// How much of it is there.
    pub extent: Extent,
    /// Lines within it that are not its own.
    pub foreign_lines: usize,
}

/// How much of a block is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What was printed before the log ends or the next block begins; `json` says so itself: its status
    /// is `interrupted`.
    Cut,
    /// Too little: not one run.
    Useless,
}

/// Whether a text may be a log with a result in it.
pub fn is_log(text: &str) -> bool {
    !text.trim_start().starts_with('{') && text.contains(BEGIN)
}

/// Every block of a log, in order.
pub fn find(log: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Prefix<'_>, Vec<&str>)> = None;
    let mut lines = log.split_inclusive('\n').zip(1..).peekable();
    while let Some((line, number)) = lines.next() {
        // A line that the log ends in may be half a line.
        let is_torn = !line.ends_with('\n') && lines.peek().is_none();
        let text = line.trim_end_matches(['\n', '\r']);
        if let Some(at) = text.find(BEGIN) {
            let before = open.replace((number, Prefix::of(&text[..at]), Vec::new()));
            blocks.extend(before.map(|(line, _, lines)| block(line, &lines)));
        } else if text.contains(END) {
            blocks.extend(open.take().map(|(line, _, lines)| block(line, &lines)));
        } else if let Some((_, prefix, lines)) = &mut open
            && !is_torn
        {
            lines.push(prefix.strip(text).unwrap_or(text));
        }
    }
    blocks.extend(open.map(|(line, _, lines)| block(line, &lines)));
    blocks
}

fn block(line: usize, lines: &[&str]) -> Block {
    let joined = lines.join("\n");
    if serde_json::from_str::<serde::de::IgnoredAny>(&joined).is_ok() {
        return Block {
            line,
            json: joined,
            extent: Extent::Whole,
            foreign_lines: 0,
        };
    }
    let kept = Kept::of(lines);
    let foreign_lines = lines.len() - kept.lines.len();
    let (json, extent) = if kept.is_closed() {
        (kept.lines.join("\n"), Extent::Whole)
    } else {
        match kept.repaired() {
            Some(value) => (value, Extent::Cut),
            None => (String::new(), Extent::Useless),
        }
    };
    Block {
        line,
        json,
        extent,
        foreign_lines,
    }
}

/// What stands before each line: `[pod/a/loadgen] `, a time, or both. A time differs from line to line.
struct Prefix<'a> {
    before: &'a str,
    has_time: bool,
    after: &'a str,
}

impl<'a> Prefix<'a> {
    fn of(text: &'a str) -> Self {
        let words = text.split_inclusive(' ');
        let mut start = 0;
        for word in words {
            if is_time(word.trim_end()) {
                return Self {
                    before: &text[..start],
                    has_time: true,
                    after: &text[start + word.trim_end().len()..],
                };
            }
            start += word.len();
        }
        Self {
            before: text,
            has_time: false,
            after: "",
        }
    }

    fn strip<'t>(&self, line: &'t str) -> Option<&'t str> {
        let rest = line.strip_prefix(self.before)?;
        if !self.has_time {
            return Some(rest);
        }
        let end = rest.find(' ').unwrap_or(rest.len());
        let (time, rest) = rest.split_at(end);
        if is_time(time) {
            rest.strip_prefix(self.after)
        } else {
            None
        }
    }
}

/// A time as `kubectl logs --timestamps` writes it.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 20
        && bytes[4] == b'-'
        && bytes[10] == b'T'
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"-T:.Z+".contains(byte))
}

/// The lines that belong to an indented JSON document: each must be indented as deep as the document is
/// nested at that place, and be what can stand there.
#[derive(Default)]
struct Kept<'a> {
    lines: Vec<&'a str>,
    open: Vec<Nest>,
    /// Whether the last line promises another one at its depth: it opens a nest, or ends in a comma.
    wants_more: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nest {
    Map,
    List,
}

impl<'a> Kept<'a> {
    fn of(lines: &[&'a str]) -> Self {
        let mut kept = Self::default();
        for line in lines {
            if kept.is_closed() {
                break;
            }
            if kept.takes(line) {
                kept.wants_more = line.ends_with([',', '{', '[']);
                kept.lines.push(line);
            }
        }
        kept
    }

    fn is_closed(&self) -> bool {
        self.open.is_empty() && !self.lines.is_empty()
    }

    fn takes(&mut self, line: &str) -> bool {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let depth = self.open.len();
        let closed = match content {
            "}" | "}," => Some(Nest::Map),
            "]" | "]," => Some(Nest::List),
            _ => None,
        };
        if closed.is_some() {
            let fits =
                indent + 2 == 2 * depth && self.open.last().copied() == closed && !self.wants_more;
            if fits {
                self.open.pop();
            }
            return fits;
        }
        if indent != 2 * depth || (depth > 0 && !self.wants_more) {
            return false;
        }
        let value = match self.open.last() {
            Some(Nest::Map) => after_key(content),
            Some(Nest::List) => Some(content),
            None => (content == "{").then_some(content),
        };
        match value {
            Some("{") => self.open.push(Nest::Map),
            Some("[") => self.open.push(Nest::List),
            Some(scalar) => {
                let scalar = scalar.strip_suffix(',').unwrap_or(scalar);
                return serde_json::from_str::<serde::de::IgnoredAny>(scalar).is_ok();
            }
            None => return false,
        }
        true
    }

    /// What a cut document says, closed, without the run it was cut in, and marked.
    fn repaired(&self) -> Option<String> {
        let mut text = self.lines.join("\n");
        if text.ends_with(',') {
            text.pop();
        }
        for nest in self.open.iter().rev() {
            text.push(match nest {
                Nest::Map => '}',
                Nest::List => ']',
            });
        }
        let mut value: Value = serde_json::from_str(&text).ok()?;
        let map = value.as_object_mut()?;
        let is_in_runs = !map.contains_key("saturation");
        let runs = map.get_mut("runs")?.as_array_mut()?;
        if is_in_runs && self.open.len() > 2 {
            runs.pop();
        }
        if runs.is_empty() {
            return None;
        }
        map.insert("saturation".to_owned(), json!([]));
        map.insert("status".to_owned(), json!("interrupted"));
        map.insert("reason".to_owned(), json!(CUT));
        let broken = json!({ "rule": "complete", "passed": false, "measured": 0, "limit": 1 });
        map.insert(
            "verdict".to_owned(),
            json!({ "valid": false, "rules": [broken] }),
        );
        serde_json::to_string_pretty(&value)
            .ok()
            .map(|text| text + "\n")
    }
}

/// The reason that a result carries whose block was cut.
pub const CUT: &str = "the log was cut: runs may be missing";

/// What follows `"key": `.
fn after_key(content: &str) -> Option<&str> {
    let mut ends = content.match_indices("\": ");
    ends.find_map(|(at, mark)| {
        let key = content.get(..=at)?;
        serde_json::from_str::<String>(key).ok()?;
        content.get(at + mark.len()..)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> String {
        let run = json!({ "point": 0, "text": "a \": {", "deep": { "list": [1, 2.5, []] } });
        let value =
            json!({ "status": "complete", "none": {}, "runs": [run, run], "saturation": [] });
        serde_json::to_string_pretty(&value).expect("it prints")
    }

    fn parsed(block: &Block) -> Value {
        serde_json::from_str(&block.json).expect("a block is JSON")
    }

    #[test]
    fn a_block_is_found_between_other_lines_and_behind_any_prefix() {
        let text = document();
        let whole: Value = serde_json::from_str(&text).expect("it is JSON");
        let plain = format!("hello\n{BEGIN}\n{text}\n{END}\nbye\n");
        let prefixed: String = plain
            .lines()
            .map(|line| format!("[pod/x/loadgen] {line}"))
            .collect::<Vec<_>>()
            .join("\n");
        let timed: String = plain
            .lines()
            .zip(0..)
            .map(|(line, n)| format!("[pod/x] 2026-11-24T08:00:0{}.{}Z {line}", n % 10, n))
            .collect::<Vec<_>>()
            .join("\n");
        for log in [plain, prefixed, timed] {
            let blocks = find(&log);
            assert_eq!(blocks.len(), 1, "{log}");
            assert_eq!(
                (parsed(&blocks[0]), blocks[0].line),
                (whole.clone(), 2),
                "{log}"
            );
        }
    }

    #[test]
    fn lines_of_others_within_a_block_are_dropped() {
        let text = document();
        let whole: Value = serde_json::from_str(&text).expect("it is JSON");
        let noise = [
            "INFO: 127.0.0.1 \"POST /v1/score\" 200",
            "{",
            "}",
            "  12",
            "\"key\": 1",
            "",
        ];
        let mixed: String = text
            .lines()
            .zip(noise.into_iter().cycle())
            .flat_map(|(line, noise)| [line, noise])
            .collect::<Vec<_>>()
            .join("\n");
        // The document's first line opens it; noise before it would be taken for it.
        let log = format!("{BEGIN}\n{mixed}\n{END}\n");
        let blocks = find(&log);
        assert_eq!(blocks[0].extent, Extent::Whole);
        assert_eq!(parsed(&blocks[0]), whole);
        assert!(blocks[0].foreign_lines > 10);
    }

    #[test]
    fn a_cut_block_keeps_its_whole_runs_and_says_that_it_was_cut() {
        let log = format!("{BEGIN}\n{}\n{END}\n", document());
        let mut kept = Vec::new();
        for end in 0..log.len() {
            let blocks = find(&log[..end]);
            let Some(block) = blocks.first() else {
                continue;
            };
            if block.extent == Extent::Cut {
                let value = parsed(block);
                assert_eq!(
                    (&value["status"], &value["reason"]),
                    (&json!("interrupted"), &json!(CUT))
                );
                let runs = value["runs"].as_array().expect("a list").clone();
                assert!(
                    runs.iter()
                        .all(|run| run["deep"]["list"] == json!([1, 2.5, []]))
                );
                kept.push(runs.len());
            }
        }
        assert!(
            kept.is_sorted() && kept.contains(&1) && kept.contains(&2),
            "{kept:?}"
        );
    }

    #[test]
    fn several_blocks_are_told_apart() {
        let text = document();
        let log = format!("{BEGIN}\n{text}\n{BEGIN}\n{text}\n{END}\n{BEGIN}\n{{\n");
        let extents: Vec<Extent> = find(&log).iter().map(|block| block.extent).collect();
        assert_eq!(extents, [Extent::Whole, Extent::Whole, Extent::Useless]);
    }
}
