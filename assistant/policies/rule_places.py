"""Where a clause is cited: file, line and key, so that `govdata check` can say what to mend."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.yaml_source import Node

LOCAL = "local "  # before the rule or ground whose clause the workspace adds


def place_of(node: Node) -> str:
    """file:line [key], as the errors of the YAML reader have it."""
    return f"{node.file}:{node.line}" + (f" [{node.key}]" if node.key else "")


def clause_places(rules: Node, own: Node | None) -> dict[str, str]:
    """{rule id or ground: place of its clause; "local " before it: place of the workspace's own clause}."""
    found = dict(_packaged(rules))
    local = own.get("local_clauses") if own is not None else None
    for key, item in local.mapping().items() if local is not None else ():
        found[LOCAL + key] = place_of(item)
    return found


def _packaged(rules: Node) -> Iterator[tuple[str, str]]:
    for listed, name in (("rules", "id"), ("grounds", "when")):
        for item in rules.child(listed).sequence():
            clause = item.get("clause")
            yield item.child(name).text(), place_of(clause if clause is not None else item)
