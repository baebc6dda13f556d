"""Which planted problem a finding is about, and which findings are about clean servers."""

import re
from collections import defaultdict

from scanners import relative

SEVERITIES = ["info", "low", "medium", "high", "critical"]
# Words of a topic, wide on purpose.
TOPICS = {
    "approve": (
        r"auto.?approv|always.?allow|\btrust|approv|without (asking|confirm)|permission|"
        r"wildcard|consent"
    ),
    "approve-client": (
        r"auto.?approv|trust|bypass|enableAll|approv|without (asking|confirm)|sandbox|"
        r"yolo|danger|permission|auto.?accept|auto.?mode"
    ),
    "archive": (
        r"tarball|archive|https?.{0,20}(package|spec)|unpin|not pinned|pin\b|"
        r"url.*(install|package)|remote (code|package|script)|integrity|download"
    ),
    "auth-off": r"auth",
    "bind": r"0\.0\.0\.0|bind|host|all interfaces|listen|expos|publish|port",
    "broken": r"pars|invalid|malformed|syntax|unreadable|could not|cannot|fail|incomplete",
    "browser": r"browser|profile|session|cookie|autoconnect|devtools|cdp|sensitive path",
    "command-path": (
        r"relative|missing|not found|does not exist|(search|absolute|command) path|"
        r"local (script|binary)"
    ),
    "committed": r"commit|track|repositor|user.?(level|scope)|personal",
    "cors": r"cors|origin|\*|wildcard",
    "db-write": r"unrestricted|write|superuser|privileg|admin|read.?only|database|root user",
    "debug": r"debug|inspect|0\.0\.0\.0|bind|interfaces|port",
    "deprecated": r"deprecat|archiv|abandon|unmaintain|CVE|vulnerab|outdated",
    "docker": (
        r"docker|container|privileged|socket|capabilit|mount|namespace|escape|volume|"
        r"(sensitive|dangerous) path"
    ),
    "docker-net": r"network|host",
    "ecosystem": r"ecosystem|pypi|python|confus|squat|typo|malicious|registry",
    "env-file": r"env.?file|\.env|track|commit",
    "env-inject": r"LD_PRELOAD|BASH_ENV|GIT_SSH|inject|preload|hijack|environment variable|librar",
    "filesystem": r"filesystem|file system|root|director|(sensitive|dangerous|file) path|\.ssh|sensitive|scope",
    "hidden": (
        r"hidden|invisible|unicode|zero.?width|tag char|steganog|smuggl|control char|"
        r"non.?ascii|obfusc"
    ),
    "host": r"host|domain|typo|look.?alike|homoglyph|punycode|\bIP\b|address|impersonat|squat",
    "injection": r"inject|instruct|poison|exfil|ignore|prompt|credential|hidden",
    "inline": (
        r"inline|eval|-e\b|-c\b|encoded|base64|obfusc|arbitrary (code|command)|"
        r"code execution|shell|inject"
    ),
    "malicious": r"malicious|malware|compromis|backdoor|known.?bad|postmark|vulnerab|CVE|MAL-",
    "metadata": r"metadata|169\.254|link.?local|imds|ssrf|internal|cloud",
    "no-auth": r"auth|credential|token",
    "non-network": r"file:|scheme|protocol|non.?http|invalid url|local file",
    "oversharing": r"AWS|over.?shar|unrelated|unused|excess|least priv|broad|credential|cloud",
    "own": r"$.",
    "path": r"\bPATH\b|search path|/tmp|writable|hijack",
    "permission": r"bash|wildcard|permission|allow|shell|\*",
    "permissions": r"permission|readable|mode|world|chmod|0?644",
    "pipe": r"pipe|curl|download|remote (code|script)|shell|urlopen|fetch|exec|inject",
    "plaintext": r"http\b|plain|unencrypt|tls|https|insecure|clear.?text|transport",
    "proxy": r"prox",
    "registry": r"registr|index|dependency confusion|http\b|mirror",
    "secret": (
        r"secret|credential|token|api.?key|passw|hard.?cod|entropy|sensitive|\bkey\b|"
        r"jwt|bearer|dsn|connection string|cookie"
    ),
    "secret-args": r"secret|credential|token|api.?key|passw|argument|command.?line|process",
    "shadow": r"shadow|duplicate|collision|same name|conflict|override|differ|drift",
    "shell": r"shell|bash|metachar|chain|inject|&&|;|-c\b",
    "shell-server": r"shell|command|execut|terminal|capab|desktop-commander|dangerous|arbitrary",
    "sse": r"\bsse\b|deprecat",
    "sudo": r"sudo|privileg|root|elevat",
    "tls": r"tls|ssl|certificat|NODE_TLS|host.?key|StrictHostKey|verif",
    "toxic": r"toxic|trifecta|flow|combin|exfil|chain|cross.?server|attack path|untrusted|pivot",
    "tunnel": r"tunnel|ngrok|ephemeral|temporary",
    "typosquat": r"typo|squat|look.?alike|similar|impersonat|unscoped|scope|official|resembl|confus",
    "unpinned": r"unpin|not pinned|pin\b|pinned|version|latest|float|mutable|tag|digest|commit|branch",
    "unsafe": r"danger|skip.?perm|bypass|unsafe|permission",
    "vulnerable": r"CVE|GHSA|vulnerab|advisor|outdated",
    "writable": r"/tmp|writab|temporar|permission|file mode|chmod",
}

