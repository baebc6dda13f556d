//! The tables of the state, and how those of older versions become today's.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::StateError;

/// `mcpg`, in the header of the file: it tells the state from databases of other programs.
const APPLICATION: i64 = 0x6d63_7067;

/// What makes version n + 1 out of version n. What was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_api_keys.sql")];

/// The version that this program knows.
#[allow(clippy::cast_possible_wrap, reason = "there will be no 2^63 migrations")]
pub(super) const CURRENT: i64 = MIGRATIONS.len() as i64;

/// Brings the database up to date. Of several processes one does it, and the others wait.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), StateError> {
    let fault = |error| StateError::database(path, error);
    // What belongs to somebody else is not even switched to another journal.
    if version(connection, path).await? == CURRENT {
        return Ok(());
    }
    use_wal(connection).await.map_err(fault)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(fault)?;
    let found = version(&mut transaction, path).await?;
    let done = usize::try_from(found).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(fault)?;
    }
    let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {CURRENT};");
    sqlx::raw_sql(AssertSqlSafe(marks)).execute(&mut *transaction).await.map_err(fault)?;
    transaction.commit().await.map_err(fault)
}

/// The version that the database has, 0 for an empty one.
async fn version(connection: &mut SqliteConnection, path: &Path) -> Result<i64, StateError> {
    let query = "SELECT (SELECT application_id FROM pragma_application_id), \
                 (SELECT user_version FROM pragma_user_version), \
                 (SELECT count(*) FROM sqlite_schema)";
    let (application, found, tables): (i64, i64, i64) = sqlx::query_as(query)
        .fetch_one(connection)
        .await
        .map_err(|error| StateError::database(path, error))?;
    match (application, found, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION, found, _) if found > CURRENT => {
            Err(StateError::Newer { path: path.to_owned(), found, known: CURRENT })
        }
        (APPLICATION, found @ 1.., _) => Ok(found),
        _ => Err(StateError::Foreign(path.to_owned())),
    }
}

/// Readers then do not wait for writers. The switch needs the file for itself, and `SQLite` does
/// not wait for it, so we do.
async fn use_wal(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(10);
    const TRIES: u32 = 500;

    let mut tries = 0;
    loop {
        let switched =
            sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await.map(drop);
        tries += 1;
        match switched {
            Err(sqlx::Error::Database(error)) if tries < TRIES && is_busy(&*error) => {
                tokio::time::sleep(PAUSE).await;
            }
            _ => return switched,
        }
    }
}

fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}
