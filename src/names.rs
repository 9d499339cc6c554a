//! Names that Kubernetes takes and people can read, however long the parts are.

use crate::hash::ContentHash;

/// The longest name of a Job: the name is also a label value, and pods get a suffix of their own.
const MOST: usize = 63;

/// Joins parts into the readable start of an object's name. Dots become `-`. The longest parts are
/// shortened until a `-` and the short content hash fit behind.
pub fn prefix(parts: &[&str]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| part.replace(|character: char| !is_plain(character), "-"))
        .collect();
    shortened(parts, '-', MOST - 1 - ContentHash::SHORT)
}

/// A label value for an id of parts joined by dots. If it has to be shortened, a hash of the whole
/// id keeps it distinct.
pub fn label(id: &str) -> String {
    if id.len() <= MOST {
        return id.to_owned();
    }
    let hash = ContentHash::of_bytes(id.as_bytes()).short();
    let parts = id.split('.').map(str::to_owned).collect();
    format!("{}.{hash}", shortened(parts, '.', MOST - 1 - hash.len()))
}

fn is_plain(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn shortened(mut parts: Vec<String>, separator: char, most: usize) -> String {
    let length = |parts: &[String]| {
        parts.iter().map(String::len).sum::<usize>() + parts.len().saturating_sub(1)
    };
    while length(&parts) > most {
        // The last of the longest parts: the first parts say most.
        let Some(longest) = parts.iter_mut().max_by_key(|part| part.len()) else {
            break;
        };
        longest.pop();
        while longest.ends_with(|last| !is_plain(last)) {
            longest.pop();
        }
    }
    parts.join(&separator.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay_whole() {
        assert_eq!(
            prefix(&["score", "jax-tpu", "tpu-v6e-1", "qwen3-0.6b", "smoke"]),
            "score-jax-tpu-tpu-v6e-1-qwen3-0-6b-smoke"
        );
        assert_eq!(label("a.b"), "a.b");
    }

    #[test]
    fn long_names_stay_legal_and_readable() {
        let long = "x".repeat(63);
        let name = prefix(&["score", "pytorch-cuda", &long, "llama-3.2-1b-instruct", &long]);
        assert!(name.len() <= 52, "{name}");
        assert!(name.starts_with("score-pytorch-cuda-xxx"), "{name}");
        let left = label(&format!("{long}.a.{long}"));
        let right = label(&format!("{long}.a.{long}x"));
        assert!(left.len() <= 63 && left != right, "{left} {right}");
    }
}
