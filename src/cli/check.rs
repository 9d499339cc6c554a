//! The command line of `check`.

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench check
  xbench check --message-format github
  xbench check --message-format sarif 2> xbench.sarif";
