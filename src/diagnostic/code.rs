//! The kinds of diagnostics. A code is part of the machine-readable output and stays as it is.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What kind of thing a diagnostic tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The stable name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                }
            }

            /// What a diagnostic of this kind tells, in one sentence.
            pub fn description(self) -> &'static str {
                match self {
                    $(Code::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

codes! {
    /// The file is larger than xbench reads.
    FileTooLarge = "file-too-large",
    /// The file is not UTF-8, or holds a NUL byte.
    NotText = "not-text",
    /// The file is not YAML.
    YamlSyntax = "yaml-syntax",
    /// Too deep, or too many nodes.
    TooComplex = "too-complex",
    /// A key stands twice in one map.
    DuplicateKey = "duplicate-key",
    /// A key is not a string.
    KeyNotString = "key-not-string",
    /// `&name` or `*name`.
    Anchor = "anchor",
    /// `<<`.
    MergeKey = "merge-key",
    /// `!tag`.
    Tag = "tag",
    /// `%YAML` or `%TAG`.
    Directive = "directive",
    /// More than one document in a file, or none.
    DocumentCount = "document-count",
    /// A plain scalar that YAML 1.1 and 1.2 read differently.
    AmbiguousScalar = "ambiguous-scalar",
    /// A number that no JSON number can hold.
    NumberRange = "number-range",
    /// A value that its schema refuses.
    Schema = "schema",
    /// A key that the schema does not know.
    UnknownKey = "unknown-key",
    /// A value that the schema requires and no layer sets.
    MissingValue = "missing-value",
    /// An argument of `--set` that cannot be read.
    Set = "set",
    /// The project's folders are not as they should be.
    Project = "project",
    /// A layer, suite, environment or blueprint that does not exist.
    UnknownName = "unknown-name",
    /// The selection leaves nothing to render.
    EmptySelection = "empty-selection",
    /// Backend and accelerator do not fit each other.
    Incompatible = "incompatible",
    /// Variants of a suite differ in a value that must be equal.
    Parity = "parity",
    /// An accepted difference that does not exist any more.
    StaleDifference = "stale-difference",
    /// A template that cannot be read.
    Template = "template",
    /// A template asks for a value that is not there.
    AbsentValue = "absent-value",
    /// A rendered object that Kubernetes would refuse.
    Kubernetes = "kubernetes",
    /// A value that the accelerator's machine cannot provide.
    Machine = "machine",
    /// A patch that cannot be applied.
    Patch = "patch",
    /// A Dockerfile that cannot be read, or a value that cannot be written into it.
    Dockerfile = "dockerfile",
    /// A rendered file that Cloud Build would refuse.
    CloudBuild = "cloud-build",
    /// An image without a digest.
    UnpinnedImage = "unpinned-image",
    /// What a build printed cannot be understood, or is of no image of the project.
    BuildOutput = "build-output",
    /// A pin of what is not rendered any more, or whose tag means another image by now.
    StalePin = "stale-pin",
    /// An environment value stands in a template.
    Hardcoded = "hardcoded",
    /// A rendered configuration that the load generator would refuse.
    Configuration = "configuration",
    /// An object was changed after it was rendered.
    Edited = "edited",
    /// An object that xbench did not render.
    NotRendered = "not-rendered",
    /// A file that holds no valid result.
    NotAResult = "not-a-result",
    /// A result of a newer version of the format.
    NewerVersion = "newer-version",
    /// A result that does not say everything.
    Incomplete = "incomplete",
    /// Measurements that a comparison does not use.
    LeftOut = "left-out",
    /// Results that cannot be compared.
    Incomparable = "incomparable",
    /// A variant that has nothing to be held against.
    NoBaseline = "no-baseline",
    /// The index of results is not kept, or was made anew.
    Index = "index",
    /// A difference that was allowed and that no two results show.
    UnusedAllowance = "unused-allowance",
    /// A file or stream could not be read or written.
    Io = "io",
    /// The command line asks for what does not go together.
    Usage = "usage",
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
