use std::ops::Range;

/// User name, password and place in a data source name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dsn<'a> {
    /// `postgres`, `mongodb+srv`, `jdbc:mysql`; empty in forms without one (`Server=…;Password=…`).
    pub scheme: &'a str,
    /// May be empty, as in `redis://:password@host`.
    pub user: &'a str,
    /// As it is written: percent-encoding stays. Never empty.
    pub password: &'a str,
    /// Where the password starts, in bytes of the text.
    pub password_start: usize,
    /// Where the password ends, in bytes of the text.
    pub password_end: usize,
    /// Without port, the first if there are several. May be empty.
    pub host: &'a str,
    /// Name of the database, virtual host or first path segment. May be empty.
    pub database: &'a str,
}

/// The data source name in the text, if it carries a password: a URL of any scheme (RFC 3986), JDBC,
/// ADO.NET and ODBC keyword lists, libpq keywords, and the Go form `user:password@tcp(host)/db`.
pub fn dsn(text: &str) -> Option<Dsn<'_>> {
    let has = |sign| text.as_bytes().contains(&sign);
    let (at, equals) = (has(b'@'), has(b'='));
    if !at && !equals {
        return None;
    }
    url(text)
        .or_else(|| at.then(|| go(text)).flatten())
        .or_else(|| equals.then(|| keywords(text)).flatten())
}

/// Where a part stands in the text, and what it is.
fn part(text: &str, range: Range<usize>) -> Option<(&str, Range<usize>)> {
    text.get(range.clone()).map(|part| (part, range))
}

/// A longer URL is cut here, so that a text of nothing but URLs is read in linear time.
const LONGEST: usize = 2048;

fn url(text: &str) -> Option<Dsn<'_>> {
    let mut from = 0;
    while let Some(step) = text.get(from..)?.find("://") {
        let mark = from + step;
        if let Some(found) = url_at(text, mark) {
            return Some(found);
        }
        from = mark + 3;
    }
    None
}

fn url_at(text: &str, mark: usize) -> Option<Dsn<'_>> {
    let before = text.get(..mark)?;
    let scheme = before
        .rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || "+.-:".contains(letter)))
        .next()?;
    // Only JDBC nests schemes; else what stands before the colon is a key, as in `url:postgres://…`.
    let scheme = if scheme.starts_with("jdbc:") { scheme } else { scheme.rsplit(':').next()? };
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let begin = mark + 3;
    let rest = text.get(begin..text.floor_char_boundary(begin.saturating_add(LONGEST)))?;
    if !rest.as_bytes().contains(&b'@') && !rest.as_bytes().contains(&b'=') {
        return None;
    }
    let end = begin
        + rest
            .find(|letter: char| letter.is_whitespace() || "\"'`<>".contains(letter))
            .unwrap_or(rest.len());
    let rest = text.get(begin..end)?;
    let authority = rest.find(['/', '?', '#', ';']).unwrap_or(rest.len());
    let at = match rest.get(..authority)?.rfind('@') {
        Some(at) => Some(at),
        None => unescaped(rest, authority, scheme),
    };
    if let Some(at) = at {
        let (user, _) = rest.get(..at)?.split_once(':')?;
        let (password, place) = part(text, begin + user.len() + 1..begin + at)?;
        if password.is_empty() {
            return None;
        }
        let (host, database) = place_of(rest.get(at + 1..)?);
        return Some(Dsn {
            scheme,
            user,
            password,
            password_start: place.start,
            password_end: place.end,
            host,
            database,
        });
    }
    if scheme.starts_with("http") || scheme.starts_with("ws") || !rest.contains('=') {
        return None;
    }
    let (host, database) = place_of(rest);
    // `jdbc:sqlserver://host;user=…;password=…` and `postgres://host/db?user=…&password=…`
    let pairs = Pairs { text, range: begin + authority..end, separators: "?&;" };
    let password = pairs.value(&["password", "pwd", "passwd", "pass"])?;
    let user = pairs
        .value(&["user", "username", "user id", "uid"])
        .and_then(|user| text.get(user))
        .unwrap_or_default();
    let named =
        pairs.value(&["databasename", "database", "dbname"]).and_then(|name| text.get(name));
    let (word, place) = part(text, password)?;
    let database = named.unwrap_or(database);
    Some(Dsn {
        scheme,
        user,
        password: word,
        password_start: place.start,
        password_end: place.end,
        host,
        database,
    })
}

