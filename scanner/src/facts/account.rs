//! The accounts by which servers sign in at databases.

use mcp_guard_detect::host::{self, classify};
use mcp_guard_detect::secret;

use super::collect::Collector;
use super::kinds::DatabaseAccount;
use super::setting::Placed;

/// Schemes of databases, without `jdbc:` and without what follows a plus sign.
const SCHEMES: &[&str] = &[
    "clickhouse",
    "cockroachdb",
    "crdb",
    "db2",
    "firebird",
    "mariadb",
    "mongodb",
    "mssql",
    "mysql",
    "neo4j",
    "oracle",
    "postgis",
    "postgres",
    "postgresql",
    "redshift",
    "snowflake",
    "sqlserver",
    "timescaledb",
];

/// Ends of names that hold the user, and what then holds the host and the database.
const USERS: &[&str] = &["USERNAME", "USER"];
const HOSTS: &[&str] = &["HOST", "HOSTNAME", "SERVER", "ADDRESS"];
const DATABASES: &[&str] = &["DATABASE", "DBNAME", "DB_NAME", "DB", "NAME"];

/// Beginnings of such names that are about a database.
const PREFIXES: &[&str] = &[
    "CLICKHOUSE_",
    "DATABASE_",
    "DB_",
    "MARIADB_",
    "MSSQL_",
    "MYSQL_",
    "ORACLE_",
    "PG",
    "PG_",
    "POSTGRESQL_",
    "POSTGRES_",
    "REDSHIFT_",
    "SQLSERVER_",
    "SQL_",
];

/// For so many users of a server the other settings are looked through.
const MOST_TAKEN_APART: usize = 16;

struct Account<'a> {
    scheme: &'a str,
    user: &'a str,
    host: &'a str,
    database: &'a str,
}

/// Facts about the accounts among the settings: in connection strings, and taken apart in
/// variables. Tells the context whether one of them leads to what calls itself production.
pub(super) fn facts(collector: &mut Collector, settings: &[Placed]) {
    let mut production = false;
    let mut taken_apart = 0..MOST_TAKEN_APART;
    for placed in settings {
        let setting = &placed.setting;
        let (Some(name), Some(value)) = (setting.name.as_deref(), setting.value.as_deref()) else {
            continue;
        };
        if setting.container_option {
            continue;
        }
        let apart = || {
            let prefix = prefix(name, value)?;
            taken_apart.next()?;
            Some(of_names(&prefix, value, settings))
        };
        let Some(account) = of_text(value).or_else(apart) else { continue };
        production |= is_production(account.host) || is_production(account.database);
        let fact = DatabaseAccount {
            scheme: (!account.scheme.is_empty())
                .then(|| account.scheme.to_ascii_lowercase().into()),
            user: (!account.user.is_empty()).then(|| account.user.to_owned().into()),
            host: (!account.host.is_empty()).then(|| account.host.to_owned().into()),
            host_class: (!account.host.is_empty()).then(|| classify(account.host).name().into()),
            database: (!account.database.is_empty()).then(|| account.database.to_owned().into()),
            name: match (&setting.flag, name) {
                (Some(flag), _) => Some(flag.clone()),
                (None, "") => Some("an argument".into()),
                (None, name) => Some(name.to_owned().into()),
            },
        };
        let (span, pointer) = match &placed.value {
            Some((span, pointer)) => (*span, pointer),
            None => (placed.span, &placed.pointer),
        };
        collector.add(fact, span, pointer);
    }
    collector.context().production = production;
}

/// The account in a connection string, with a password or without one.
fn of_text(text: &str) -> Option<Account<'_>> {
    if let Some(secret::Dsn { scheme, user, host, database, .. }) = secret::dsn(text) {
        // The forms of keywords have no scheme.
        let is_one = scheme.is_empty() || is_database(scheme);
        return is_one.then_some(Account { scheme, user, host, database });
    }
    if !text.contains("://") {
        return None;
    }
    let url = host::parse(text).filter(|url| is_database(url.scheme))?;
    let user = url.user_info.map_or("", |user| user.user);
    let database = url.path.trim_start_matches('/');
    let database = database.split('/').next().unwrap_or(database);
    Some(Account { scheme: url.scheme, user, host: url.host, database })
}

/// What the names of an account begin with, if this one is that of its user.
fn prefix(name: &str, user: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase().replace('-', "_");
    let prefix = USERS.iter().find_map(|end| upper.strip_suffix(end))?;
    let known = PREFIXES.contains(&prefix) && !user.contains(['/', '$', '{']);
    known.then(|| prefix.to_owned())
}

/// The account of this user, the rest of which stands under names that begin alike.
fn of_names<'a>(prefix: &str, user: &'a str, settings: &'a [Placed]) -> Account<'a> {
    let sibling = |ends: &[&str]| {
        let named = |setting: &Placed| {
            let other = setting.setting.name.as_deref()?;
            let other = other.to_ascii_uppercase().replace('-', "_");
            let end = other.strip_prefix(prefix)?.to_owned();
            Some(ends.contains(&end.as_str()))
        };
        let found = settings.iter().find(|setting| named(setting) == Some(true));
        found.and_then(|setting| setting.setting.value.as_deref()).unwrap_or_default()
    };
    Account { scheme: "", user, host: sibling(HOSTS), database: sibling(DATABASES) }
}

fn is_database(scheme: &str) -> bool {
    let lower = scheme.to_ascii_lowercase();
    let plain = lower.strip_prefix("jdbc:").unwrap_or(&lower);
    SCHEMES.contains(&plain.split('+').next().unwrap_or(plain))
}

/// Whether one of the words of a name says production.
fn is_production(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let word = word.to_ascii_lowercase();
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(word, "prod" | "production" | "prd")
    })
}

#[cfg(test)]
mod tests {
    use super::{is_production, of_text};

    #[test]
    fn production_is_a_word_of_the_name() {
        for name in
            ["prod", "db-prod.contoso.com", "shop_production", "PRD", "prod2.db", "app.prod"]
        {
            assert!(is_production(name), "{name}");
        }
        for name in ["", "products", "reproduction", "nonproduct", "db.contoso.com"] {
            assert!(!is_production(name), "{name}");
        }
    }

    #[test]
    fn connection_strings_name_their_account() {
        let cases = [
            (
                "postgresql://postgres:${PASSWORD}@db.contoso.com:5432/shop",
                "postgres@db.contoso.com/shop",
            ),
            ("postgres://root@db.contoso.com/shop?sslmode=require", "root@db.contoso.com/shop"),
            ("mongodb+srv://admin@cluster0.contoso.com/", "admin@cluster0.contoso.com/"),
            ("postgres://db.contoso.com/shop", "@db.contoso.com/shop"),
        ];
        for (text, expected) in cases {
            let account = of_text(text).unwrap();
            let told = format!("{}@{}/{}", account.user, account.host, account.database);
            assert_eq!(told, expected, "{text}");
        }
        for text in ["https://user@contoso.com/x", "root@contoso.com", "", "redis://x@contoso.com"]
        {
            assert!(of_text(text).is_none(), "{text}");
        }
    }
}
