//! The index: what is in each file, in a database of `SQLite`. The only place with SQL.
//!
//! It is a cache. One that cannot be written is not kept, one that is damaged or another program's is put aside
//! and made anew; either is told and is no error. Several programs may use it at once.

use super::entry::Entry;
use crate::diagnostic::{Code, Diagnostic};
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Says whose file it is: `xbhi`.
const APPLICATION: i32 = 0x7862_6869;
/// Grows when what is kept of a result changes.
const VERSION: i32 = 1;
/// How long to wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(30);

const CREATE: &str = "\
    DROP TABLE IF EXISTS files;
    CREATE TABLE files (
        key TEXT PRIMARY KEY,
        bytes INTEGER NOT NULL,
        version TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        entries TEXT NOT NULL,
        rejected TEXT
    ) WITHOUT ROWID;";

/// What is known of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its length.
    pub bytes: u64,
    /// When it was changed, or its entity tag.
    pub version: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The results in it.
    pub entries: Vec<Entry>,
    /// Why it is none.
    pub rejected: Option<String>,
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
    pub fn open(file: &Path, anew: bool) -> Self {
        let mut index = Self {
            file: file.to_owned(),
            ..Self::none()
        };
        match connect(file, anew) {
            Ok(connection) => index.connection = Some(connection),
            Err(Unusable::Refused(why)) => index.is_not_kept(&why),
            Err(Unusable::Foreign(why)) => index.make_anew(&why),
        }
        index
    }

    /// What is known of files whose keys begin so.
    pub fn known(&mut self, prefixes: &[String]) -> HashMap<String, Known> {
        let Some(connection) = &self.connection else {
            return HashMap::new();
        };
        match select(connection, prefixes) {
            Ok(known) => known,
            Err(error) => {
                match Unusable::from(error) {
                    Unusable::Refused(why) => self.is_not_kept(&why),
                    Unusable::Foreign(why) => self.make_anew(&why),
                }
                HashMap::new()
            }
        }
    }

    /// Keeps what files hold, and forgets others.
    pub fn store(&mut self, new: &[(String, Known)], gone: &[String]) {
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
                "the old file is `{}`; nothing needs it any more",
                Path::new(&aside).display()
            )),
        );
        match connect(&self.file, false) {
            Ok(connection) => self.connection = Some(connection),
            Err(Unusable::Foreign(why) | Unusable::Refused(why)) => self.is_not_kept(&why),
        }
    }
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
    let application = number(&connection, "PRAGMA application_id")?;
    let tables = number(&connection, "SELECT count(*) FROM sqlite_master")?;
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

fn select(
    connection: &Connection,
    prefixes: &[String],
) -> rusqlite::Result<HashMap<String, Known>> {
    let mut known = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT key, bytes, version, sha256, entries, rejected FROM files WHERE key >= ?1 AND key < ?2",
    )?;
    for prefix in prefixes {
        let mut rows = statement.query(params![prefix, format!("{prefix}\u{10ffff}")])?;
        while let Some(row) = rows.next()? {
            // What cannot be understood is read again.
            let Ok(entries) = serde_json::from_str(row.get_ref(4)?.as_str()?) else {
                continue;
            };
            let bytes: i64 = row.get(1)?;
            known.insert(
                row.get(0)?,
                Known {
                    bytes: bytes.cast_unsigned(),
                    version: row.get(2)?,
                    sha256: row.get(3)?,
                    entries,
                    rejected: row.get(5)?,
                },
            );
        }
    }
    Ok(known)
}

fn write(
    connection: &mut Connection,
    new: &[(String, Known)],
    gone: &[String],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert =
            transaction.prepare("INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (key, known) in new {
            let entries = serde_json::to_string(&known.entries).unwrap_or_default();
            insert.execute(params![
                key,
                known.bytes.cast_signed(),
                known.version,
                known.sha256,
                entries,
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
