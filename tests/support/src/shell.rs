//! Which programs a line of shell calls, as far as examples and transcripts need it.

/// Words that end a call.
const SEPARATORS: [&str; 6] = ["|", ";", "&&", "||", ">", "2>"];

/// The calls of a program in a line, program name first: between pipes and redirections, in `<(..)`, and as
/// the value of a variable.
pub(crate) fn calls(line: &str, program: &str) -> Vec<Vec<String>> {
    let line = line.replace("<(", "; ").replace("; ", " ; ");
    let line = if line.contains("$(") {
        line
    } else {
        line.replace(')', " ; ")
    };
    let words = shlex::split(&line).unwrap_or_else(|| panic!("quotes do not match: {line}"));
    let mut calls = Vec::new();
    for call in words.split(|word| SEPARATORS.contains(&word.as_str())) {
        match call.first() {
            Some(first) if first == program => calls.push(call.to_vec()),
            _ => {}
        }
        let values = call
            .iter()
            .filter_map(|word| word.split_once('='))
            .filter(|(name, _)| {
                name.chars()
                    .all(|one| one.is_ascii_uppercase() || one == '_')
            })
            .map(|(_, value)| value)
            .filter(|value| *value == program || value.starts_with(&format!("{program} ")));
        calls.extend(values.filter_map(shlex::split));
    }
    calls
}

/// The lines under "Examples:" of a help text, those that go on put together.
pub(crate) fn examples(help: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_open = false;
    let shown = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    for line in shown.take_while(|line| line.starts_with("  ")) {
        let line = line.trim();
        let (text, goes_on) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some(last) if is_open => last.push_str(text),
            _ => lines.push(text.to_owned()),
        }
        is_open = goes_on;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_wherever_they_stand() {
        let found = |line| -> Vec<String> {
            let all = calls(line, "xbench");
            all.into_iter().map(|call| call.join(" ")).collect()
        };
        assert_eq!(
            found("xbench render | kubectl apply -f -"),
            ["xbench render"]
        );
        assert_eq!(
            found("kubectl logs job | xbench results extract > out"),
            ["xbench results extract"]
        );
        assert_eq!(
            found("xbench render -o a; xbench diff --against a"),
            ["xbench render -o a", "xbench diff --against a"]
        );
        assert_eq!(
            found("KUBECTL_EXTERNAL_DIFF='xbench diff' kubectl diff"),
            ["xbench diff"]
        );
        assert_eq!(
            found("source <(xbench completions bash)   # here"),
            ["xbench completions bash"]
        );
        assert_eq!(
            found("echo \"$REF $(crane digest $REF)\" | xbench pin --from -"),
            ["xbench pin --from -"]
        );
    }

    #[test]
    fn examples_may_go_on() {
        let help = "Usage: a\n\nExamples:\n  a b \\\n    c\n  d\n\nMore:\n  e\n";
        assert_eq!(examples(help), ["a b c", "d"]);
    }
}
