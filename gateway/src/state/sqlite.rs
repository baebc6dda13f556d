//! The state in a `SQLite` file.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};

use super::private::{self, Identity};
use super::schema;
use super::{KeyHash, KeyRecord, KeyStore, Keys, Location, Pepper, StateError};

/// How long one process waits for the others.
const PATIENCE: Duration = Duration::from_secs(5);

/// Enough that a reader need not wait for a writer.
const CONNECTIONS: u32 = 4;

/// A state that is open.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    identity: Option<Identity>,
    pool: SqlitePool,
    pepper: Pepper,
}

impl State {
    /// Opens the state, and makes it with its directory and pepper if there is none. Any number
    /// of processes may do so at once.
    ///
    /// # Errors
    ///
    /// If it cannot be read and written, belongs to a newer version or another program, or other
    /// users could read it.
    pub async fn open(location: &Location) -> Result<Self, StateError> {
        Self::open_within(location, PATIENCE).await
    }

    pub(super) async fn open_within(
        location: &Location,
        patience: Duration,
    ) -> Result<Self, StateError> {
        let path = location.path().to_owned();
        if let Some(parent) = path.parent() {
            private::directory(parent)?;
        }
        private::file(&path, &[])?;
        private::is_own(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(patience)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let fault = |error| StateError::database(&path, error);
        let mut connection = options.connect().await.map_err(fault)?;
        schema::migrate(&mut connection, &path).await?;
        let pepper = Self::pepper_of(&mut connection, location).await?;
        connection.close().await.map_err(fault)?;
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(patience)
            .connect_lazy_with(options);
        Ok(Self { identity: Identity::of(&path), path, pool, pepper })
    }

    /// The pepper in the file beside the state, if it is the one that hashes in the state were
    /// made with. The first to open a state chooses it.
    async fn pepper_of(
        connection: &mut sqlx::SqliteConnection,
        location: &Location,
    ) -> Result<Pepper, StateError> {
        let fault = |error| StateError::database(location.path(), error);
        let file = location.pepper();
        let remembered = "SELECT proof FROM pepper";
        let proof: Option<Vec<u8>> =
            sqlx::query_scalar(remembered).fetch_optional(&mut *connection).await.map_err(fault)?;
        if proof.is_some() && !file.try_exists().map_err(StateError::io(&file))? {
            let state = location.path().to_owned();
            return Err(StateError::PepperMissing { pepper: file, state });
        }
        let pepper = Pepper::load_or_make(&file)?;
        let proof = match proof {
            Some(proof) => proof,
            None => {
                sqlx::query("INSERT INTO pepper VALUES (1, ?) ON CONFLICT DO NOTHING")
                    .bind(pepper.proof().as_slice())
                    .execute(&mut *connection)
                    .await
                    .map_err(fault)?;
                sqlx::query_scalar(remembered).fetch_one(connection).await.map_err(fault)?
            }
        };
        if proof != pepper.proof() {
            let state = location.path().to_owned();
            return Err(StateError::PepperOfAnother { pepper: file, state });
        }
        Ok(pepper)
    }

    /// Closes all connections; the last process to do so tidies up beside the file. A state that
    /// is dropped instead is as safe.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    #[cfg(test)]
    pub(super) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    fn fault(&self, error: sqlx::Error) -> StateError {
        StateError::database(&self.path, error)
    }

    async fn revision(&self) -> Result<i64, StateError> {
        // An open file stays readable after another has taken its name, and would not change
        // any more.
        if Identity::of(&self.path) != self.identity {
            return Err(StateError::Replaced(self.path.clone()));
        }
        sqlx::query_scalar("SELECT revision FROM revisions WHERE subject = 'api_keys'")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| self.fault(error))
    }

    fn record(&self, row: &SqliteRow) -> Result<KeyRecord, StateError> {
        let damaged = |report: &str| StateError::Corrupt {
            path: self.path.clone(),
            report: report.to_owned(),
        };
        let time = |name: &str| -> Result<Option<Timestamp>, StateError> {
            let seconds: Option<i64> = row.try_get(name).map_err(|error| self.fault(error))?;
            let time = seconds.map(Timestamp::from_second).transpose();
            time.map_err(|error| damaged(&error.to_string()))
        };
        let text = |name: &str| row.try_get(name).map_err(|error| self.fault(error));
        let hash: Vec<u8> = row.try_get("hash").map_err(|error| self.fault(error))?;
        let hash = hash.try_into().map_err(|_| damaged("a hash of another length"))?;
        Ok(KeyRecord {
            hash: KeyHash::from_bytes(hash),
            id: text("id")?,
            last_four: text("last_four")?,
            note: text("note")?,
            created: time("created")?.ok_or_else(|| damaged("a key without a time"))?,
            expires: time("expires")?,
            revoked: time("revoked")?,
        })
    }
}

impl KeyStore for State {
    fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    fn add_key<'a>(&'a self, key: &'a KeyRecord) -> BoxFuture<'a, Result<bool, StateError>> {
        Box::pin(async move {
            let statement = "INSERT INTO api_keys \
                             (hash, id, last_four, note, created, expires, revoked) \
                             VALUES (?, ?, ?, ?, ?, ?, ?)";
            let added = sqlx::query(statement)
                .bind(key.hash.as_bytes().as_slice())
                .bind(&key.id)
                .bind(&key.last_four)
                .bind(&key.note)
                .bind(key.created.as_second())
                .bind(key.expires.map(Timestamp::as_second))
                .bind(key.revoked.map(Timestamp::as_second))
                .execute(&self.pool)
                .await;
            match added {
                Ok(_) => Ok(true),
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
                Err(error) => Err(self.fault(error)),
            }
        })
    }

    fn keys(&self) -> BoxFuture<'_, Result<Keys, StateError>> {
        Box::pin(async move {
            // First the revision: what changes in between is then read again, not missed.
            let revision = self.revision().await?;
            let rows = sqlx::query("SELECT * FROM api_keys ORDER BY created, id, last_four")
                .fetch_all(&self.pool)
                .await
                .map_err(|error| self.fault(error))?;
            let records = rows.iter().map(|row| self.record(row)).collect::<Result<_, _>>()?;
            Ok(Keys { revision, records })
        })
    }

    fn keys_revision(&self) -> BoxFuture<'_, Result<i64, StateError>> {
        Box::pin(self.revision())
    }

    fn revoke_key(&self, hash: KeyHash, at: Timestamp) -> BoxFuture<'_, Result<bool, StateError>> {
        Box::pin(async move {
            let statement = "UPDATE api_keys SET revoked = ? WHERE hash = ? AND revoked IS NULL";
            let done = sqlx::query(statement)
                .bind(at.as_second())
                .bind(hash.as_bytes().as_slice())
                .execute(&self.pool)
                .await
                .map_err(|error| self.fault(error))?;
            Ok(done.rows_affected() == 1)
        })
    }
}
