//! The reading edge: the only module that opens files of a project.

mod contexts;
mod library;
mod objects;
mod outside;

pub use contexts::Contexts;
pub use library::{Library, Read, is_layer_name};
pub use objects::{object_files, read_objects};
pub use outside::read_outside;

use crate::diagnostic::access::unreadable;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, SourceKind, Sources};
use crate::yaml::MAX_BYTES;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of blueprints.
pub const BASE: &str = "base";
/// The folder of layers and suites.
pub const OVERLAYS: &str = "overlays";

/// The largest file that is copied into a build context, in bytes.
const MAX_COPIED: usize = 16 * 1024 * 1024;
/// The most files of a folder that is copied.
const MAX_FILES: usize = 10_000;

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// Something is wrong with what is in it.
    Invalid(Diagnostic),
    /// The operating system refused.
    Io(Diagnostic),
}

/// A folder that holds `base/` and `overlays/`.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    /// Its files as they were at another time; those on the disk if absent.
    snapshot: Option<Arc<Snapshot>>,
}

/// The files of a project as they were at another time.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What is put before the names of files, to tell them from those of today.
    pub label: String,
    /// Contents by path, with `/` between its parts.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Project {
    /// The project in a folder.
    ///
    /// # Errors
    ///
    /// If the folder is none.
    pub fn at(folder: &Path) -> Result<Self, Diagnostic> {
        if is_project(folder) {
            Ok(Self {
                root: folder.to_owned(),
                snapshot: None,
            })
        } else {
            let shown = folder.display();
            let problem = if folder.is_dir() {
                format!("`{shown}` is not an xbench project")
            } else {
                format!("there is no folder `{shown}`")
            };
            Err(Diagnostic::error(Code::Project, problem).help(format!(
                "a project is a folder that holds `{BASE}/` and `{OVERLAYS}/`; `xbench init DIR` begins one"
            )))
        }
    }

    /// The nearest project around the current folder.
    ///
    /// # Errors
    ///
    /// If neither it nor any folder above it is a project.
    #[expect(
        clippy::disallowed_methods,
        reason = "the way up to the project; nothing that is rendered depends on it"
    )]
    pub fn around_current_folder() -> Result<Self, Diagnostic> {
        let current = std::env::current_dir().map_err(|error| {
            Diagnostic::error(Code::Io, format!("cannot tell the current folder: {error}"))
        })?;
        current
            .ancestors()
            .find(|ancestor| is_project(ancestor))
            .map(|root| Self {
                root: root.to_owned(),
                snapshot: None,
            })
            .ok_or_else(|| {
                Diagnostic::error(
                    Code::Project,
                    "neither this folder nor one above it is an xbench project",
                )
                .help(format!(
                    "a project is a folder that holds `{BASE}/` and `{OVERLAYS}/`: name one with -C, or begin one \
                     with `xbench init DIR`"
                ))
            })
    }

    /// The same project with other files.
    #[must_use]
    pub fn at_another_time(&self, snapshot: Snapshot) -> Self {
        Self {
            root: self.root.clone(),
            snapshot: Some(Arc::new(snapshot)),
        }
    }

    /// The names of the entries of a folder, sorted; empty if there is no such folder.
    ///
    /// # Errors
    ///
    /// If the operating system refuses.
    #[expect(clippy::disallowed_methods, reason = "this is the reading edge")]
    pub fn entries(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        if let Some(snapshot) = &self.snapshot {
            return Ok(snapshot.entries(folder));
        }
        let entries = match std::fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refused(folder, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| refused(folder, &error))?;
            match entry.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => {
                    return Err(ReadError::Invalid(
                        Diagnostic::error(
                            Code::Project,
                            format!(
                                "the name of `{folder}/{}` is not UTF-8",
                                name.to_string_lossy()
                            ),
                        )
                        .help(
                            "rename it: layers are named by lowercase letters, digits, `-` and `.`",
                        ),
                    ));
                }
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the folders in a folder, sorted.
    ///
    /// # Errors
    ///
    /// If the operating system refuses.
    pub fn folders(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let mut names = self.entries(folder)?;
        names.retain(|name| self.is_folder(&format!("{folder}/{name}")));
        Ok(names)
    }

    /// Reads a file, named by its path in the project with `/` between its parts.
    ///
    /// Stops one byte after the largest size that is read, however large the file.
    ///
    /// # Errors
    ///
    /// If it is missing, too large or not UTF-8, or if the operating system refuses.
    #[expect(clippy::disallowed_methods, reason = "this is the reading edge")]
    pub fn read(&self, name: &str, sources: &mut Sources) -> Result<SourceId, ReadError> {
        if let Some(snapshot) = &self.snapshot {
            let bytes = snapshot.files.get(name).ok_or(ReadError::Missing)?;
            let name = format!("{}:{name}", snapshot.label);
            let bytes = bytes.clone();
            return text(&name, bytes, MAX_BYTES, SourceKind::Elsewhere, sources)
                .map_err(ReadError::Invalid);
        }
        self.refuse_foreign(name)?;
        let file = match File::open(self.root.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::Missing);
            }
            Err(error) => return Err(refused(name, &error)),
        };
        let bytes = read_bounded(file, MAX_BYTES).map_err(|error| refused(name, &error))?;
        text(name, bytes, MAX_BYTES, SourceKind::ProjectFile, sources).map_err(ReadError::Invalid)
    }

    /// The content of a file that is copied as it is; `None` if a folder has that name.
    ///
    /// # Errors
    ///
    /// If it is missing or too large, leads out of the project, or the operating system refuses.
    #[expect(clippy::disallowed_methods, reason = "this is the reading edge")]
    pub fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        if let Some(snapshot) = &self.snapshot {
            let file = snapshot.files.get(name);
            return if file.is_none() && snapshot.entries(name).is_empty() {
                Err(ReadError::Missing)
            } else {
                Ok(file.cloned())
            };
        }
        self.refuse_foreign(name)?;
        let file = match File::open(self.root.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::Missing);
            }
            Err(error) => return Err(refused(name, &error)),
        };
        let metadata = file.metadata().map_err(|error| refused(name, &error))?;
        if metadata.is_dir() {
            return Ok(None);
        }
        // Room for all of it, so that it comes in one piece.
        let size = usize::try_from(metadata.len()).unwrap_or(MAX_COPIED);
        let mut bytes = Vec::with_capacity(size.min(MAX_COPIED) + 1);
        let mut bounded = io::Read::take(file, MAX_COPIED as u64 + 1);
        io::Read::read_to_end(&mut bounded, &mut bytes).map_err(|error| refused(name, &error))?;
        if bytes.len() > MAX_COPIED {
            return Err(ReadError::Invalid(Diagnostic::error(
                Code::FileTooLarge,
                format!("`{name}` is larger than {} MiB", MAX_COPIED / 1024 / 1024),
            )));
        }
        Ok(Some(bytes))
    }

    /// Every file below a folder, relative to it, sorted. What begins with `.` or ends with `~` is an
    /// editor's, and passed over.
    ///
    /// # Errors
    ///
    /// If too many files lie there, or the operating system refuses.
    pub fn files_below(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(below) = folders.pop() {
            let at = format!("{folder}/{below}");
            let at = at.trim_end_matches('/');
            for (name, is_folder) in self.kinds(at)? {
                if name.starts_with('.') || name.ends_with('~') {
                    continue;
                }
                let relative = if below.is_empty() {
                    name
                } else {
                    format!("{below}/{name}")
                };
                if is_folder {
                    folders.push(relative);
                } else {
                    found.push(relative);
                }
                if found.len() + folders.len() > MAX_FILES {
                    return Err(ReadError::Invalid(Diagnostic::error(
                        Code::Project,
                        format!("`{folder}` holds more than {MAX_FILES} files"),
                    )));
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The entries of a folder, and whether each is a folder. Links to folders are not followed: as files,
    /// they cannot be read.
    #[expect(clippy::disallowed_methods, reason = "this is the reading edge")]
    fn kinds(&self, folder: &str) -> Result<Vec<(String, bool)>, ReadError> {
        if self.snapshot.is_some() {
            let names = self.entries(folder)?.into_iter();
            return Ok(names
                .map(|name| {
                    let is_folder = self.is_folder(&format!("{folder}/{name}"));
                    (name, is_folder)
                })
                .collect());
        }
        let entries = std::fs::read_dir(self.root.join(folder));
        let mut kinds = Vec::new();
        for entry in entries.map_err(|error| refused(folder, &error))? {
            let kind = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?.is_dir())));
            let (name, is_folder) = kind.map_err(|error| refused(folder, &error))?;
            // A name that is no text leads nowhere, and says so when it is read.
            kinds.push((name.to_string_lossy().into_owned(), is_folder));
        }
        Ok(kinds)
    }

    fn is_folder(&self, path: &str) -> bool {
        match &self.snapshot {
            Some(snapshot) => !snapshot.files.contains_key(path),
            None => self.root.join(path).is_dir(),
        }
    }

    /// Nothing outside the project is read, not by way of a link either, and nothing that would keep a reader
    /// waiting, such as a named pipe.
    fn refuse_foreign(&self, name: &str) -> Result<(), ReadError> {
        let path = self.root.join(name);
        let Ok(metadata) = path.symlink_metadata() else {
            // Whoever opens it will be told why.
            return Ok(());
        };
        let mut kind = metadata.file_type();
        if kind.is_symlink() {
            let is_inside = match (path.canonicalize(), self.root.canonicalize()) {
                (Ok(target), Ok(root)) => target.starts_with(root),
                _ => false,
            };
            if !is_inside {
                return Err(ReadError::Invalid(
                    Diagnostic::error(
                        Code::Project,
                        format!("`{name}` is a link that leads out of the project"),
                    )
                    .help("what is rendered depends on the project alone: copy the file into it"),
                ));
            }
            match path.metadata() {
                Ok(target) => kind = target.file_type(),
                Err(_) => return Ok(()),
            }
        }
        if kind.is_file() || kind.is_dir() {
            return Ok(());
        }
        Err(ReadError::Invalid(
            Diagnostic::error(Code::Project, format!("`{name}` is no regular file"))
                .help("remove it from the project, or write a file in its place"),
        ))
    }

    /// The folder itself, for the commands that write into it.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Snapshot {
    fn entries(&self, folder: &str) -> Vec<String> {
        let prefix = format!("{folder}/");
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix)?.split('/').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }
}

