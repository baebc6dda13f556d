-- What a key of the file beside this database makes of a fixed text. It tells whether the two
-- belong together.
CREATE TABLE pepper (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    proof BLOB NOT NULL
) STRICT;

-- API keys, as keyed hashes. Times are seconds since 1970-01-01 UTC.
CREATE TABLE api_keys (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    id TEXT NOT NULL,
    last_four TEXT NOT NULL UNIQUE CHECK (length(last_four) = 4),
    note TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

-- Grows with every change of a table, whoever makes it, so that a reader sees cheaply whether it
-- has to read again.
CREATE TABLE revisions (
    subject TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO revisions (subject, revision) VALUES ('api_keys', 0);

CREATE TRIGGER api_keys_added AFTER INSERT ON api_keys BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE subject = 'api_keys';
END;

CREATE TRIGGER api_keys_changed AFTER UPDATE ON api_keys BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE subject = 'api_keys';
END;

CREATE TRIGGER api_keys_removed AFTER DELETE ON api_keys BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE subject = 'api_keys';
END;