/// The `@` after a password that holds `/`, `?` or `#` unescaped, as people write it. A port before
/// the slash says that there is no password.
fn unescaped(rest: &str, authority: usize, scheme: &str) -> Option<usize> {
    let (_, password) = rest.get(..authority)?.split_once(':')?;
    if scheme.starts_with("http") || password.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let at = rest.rfind('@')?;
    let host = rest.get(at + 1..)?;
    host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[').then_some(at)
}

/// Host and database of what follows the user.
fn place_of(rest: &str) -> (&str, &str) {
    let end = rest.find(['/', '?', '#', ';']).unwrap_or(rest.len());
    let (hosts, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let first = hosts.split(',').next().unwrap_or_default();
    let host = match first.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, _)) => address,
        None => first.split(':').next().unwrap_or_default(),
    };
    let path = tail.strip_prefix('/').unwrap_or_default();
    let database = path.split(['/', '?', '#', ';']).next().unwrap_or_default();
    (host, database)
}

/// `user:password@tcp(host:3306)/db`, the form of Go's driver for `MySQL`.
fn go(text: &str) -> Option<Dsn<'_>> {
    let (at, open) = ["@tcp(", "@unix(", "@tcp6("]
        .into_iter()
        .find_map(|open| Some((text.rfind(open)?, open)))?;
    let before = text.get(..at)?;
    let userinfo =
        before.rsplit(|letter: char| letter.is_whitespace() || "\"'`=".contains(letter)).next()?;
    let (user, password) = userinfo.split_once(':')?;
    if password.is_empty() {
        return None;
    }
    let (address, tail) = text.get(at + open.len()..)?.split_once(')')?;
    let host = address.split(':').next().unwrap_or_default();
    let database = tail
        .strip_prefix('/')
        .unwrap_or_default()
        .split(['?', '"', '\'', ' '])
        .next()
        .unwrap_or_default();
    Some(Dsn {
        scheme: "",
        user,
        password,
        password_start: at - password.len(),
        password_end: at,
        host,
        database,
    })
}

/// `Server=…;Password=…` and `host=… password=…`.
fn keywords(text: &str) -> Option<Dsn<'_>> {
    let separators = if text.contains(';') { ";" } else { " \t\r\n" };
    let pairs = Pairs { text, range: 0..text.len(), separators };
    let (password, place) = part(text, pairs.value(&["password", "pwd"])?)?;
    let host = pairs.value(&[
        "server",
        "data source",
        "host",
        "hostname",
        "addr",
        "address",
        "hostaddr",
    ])?;
    let host = text.get(host)?;
    let host =
        host.strip_prefix("tcp:").unwrap_or(host).split([',', ':']).next().unwrap_or_default();
    let of =
        |names: &[&str]| pairs.value(names).and_then(|range| text.get(range)).unwrap_or_default();
    let user = of(&["user id", "uid", "user", "username", "user name"]);
    let database = of(&["database", "initial catalog", "dbname", "db"]);
    Some(Dsn {
        scheme: "",
        user,
        password,
        password_start: place.start,
        password_end: place.end,
        host,
        database,
    })
}

/// A list of `key=value`, keys without regard to case.
struct Pairs<'a> {
    text: &'a str,
    range: Range<usize>,
    separators: &'static str,
}

impl Pairs<'_> {
    /// Where the first non-empty value of one of the keys stands.
    fn value(&self, keys: &[&str]) -> Option<Range<usize>> {
        let list = self.text.get(self.range.clone())?;
        let mut start = self.range.start;
        for pair in list.split(|letter| self.separators.contains(letter)) {
            if let Some((key, value)) = pair.split_once('=')
                && keys.iter().any(|wanted| last_line(key).eq_ignore_ascii_case(wanted))
            {
                let leading = value.len() - value.trim_start().len();
                let mut range =
                    start + key.len() + 1 + leading..start + key.len() + 1 + value.trim_end().len();
                for quote in ['"', '\'', '{'] {
                    let close = if quote == '{' { '}' } else { quote };
                    if value.trim().len() > 1
                        && value.trim().starts_with(quote)
                        && value.trim().ends_with(close)
                    {
                        range = range.start + 1..range.end - 1;
                        break;
                    }
                }
                if range.start < range.end {
                    return Some(range);
                }
            }
            start += pair.len() + pair_gap(self.text, start + pair.len());
        }
        None
    }
}