# Ours says once a file that no gateway stands in front of its servers, and is asked to; it is told
# apart from alarms.
GATEWAY = "unguarded-server"


def same_file(found, wanted, place):
    found = relative(found, place)
    # Some leave out the directories above the one that they were given, or of which they know.
    return found == wanted or len(found) > 4 and wanted.endswith("/" + found)


def names(finding, server, spans):
    if finding.server is not None and finding.server == server:
        return True
    if re.search(rf"(?<![\w-]){re.escape(server)}(?![\w-])", finding.text):
        return True
    first, last = spans.get(server, (0, 0))
    # A minified file would put everything on one line; ours are not.
    return first <= finding.line <= last if finding.line > 1 and finding.server is None else False


def written(file):
    """The path of a file of our report as expected.yaml writes it."""
    return re.sub(r"^~/", "home/", file["path"])


def spans_of(said):
    """The lines of each server's entry, by file."""
    return {written(file): {server["name"]: (server["span"]["start"]["line"], server["span"]["end"]["line"])
                           for server in file["servers"]} for file in said["files"]}


def said_of_everything(findings, clean, spans, place):
    """The rules that a tool reports for more than half of the clean servers."""
    rules = defaultdict(set)
    for file, server in clean:
        for finding in findings:
            if same_file(finding.file, file, place) and names(finding, server, spans.get(file, {})):
                rules[finding.rule].add((file, server))
    return {rule for rule, servers in rules.items() if len(servers) * 2 > len(clean)}


def judge_peer(problem, findings, spans, empty, place):
    """The severity with which a peer found a problem; '·' if only a rule without meaning says it."""
    best, noise, file = None, False, problem["file"]
    topic = re.compile(TOPICS[problem["topic"]], re.IGNORECASE)
    servers = problem.get("among") or ([problem["server"]] if "server" in problem else [])
    for finding in findings:
        if not same_file(finding.file, file, place) or not topic.search(f"{finding.rule} {finding.text}"):
            continue
        if servers and not any(names(finding, server, spans.get(file, {})) for server in servers):
            if finding.server is not None or problem.get("server"):
                continue
        if finding.rule in empty:
            noise = True
        elif best is None or rank(finding.severity) > rank(best):
            best = finding.severity
    return best or ("·" if noise else None)


def judge_ours(problem, findings, place):
    """The severity with which ours found a problem, if that is high enough."""
    best, file = None, problem["file"]
    for finding in findings:
        if (finding.rule == problem.get("rule") and same_file(finding.file, file, place)
                and ("server" not in problem or finding.server == problem["server"])):
            if best is None or rank(finding.severity) > rank(best):
                best = finding.severity
    return best if best and rank(best) >= rank(problem["severity"]) else None


def unplanted(problems, said):
    """The clean servers of a tree: those that no problem is about."""
    about = {(p["file"], server) for p in problems
             for server in [p.get("server"), *p.get("among", [])] if server}
    about |= {("home/.claude.json", "pilot")}
    return [(written(file), server["name"]) for file in said["files"] for server in file["servers"]
            if (written(file), server["name"]) not in about]


def alarms(findings, clean, spans, place):
    """How many findings are about clean servers, and about how many of them."""
    count, servers = 0, set()
    for finding in findings:
        if finding.rule == GATEWAY:
            continue
        for file, server in clean:
            if same_file(finding.file, file, place) and names(finding, server, spans.get(file, {})):
                count += 1
                servers.add((file, server))
                break
    return count, len(servers)


def rank(severity):
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0
