//! The index: what is in each file, in a database of `SQLite`. The only place with SQL.
//!
//! It is a cache. One that cannot be written is not kept, one that is damaged or another program's is put aside
//! and made anew; either is told and is no error. A file that is no database is refused and left alone. Several programs may use it at once.

use super::entry::{Context, Entry, PointFigures};
use super::listing::{Listed, Listing, Version};
use crate::diagnostic::{Code, Diagnostic};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Says whose file it is: `xbhi`.
const APPLICATION: i32 = 0x7862_6869;
/// Grows when what is kept of a result changes.
const VERSION: i32 = 2;
/// How every database begins.
const HEADER: &[u8] = b"SQLite format 3\0";
/// How long to wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(30);

const CREATE: &str = "\
    DROP TABLE IF EXISTS files;
    DROP TABLE IF EXISTS contexts;
    CREATE TABLE contexts (id INTEGER PRIMARY KEY, context TEXT NOT NULL UNIQUE);
    CREATE TABLE files (
        key TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL,
        version NOT NULL,
        sha256 TEXT NOT NULL,
        entries TEXT NOT NULL,
        rejected TEXT
    ) WITHOUT ROWID;";

/// What is known of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// SHA-256 of its bytes; empty if they were not read.
    pub sha256: String,
    /// The results in it.
    pub entries: Vec<Entry>,
    /// Why it is none.
    pub rejected: Option<String>,
}

/// What the index knows of a listing.
#[derive(Debug, Default)]
pub struct Recalled {
    /// For each file of the listing that has not changed, what is in it.
    pub same: Vec<Option<Known>>,
    /// By their place in the listing, files that have another length or time.
    pub changed: HashMap<usize, Known>,
    /// Keys below a folder of the listing that are not there any more.
    pub gone: Vec<String>,
}

/// An index that is open, or none.
pub struct Index {
    connection: Option<Connection>,
    file: PathBuf,
    /// What the user should know of it.
    pub remarks: Vec<Diagnostic>,
}

/// Why an index cannot be used as it is.
enum Unusable {
    /// It is another program's, or no database.
    Foreign(String),
    /// The system, or its state at the moment.
    Refused(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Foreign(error.to_string())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Where the index is unless somebody says: the user's cache folder.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's cache folder is named by the environment; only `history` has one"
)]
pub fn default_index() -> Option<PathBuf> {
    let folder = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(cache.join("xbench").join("history.sqlite"))
}

impl Index {
    /// No index: everything is read.
    pub fn none() -> Self {
        Self {
            connection: None,
            file: PathBuf::new(),
            remarks: Vec::new(),
        }
    }

    /// Opens an index, or makes one; forgets what it knows if `anew`.
    ///
    /// # Errors
    ///
    /// If the file is no database at all: then it is something that nobody meant to lose.
    pub fn open(file: &Path, anew: bool) -> Result<Self, Diagnostic> {
        let mut index = Self {
            file: file.to_owned(),
            ..Self::none()
        };
        match connect(file, anew) {
            Ok(connection) => index.connection = Some(connection),
            Err(Unusable::Refused(why)) => index.is_not_kept(&why),
            Err(Unusable::Foreign(_)) if !may_be_a_database(file) => {
                return Err(Diagnostic::error(
                    Code::Usage,
                    format!("`{}` is no index, and is left as it is", file.display()),
                )
                .help("name another place with --index FILE, or none with --no-index; or remove the file"));
            }
            Err(Unusable::Foreign(why)) => index.make_anew(&why),
        }
        Ok(index)
    }

    /// What is known of the files of a listing.
    pub fn recall(&mut self, listing: &Listing) -> Recalled {
        let nothing = || Recalled {
            same: vec![None; listing.all.len()],
            ..Recalled::default()
        };
        let Some(connection) = &self.connection else {
            return nothing();
        };
        match select(connection, listing, nothing()) {
            Ok(known) => known,
            Err(error) => {
                match Unusable::from(error) {
                    Unusable::Refused(why) => self.is_not_kept(&why),
                    Unusable::Foreign(why) => self.make_anew(&why),
                }
                nothing()
            }
        }
    }