/// The length of the separator at this place: all separators are one byte long.
fn pair_gap(text: &str, at: usize) -> usize {
    usize::from(at < text.len())
}

/// The key as it stands after quotes, spaces and the name of a variable before it (`CONN="Server`).
fn last_line(key: &str) -> &str {
    let key = key.trim();
    key.rsplit(['"', '\'', '\n']).next().unwrap_or(key).trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::dsn;

    #[test]
    fn reads_every_form() {
        let cases = [
            ("postgres://u:p@h:5432/db?sslmode=require", ("postgres", "u", "p", "h", "db")),
            ("mysql+pymysql://u:p%40@h/db", ("mysql+pymysql", "u", "p%40", "h", "db")),
            ("mongodb+srv://u:p@a.b.net/", ("mongodb+srv", "u", "p", "a.b.net", "")),
            ("mongodb://u:p@a:1,b:2/db", ("mongodb", "u", "p", "a", "db")),
            ("redis://:p@h:6379/0", ("redis", "", "p", "h", "0")),
            ("amqp://u:p@[::1]:5672/v", ("amqp", "u", "p", "::1", "v")),
            ("postgres://u:p/#x?y@h/db", ("postgres", "u", "p/#x?y", "h", "db")),
            ("postgres://u:p@ss@h/db", ("postgres", "u", "p@ss", "h", "db")),
            ("postgres://h/db?user=u&password=p", ("postgres", "u", "p", "h", "db")),
            ("jdbc:postgresql://h/db?user=u&password=p", ("jdbc:postgresql", "u", "p", "h", "db")),
            (
                "jdbc:sqlserver://h:1433;databaseName=db;user=u;password=p;",
                ("jdbc:sqlserver", "u", "p", "h", "db"),
            ),
            ("Server=tcp:h,1433;Database=db;User Id=u;Password=p;", ("", "u", "p", "h", "db")),
            ("Driver={X};Server=h;UID=u;PWD={p};", ("", "u", "p", "h", "")),
            ("host=h port=5432 user=u password='p' dbname=db", ("", "u", "p", "h", "db")),
            ("u:p@tcp(h:3306)/db?parseTime=true", ("", "u", "p", "h", "db")),
            (
                "https://oauth2:p@git.example.com/g/r.git",
                ("https", "oauth2", "p", "git.example.com", "g"),
            ),
            ("url:postgres://u:p@h/db", ("postgres", "u", "p", "h", "db")),
            ("（postgres://u:p@h/db", ("postgres", "u", "p", "h", "db")),
            ("see postgres://u:p@h/db.", ("postgres", "u", "p", "h", "db.")),
        ];
        for (text, expected) in cases {
            let found = dsn(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.scheme, found.user, found.password, found.host, found.database),
                expected,
                "{text}"
            );
            assert_eq!(
                text.get(found.password_start..found.password_end),
                Some(found.password),
                "{text}"
            );
        }
    }

    #[test]
    fn needs_a_password() {
        for text in [
            "",
            "postgres://localhost/db",
            "postgres://u@h/db",
            "postgres://u:@h/db",
            "postgres://h:5432/db?options=a@b",
            "https://h/p?password=x",
            "https://h:8080/@scope/pkg",
            "password=x",
            "host=h",
            "git@github.com:o/r.git",
            "@tcp(h)/db",
        ] {
            assert_eq!(dsn(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn stays_inside(text in r"(\PC|[a-z:/@?#;=&() ]|://|password=|host=|@tcp\(){0,40}") {
            if let Some(found) = dsn(&text) {
                prop_assert_eq!(text.get(found.password_start..found.password_end), Some(found.password));
            }
        }
    }
}
