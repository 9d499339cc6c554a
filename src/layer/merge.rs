//! The merge: RFC 7396, with origins.

use crate::yaml::{Entry, Kind, Map, Node};
use std::sync::Arc;

/// Applies a merge patch (RFC 7396) to a value.
///
/// Maps merge key by key, `null` removes a key, everything else replaces. Each replaced value stays
/// reachable through [`Node::replaced`], so that an answer to "what did this override?" is at hand.
pub fn merge(target: &Arc<Node>, patch: &Arc<Node>) -> Arc<Node> {
    let Kind::Map(changes) = &patch.kind else {
        return replace(target, Node::clone(patch));
    };
    let Kind::Map(old) = &target.kind else {
        return replace(target, Node::clone(&without_nulls(patch)));
    };
    let mut merged = old.clone();
    for (key, change) in changes {
        if change.node.kind == Kind::Null {
            merged.shift_remove(key);
        } else if let Some(entry) = merged.get_mut(key) {
            entry.node = merge(&entry.node, &change.node);
            entry.key = change.key;
        } else {
            merged.insert(Arc::clone(key), added(change));
        }
    }
    Arc::new(Node {
        kind: Kind::Map(merged),
        place: target.place,
        style: target.style,
        replaced: target.replaced.clone(),
    })
}

fn replace(target: &Arc<Node>, mut by: Node) -> Arc<Node> {
    by.replaced = Some(Arc::clone(target));
    Arc::new(by)
}

fn added(entry: &Entry) -> Entry {
    Entry {
        key: entry.key,
        node: without_nulls(&entry.node),
    }
}

/// A patch for what does not exist yet: its `null`s have nothing to remove.
fn without_nulls(node: &Arc<Node>) -> Arc<Node> {
    let Kind::Map(map) = &node.kind else {
        return Arc::clone(node);
    };
    let kept: Map = map
        .iter()
        .filter(|(_, entry)| entry.node.kind != Kind::Null)
        .map(|(key, entry)| (Arc::clone(key), added(entry)))
        .collect();
    Arc::new(Node {
        kind: Kind::Map(kept),
        ..Node::clone(node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::yaml::{Dialect, read};

    fn tree(text: &str) -> Arc<Node> {
        let mut sources = Sources::default();
        let source = sources.add("test", text);
        read(&sources, source, Dialect::Lenient).expect("test text is valid")
    }

    /// The examples of RFC 7396, appendix A: original, patch, result.
    #[test]
    fn agrees_with_the_examples_of_the_rfc() {
        let examples = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ];
        for (original, patch, result) in examples {
            let merged = merge(&tree(original), &tree(patch));
            assert_eq!(
                merged.to_json(),
                tree(result).to_json(),
                "{original} + {patch}"
            );
        }
    }

    #[test]
    fn remembers_what_was_replaced() {
        let merged = merge(&merge(&tree("{a: 1}"), &tree("{a: 2}")), &tree("{a: 3}"));
        let leaf = merged.get("a").expect("a is set");
        let chain: Vec<_> = std::iter::successors(Some(leaf), |node| node.replaced.as_deref())
            .map(|node| node.to_json().to_string())
            .collect();
        assert_eq!(chain, ["3", "2", "1"]);
    }
}