    /// Keeps what files hold, and forgets others.
    pub fn store(&mut self, new: &[(&Listed, &Known)], gone: &[String]) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if (!new.is_empty() || !gone.is_empty())
            && let Err(error) = write(connection, new, gone)
        {
            self.is_not_kept(&error.to_string());
        }
    }

    fn is_not_kept(&mut self, why: &str) {
        self.connection = None;
        self.remarks.push(
            Diagnostic::warning(
                Code::Index,
                format!("the index `{}` is not kept: {why}", self.file.display()),
            )
            .help("the answer is the same; name another place with --index FILE, or none with --no-index"),
        );
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the index is this module's own file"
    )]
    fn make_anew(&mut self, why: &str) {
        self.connection = None;
        if !may_be_a_database(&self.file) {
            self.is_not_kept(why);
            return;
        }
        let mut aside = self.file.clone().into_os_string();
        aside.push(".aside");
        if let Err(error) = fs::rename(&self.file, &aside) {
            self.is_not_kept(&error.to_string());
            return;
        }
        self.remarks.push(
            Diagnostic::warning(
                Code::Index,
                format!("the index `{}` is made anew: {why}", self.file.display()),
            )
            .help(format!(
                "the old file is `{}`; if it was an index, nothing needs it any more",
                Path::new(&aside).display()
            )),
        );
        match connect(&self.file, false) {
            Ok(connection) => self.connection = Some(connection),
            Err(Unusable::Foreign(why) | Unusable::Refused(why)) => self.is_not_kept(&why),
        }
    }
}

/// Whether a file begins as databases of `SQLite` do, or is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the index is this module's own file"
)]
fn may_be_a_database(file: &Path) -> bool {
    let mut begin = Vec::new();
    let read = fs::File::open(file).and_then(|file| {
        let length = HEADER.len() as u64;
        file.take(length).read_to_end(&mut begin)
    });
    read.is_ok() && (begin.is_empty() || begin == HEADER)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the index is this module's own file"
)]
fn connect(file: &Path, anew: bool) -> Result<Connection, Unusable> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| Unusable::Refused(error.to_string()))?;
    }
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    let number = |connection: &Connection, sql: &str| -> rusqlite::Result<i32> {
        connection.query_row(sql, [], |row| row.get(0))
    };
    // Both at one moment: another program may be making it.
    let transaction = connection.transaction()?;
    let tables = number(&transaction, "SELECT count(*) FROM sqlite_master")?;
    let application = number(&transaction, "PRAGMA application_id")?;
    transaction.commit()?;
    if application != APPLICATION && (application != 0 || tables > 0) {
        return Err(Unusable::Foreign("it is another program's".to_owned()));
    }
    if anew || number(&connection, "PRAGMA user_version")? != VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another program may have made it while this one waited.
        if anew || number(&transaction, "PRAGMA user_version")? != VERSION {
            transaction.execute_batch(CREATE)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
    }
    Ok(connection)
}

/// An entry as it is kept: block, identity, start, whether it is good, its context's number, its figures.
type Kept<'a> = (
    usize,
    Cow<'a, str>,
    Cow<'a, str>,
    bool,
    i64,
    Vec<(usize, [Option<f64>; 4])>,
);

/// Both the rows and the listing are sorted by key, byte by byte.
fn select(
    connection: &Connection,
    listing: &Listing,
    mut recalled: Recalled,
) -> rusqlite::Result<Recalled> {
    let contexts = contexts(connection)?;
    let mut statement = connection.prepare(
        "SELECT key, bytes, version, sha256, entries, rejected FROM files \
         WHERE key >= ?1 AND key < ?2 ORDER BY key",
    )?;
    for prefix in &listing.prefixes {
        let mut at = listing.all.partition_point(|listed| listed.key < *prefix);
        let mut rows = statement.query(params![prefix, format!("{prefix}\u{10ffff}")])?;
        while let Some(row) = rows.next()? {
            let key = row.get_ref(0)?.as_str()?;
            while listing
                .all
                .get(at)
                .is_some_and(|listed| listed.key.as_str() < key)
            {
                at += 1;
            }
            let Some(listed) = listing.all.get(at).filter(|listed| listed.key == key) else {
                if listing.whole.iter().any(|folder| key.starts_with(folder)) {
                    recalled.gone.push(key.to_owned());
                }
                continue;
            };
            // What cannot be understood is read again.
            let Some(entries) = entries(row.get_ref(4)?.as_str()?, &contexts) else {
                continue;
            };
            let known = Known {
                sha256: row.get(3)?,
                entries,
                rejected: row.get(5)?,
            };
            let bytes: i64 = row.get(1)?;
            if bytes.cast_unsigned() == listed.bytes && is_same(row.get_ref(2)?, &listed.version) {
                if let Some(place) = recalled.same.get_mut(at) {
                    *place = Some(known);
                }
            } else {
                recalled.changed.insert(at, known);
            }
        }
    }
    Ok(recalled)
}

