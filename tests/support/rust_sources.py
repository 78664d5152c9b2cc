"""What the Rust sources say of the stack, read off the text as rustfmt leaves it: no compiler runs for it."""

import re
import tomllib
from functools import cache
from pathlib import Path

from local.functions import FUNCTIONS
from local.processes import ROOT

OPERATIONS = {
    "get_secret_value": "secretsmanager:GetSecretValue",
    "invoke": "lambda:InvokeFunction",
    "put_events": "events:PutEvents",
    "send_message": "sqs:SendMessage",
    "receive_message": "sqs:ReceiveMessage",
    "delete_message": "sqs:DeleteMessage",
    "change_message_visibility": "sqs:ChangeMessageVisibility",
    "get_queue_attributes": "sqs:GetQueueAttributes",
    "describe_log_streams": "logs:DescribeLogStreams",
    "filter_log_events": "logs:FilterLogEvents",
}
"""Of the AWS SDK, beside DynamoDB's: the call, without arguments, that begins a request."""
TABLE = {"update": "dynamodb:UpdateItem", "get": "dynamodb:GetItem", "all": "dynamodb:Query"}
"""shared/src/state/table.rs: all that is asked of DynamoDB goes through these."""

ROOMS = ["shared/src/host", "shared/src/sending", "shared/src/serve"]
"""What a function stands on, but for the state and the calls to WeChat."""

ITEM = re.compile(
    r"^(?:pub(?:\([\w ]+\))? )?(?:async )?"
    r"(?:(?P<kind>struct|enum|fn) |impl(?:<[^>]*>)? (?:[\w:<>']+ for )?)(?P<name>\w+)"
    r"(?:[^\n]*;\n|.*?^\}\n)",
    re.MULTILINE | re.DOTALL,
)
METHOD = re.compile(r"^    (?:pub(?:\([\w ]+\))? )?(?:async )?fn (\w+).*?^    \}\n", re.MULTILINE | re.DOTALL)
NAMED_TYPE = re.compile(r"(?<![:\w])[A-Z]\w+\b(?!\()")
"""A variant of an enum may have a type's name; it stands behind :: or before a parenthesis."""
CALLED_FUNCTION = re.compile(r"(?<!fn )(?<![.\w])(\w+)\(")
DIRECTIVE = re.compile(r"^const \w+: Directive<'_> =\s+Directive \{(.*?)\};", re.MULTILINE | re.DOTALL)


def source(path: Path) -> str:
    """Without tests and comments."""
    text = "" if path.stem.endswith("_tests") else path.read_text().split("\n#[cfg(test)]")[0] + "\n"
    return re.sub(r"^ *//.*\n", "", text, flags=re.MULTILINE)


def sources(folder: str) -> str:
    return "".join(source(path) for path in sorted((ROOT / folder).rglob("*.rs")))


def binaries(folder: str) -> tuple[str, list[str]]:
    """A package's name and its programs, as cargo finds them."""
    package = ROOT / "functions" / folder
    manifest = tomllib.loads((package / "Cargo.toml").read_text())
    name = manifest["package"]["name"]
    main = [name] if (package / "src" / "main.rs").exists() else []
    others = [path.stem for path in (package / "src" / "bin").glob("*")]
    declared = [binary["name"] for binary in manifest.get("bin", [])]
    return name, declared or main + others


@cache
def items(*folders: str) -> tuple[dict[str, str], dict[str, str]]:
    """Types (with all that is implemented for them) and free functions, by name."""
    types, functions = {}, {}
    for item in ITEM.finditer("".join(sources(folder) for folder in folders)):
        found = functions if item["kind"] == "fn" else types
        found[item["name"]] = found.get(item["name"], "") + item[0]
    return types, functions


def reached(text: str) -> str:
    """The text, and of the rooms of shared/src above the state what it names, and what that names."""
    types, functions = items(*ROOMS)
    seen = set()
    while True:
        found = {name: types[name] for name in NAMED_TYPE.findall(text) if name in types}
        found |= {name: functions[name] for name in CALLED_FUNCTION.findall(text) if name in functions}
        if found.keys() <= seen:
            return text
        text += "".join(body for name, body in found.items() if name not in seen)
        seen |= found.keys()


@cache
def table_methods(owner: str) -> dict[str, set[str]]:
    """What each method of a type in shared/src/state asks of DynamoDB."""
    bodies = {method[1]: method[0] for method in METHOD.finditer(items("shared/src/state")[0][owner])}

    def asks(method: str) -> set[str]:
        own = {TABLE[verb] for verb in re.findall(r"self\s*\.(?:0|table)\s*\.(update|get|all)\(", bodies[method])}
        others = set(re.findall(r"self\s*\.(\w+)\(", bodies[method])) & bodies.keys()
        return own.union(*(asks(other) for other in others))

    return {method: asks(method) for method in bodies}


def calls(folder: str) -> set[tuple[str, str | None]]:
    """What a function's code asks of AWS: the verb and, of a table, the environment variable that names it."""
    text = reached(sources(f"functions/{folder}/src"))
    called = {(OPERATIONS[name], None) for name in re.findall(r"\.(\w+)\(\)", text) if name in OPERATIONS}
    fields = dict(re.findall(r'\b(\w+): (?:\w+::)?(?:text|parsed|optional_text)\("(\w+)"\)', text))
    for owner in items("shared/src/state")[0]:
        named = re.findall(rf'\b{owner}::new\([^;]*?settings(?:::text\("(\w+)"\)|\.(\w+))', text)
        for variable in {variable or fields[field] for variable, field in named}:
            for receiver in set(re.findall(rf"\b(\w+): &?{owner}\b", text)):
                for method in re.findall(rf"\b{receiver}\s*\.(\w+)\(", text):
                    called |= {(verb, variable) for verb in table_methods(owner).get(method, set())}
    return called


def settings(folder: str) -> set[str]:
    """The environment variables that a function's code reads; env! is the compiler's."""
    text = reached(sources(f"functions/{folder}/src"))
    read = set(re.findall(r'(?<!env!\()"([A-Z]+(?:_[A-Z]+)+)"', text))
    if '"{}_FUNCTION_ARN"' in text:  # of each route
        routes = [name.removeprefix("on-") for name in FUNCTIONS if name.startswith("on-")]
        read |= {f"{route.replace('-', '_').upper()}_FUNCTION_ARN" for route in routes}
    return read


def metrics() -> dict[str, set[tuple[str, ...]]]:
    """The metrics that the code embeds in its lines, and the sets of dimensions of each."""
    emitted: dict[str, set[tuple[str, ...]]] = {}
    for directive in DIRECTIVE.finditer("".join(map(sources, ["functions", *ROOMS]))):
        dimensions, names = directive[1].split("metrics:")
        sets = {tuple(re.findall(r'"(\w+)"', found)) for found in re.findall(r"&\[([^&\]]+)\]", dimensions)}
        for name in re.findall(r'\("(\w+)"', names):
            emitted.setdefault(name, set()).update(sets)
    return emitted
