//! What npm and PyPI publish.

use mcp_guard_scanner::online::{Published, Release};
use serde_json::Value;

use super::Places;
use super::web::Web;
use super::words;

/// What the registry has of a package. Empty for an ecosystem that is not asked about.
pub(super) async fn ask(
    web: &Web,
    places: &Places,
    release: &Release,
) -> Result<Published, String> {
    match release.ecosystem {
        "npm" => npm(web, &places.npm, release).await,
        "pypi" => pypi(web, &places.pypi, release).await,
        _ => Ok(Published::default()),
    }
}

async fn npm(web: &Web, base: &str, release: &Release) -> Result<Published, String> {
    let url = |version: &str| format!("{base}/{}/{}", encoded(&release.name), encoded(version));
    let latest = get(web, &url("latest")).await?;
    let mut published = Published { package: Some(latest.is_some()), ..Published::default() };
    let Some(latest) = latest else {
        // A package can have versions and no `latest`.
        if let Some(version) = &release.version {
            let own = get(web, &url(version)).await?;
            published.package = Some(own.is_some());
            published.version = Some(own.is_some());
        }
        return Ok(published);
    };
    published.newest = text(&latest, "/version").filter(|text| words::is_version(text));
    let own = match &release.version {
        Some(version) if published.newest.as_ref() != Some(version) => {
            get(web, &url(version)).await?
        }
        _ => Some(latest),
    };
    published.version = release.version.as_ref().map(|_| own.is_some());
    if let Some(own) = own {
        published.deprecated = text(&own, "/deprecated");
        published.deprecated = published.deprecated.filter(|words| !words.is_empty());
        let hash = text(&own, "/dist/integrity");
        let sha1 = || text(&own, "/dist/shasum").map(|hash| format!("sha1:{hash}"));
        published.integrity = hash.or_else(sha1).into_iter().collect();
    }
    Ok(published)
}

async fn pypi(web: &Web, base: &str, release: &Release) -> Result<Published, String> {
    let name = encoded(&release.name);
    let latest = get(web, &format!("{base}/pypi/{name}/json")).await?;
    let mut published = Published { package: Some(latest.is_some()), ..Published::default() };
    let Some(latest) = latest else { return Ok(published) };
    published.newest = text(&latest, "/info/version").filter(|text| words::is_version(text));
    let files = match &release.version {
        Some(version) if published.newest.as_ref() != Some(version) => {
            // Mirrors serve the document of the project and not always those of its releases.
            let listed = latest.get("releases").and_then(|all| all.get(version)).cloned();
            match listed {
                Some(files) => Some(files),
                None => {
                    let url = format!("{base}/pypi/{name}/{}/json", encoded(version));
                    get(web, &url).await?.map(|own| own.get("urls").cloned().unwrap_or_default())
                }
            }
        }
        _ => Some(latest.get("urls").cloned().unwrap_or_default()),
    };
    published.version = release.version.as_ref().map(|_| files.is_some());
    let files = files.as_ref().and_then(Value::as_array).into_iter().flatten();
    let hashes = files.filter_map(|file| text(file, "/digests/sha256"));
    published.integrity = hashes.map(|hash| format!("sha256:{hash}")).collect();
    published.integrity.sort_unstable();
    Ok(published)
}

/// A JSON document; `None` if there is none.
async fn get(web: &Web, url: &str) -> Result<Option<Value>, String> {
    match web.json(web.client().get(url)).await? {
        (200, body) if body.is_object() => Ok(Some(body)),
        (404 | 405, _) => Ok(None),
        (200, _) => Err("the registry answers with something that is no JSON".to_owned()),
        (status, _) => Err(format!("the registry answers with status {status}")),
    }
}

/// A text as one line.
fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(words::line)
}

/// A name as one segment of a path (RFC 3986, section 2.1).
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    // A segment of dots would lead elsewhere.
    if out.bytes().all(|byte| byte == b'.') { out.replace('.', "%2E") } else { out }
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_name_stays_one_segment() {
        for (name, expected) in [
            ("@scope/name", "@scope%2Fname"),
            ("a b?c#d", "a%20b%3Fc%23d"),
            ("..", "%2E%2E"),
            ("ä", "%C3%A4"),
        ] {
            assert_eq!(encoded(name), expected);
        }
    }
}
