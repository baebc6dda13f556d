//! Code given on the command line itself.

/// Code that an interpreter is given as an argument: `node -e`, `python -c`,
/// `powershell -EncodedCommand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineCode {
    /// The interpreter's name.
    pub interpreter: String,
    /// The word with the option.
    pub flag: usize,
    /// The word with the code.
    pub word: usize,
    /// The code is encoded, or decodes base64 and runs the result.
    pub encoded: bool,
    /// The code downloads something and runs it.
    pub fetches: bool,
}

const FETCH: &[&str] = &[
    "urlopen",
    "urlretrieve",
    "requests.get",
    "requests.post",
    "httpx.get",
    "http.client",
    "fetch(",
    "http.get",
    "https.get",
    "axios",
    "curl",
    "wget",
    "net::http",
    "uri.open",
    "open-uri",
    "lwp::simple",
    "file_get_contents(",
    "downloadstring",
    "invoke-webrequest",
    "invoke-restmethod",
];
const RUN: &[&str] = &[
    "exec(",
    "eval(",
    "(eval)",
    "exec ",
    "eval ",
    "system(",
    "system ",
    "popen(",
    "spawn",
    "compile(",
    "runpy",
    "subprocess",
    "new function(",
    "import(",
    "vm.run",
    "child_process",
    "instance_eval",
    "shell_exec(",
    "passthru(",
    "iex",
];
const DECODE: &[&str] = &[
    "b64decode",
    "base64,",
    "'base64'",
    "\"base64\"",
    "atob(",
    "decode64",
    "decode_base64",
    "base64_decode(",
    "frombase64string",
];

/// The code `text` in the word at `word`, given by the option at `flag`.
pub(super) fn code(text: &str, interpreter: &str, flag: usize, word: usize) -> InlineCode {
    let text = text.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    InlineCode {
        interpreter: interpreter.to_owned(),
        flag,
        word,
        encoded: has(DECODE) && has(RUN),
        fetches: has(FETCH) && has(RUN),
    }
}