/// Reads at most one byte more than `most`.
///
/// # Errors
///
/// If the operating system refuses.
pub fn read_bounded(reader: impl io::Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bounded = io::Read::take(reader, most as u64 + 1);
    io::Read::read_to_end(&mut bounded, &mut bytes)?;
    Ok(bytes)
}

/// Keeps what was read as a source, if it is text of an acceptable size.
///
/// # Errors
///
/// If it is too large or not UTF-8.
pub fn text(
    name: &str,
    bytes: Vec<u8>,
    most: usize,
    kind: SourceKind,
    sources: &mut Sources,
) -> Result<SourceId, Diagnostic> {
    if bytes.len() > most {
        let source = sources.add_kind(kind, name, "");
        return Err(Diagnostic::error(
            Code::FileTooLarge,
            format!("the file is larger than {} KiB", most / 1024),
        )
        .at(crate::source::Place::top(source))
        .help("split it, or check that it is the file you meant"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add_kind(kind, name, text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            // What comes before is text; the mark in place of the byte is drawn beneath the error.
            let mut text = String::from_utf8(bytes).unwrap_or_default();
            text.push(char::REPLACEMENT_CHARACTER);
            let source = sources.add_kind(kind, name, text);
            Err(Diagnostic::error(Code::NotText, "the file is not UTF-8")
                .at(sources.place_of_byte(source, valid))
                .help("save it as UTF-8"))
        }
    }
}

fn refused(name: &str, error: &io::Error) -> ReadError {
    ReadError::Io(unreadable(name, error))
}

fn is_project(folder: &Path) -> bool {
    folder.join(BASE).is_dir() && folder.join(OVERLAYS).is_dir()
}
