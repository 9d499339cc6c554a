//! Files and folders that the operating system refuses, in words.

use super::{Code, Diagnostic};
use std::fmt::Display;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Something cannot be read.
pub fn unreadable(name: impl Display, error: &Error) -> Diagnostic {
    let problem = Diagnostic::error(Code::Io, format!("cannot read `{name}`: {}", why(error)));
    match error.kind() {
        ErrorKind::IsADirectory => problem.help("name a file"),
        ErrorKind::PermissionDenied => problem.help("see with `ls -l` who may read it"),
        _ => problem,
    }
}

/// Why something cannot be read, in a few words.
pub fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::NotADirectory => "a file stands where its path needs a folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => plain(error),
    }
}

/// A file cannot be written.
pub fn unwritable_file(file: &Path, error: &Error) -> Diagnostic {
    if file.is_dir() {
        return problem(file, "it is a folder").help(format!(
            "name a file, for example one in it: {}",
            file.join("NAME").display()
        ));
    }
    unwritable(file, error)
}

/// A folder cannot be written.
pub fn unwritable_folder(folder: &Path, error: &Error) -> Diagnostic {
    if folder.is_file() {
        return problem(folder, "it is a file")
            .help("name a folder, or one that does not exist yet");
    }
    unwritable(folder, error)
}

fn unwritable(path: &Path, error: &Error) -> Diagnostic {
    if let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) {
        return problem(
            path,
            &format!("`{}` is a file, not a folder", file.display()),
        )
        .help("choose another path");
    }
    match (error.kind(), path.parent()) {
        (ErrorKind::NotFound, Some(parent)) if !parent.as_os_str().is_empty() => {
            let parent = parent.display();
            problem(path, &format!("there is no folder `{parent}`"))
                .help(format!("make it first: mkdir -p {parent}"))
        }
        (ErrorKind::PermissionDenied, _) => {
            problem(path, "permission denied").help("choose a place that you may write to")
        }
        _ => problem(path, &plain(error)),
    }
}

fn problem(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(
        Code::Io,
        format!("cannot write `{}`: {why}", path.display()),
    )
}

/// What the system says, without the path of a temporary file that nobody asked for.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((why, _)) => why.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_kept_only_where_there_are_no_better_ones() {
        let said = |kind: ErrorKind| unreadable("a", &Error::from(kind)).message;
        assert_eq!(
            said(ErrorKind::NotFound),
            "cannot read `a`: there is no such file or folder"
        );
        let full = Error::other("the disk is full at path \"/x/.xbench-1\"");
        assert_eq!(
            unwritable_file(Path::new("a"), &full).message,
            "cannot write `a`: the disk is full"
        );
    }
}