fn is_same(kept: ValueRef<'_>, version: &Version) -> bool {
    match (kept, version) {
        (ValueRef::Integer(kept), Version::Modified(time)) => kept.cast_unsigned() == *time,
        (ValueRef::Text(kept), Version::Tag(tag)) => kept == tag.as_bytes(),
        _ => false,
    }
}

fn contexts(connection: &Connection) -> rusqlite::Result<HashMap<i64, Arc<Context>>> {
    let mut statement = connection.prepare("SELECT id, context FROM contexts")?;
    let mut rows = statement.query([])?;
    let mut contexts = HashMap::new();
    while let Some(row) = rows.next()? {
        if let Ok(context) = serde_json::from_str(row.get_ref(1)?.as_str()?) {
            contexts.insert(row.get(0)?, Arc::new(context));
        }
    }
    Ok(contexts)
}

fn entries(text: &str, contexts: &HashMap<i64, Arc<Context>>) -> Option<Vec<Entry>> {
    let kept: Vec<Kept<'_>> = serde_json::from_str(text).ok()?;
    kept.into_iter()
        .map(|(block, identity, started_at, good, context, points)| {
            let context = Arc::clone(contexts.get(&context)?);
            let points: Vec<PointFigures> = points
                .into_iter()
                .map(|(runs, medians)| PointFigures { runs, medians })
                .collect();
            (points.len() == context.points.len()).then(|| Entry {
                block,
                identity: identity.into_owned(),
                started_at: started_at.into_owned(),
                good,
                context,
                points,
            })
        })
        .collect()
}

fn write(
    connection: &mut Connection,
    new: &[(&Listed, &Known)],
    gone: &[String],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert =
            transaction.prepare("INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        let mut numbers = HashMap::new();
        for (listed, known) in new {
            let version = match &listed.version {
                Version::Modified(time) => ValueRef::Integer(time.cast_signed()),
                Version::Tag(tag) => ValueRef::Text(tag.as_bytes()),
            };
            insert.execute(params![
                listed.key,
                listed.bytes.cast_signed(),
                ToSqlOutput::Borrowed(version),
                known.sha256,
                kept(&transaction, &known.entries, &mut numbers)?,
                known.rejected
            ])?;
        }
        let mut delete = transaction.prepare("DELETE FROM files WHERE key = ?1")?;
        for key in gone {
            delete.execute([key])?;
        }
    }
    transaction.commit()
}

/// Entries as text, their contexts kept once each.
fn kept(
    connection: &Connection,
    entries: &[Entry],
    numbers: &mut HashMap<String, i64>,
) -> rusqlite::Result<String> {
    let mut all: Vec<Kept<'_>> = Vec::new();
    for entry in entries {
        let text = serde_json::to_string(&*entry.context).unwrap_or_default();
        let number = if let Some(number) = numbers.get(&text) {
            *number
        } else {
            connection.execute(
                "INSERT OR IGNORE INTO contexts (context) VALUES (?1)",
                [&text],
            )?;
            let select = "SELECT id FROM contexts WHERE context = ?1";
            let number = connection.query_row(select, [&text], |row| row.get(0))?;
            numbers.insert(text, number);
            number
        };
        let points = entry.points.iter().map(|point| (point.runs, point.medians));
        all.push((
            entry.block,
            Cow::Borrowed(&entry.identity),
            Cow::Borrowed(&entry.started_at),
            entry.good,
            number,
            points.collect(),
        ));
    }
    Ok(serde_json::to_string(&all).unwrap_or_default())
}
