"""What is protected about a table as a query uses it: unit, sensitivity, clause, threshold and row cap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from assistant.catalog import Catalog
from assistant.domain import (
    CatalogResource,
    Category,
    Classification,
    ColumnRole,
    ColumnUse,
    Grant,
    Level,
    OpenType,
    OutputKind,
    PrivacyUnit,
    QueryFacts,
    SharingType,
    UnitThreshold,
    Usage,
)
from assistant.policies.policy_set import PolicySet

ROWS = "*"  # the column name that facts give the rows of a table as such
_SENSITIVE = {Category.SENSITIVE_PERSONAL, Category.MINOR_U14}
_FIRMS = (PrivacyUnit.ENTERPRISE, PrivacyUnit.RESPONDENT)
_PEOPLE = (PrivacyUnit.PERSON, PrivacyUnit.HOUSEHOLD)
_CONDITION_ROLES = (ColumnRole.QUASI_ID, ColumnRole.SENSITIVE_ATTR, ColumnRole.SECRET_MEASURE)
# "nobody left out" says a sensitive thing of everyone; of a secret measure, a search for it ends at the extreme value
_TELLING_ROLES = (ColumnRole.SENSITIVE_ATTR, ColumnRole.SECRET_MEASURE)
_CONDITIONS = (Usage.FILTER_EQUAL, Usage.FILTER_PATTERN, Usage.FILTER_RANGE, Usage.FILTER_OTHER, Usage.SUBQUERY)
_CHOOSING = (*_CONDITIONS, Usage.GROUP, Usage.HAVING, Usage.JOIN, Usage.ORDER, Usage.LIMIT, Usage.DISTINCT)
_ROWS_OF_UNITS = Classification(level=Level.G2, role=ColumnRole.QUASI_ID)
_ROWS_OF_THINGS = Classification(level=Level.G1, role=ColumnRole.NEUTRAL)


def label_of(
    catalog: Catalog, resource: CatalogResource, column: str, today: date | None = None
) -> Classification | None:
    """The label of a column; of the rows as such, a quasi-identifier where rows describe protected units.

    None where there is none, or where it is not in force on `today`.
    """
    if column == ROWS:
        return _ROWS_OF_UNITS if is_unit_table(resource) else _ROWS_OF_THINGS
    element = catalog.element(f"{resource.table}.{column}")
    label = element.label if element is not None else None
    if label is None or today is None:
        return label
    early = label.valid_from is not None and today < label.valid_from
    late = label.valid_to is not None and today >= label.valid_to
    return None if early or late else label


def is_free(resource: CatalogResource) -> bool:
    """Its rows may go to every department, or to everyone; single columns may still be protected."""
    return resource.open_type is OpenType.UNCONDITIONAL or resource.sharing_type is SharingType.UNCONDITIONAL


def is_unit_table(resource: CatalogResource) -> bool:
    """Its rows describe protected units one by one."""
    return resource.unit is not None and not is_free(resource)


def is_important(resource: CatalogResource) -> bool:
    return resource.level is Level.IMP or Category.IMPORTANT in resource.categories


def labels_used(
    catalog: Catalog, resource: CatalogResource, facts: QueryFacts
) -> Iterator[tuple[ColumnUse, Classification]]:
    """Every use of a column of the resource with its label; unlabelled ones never get here (gate G1)."""
    for use in facts.uses:
        label = label_of(catalog, resource, use.column) if use.table == resource.table else None
        if label is not None:
            yield use, label


def has_hidden_choice(catalog: Catalog, facts: QueryFacts) -> bool:
    """True when an item that is not neutral chooses, groups or links the rows of the query."""
    for use in facts.uses:
        resource = catalog.by_table.get(use.table)
        label = label_of(catalog, resource, use.column) if resource is not None and use.column != ROWS else None
        if use.usage in _CHOOSING and label is not None and label.role is not ColumnRole.NEUTRAL:
            return True
    return False


def is_sensitive(resource: CatalogResource, labels: Iterable[Classification]) -> bool:
    """Sensitive personal information or under 14, by table or by a column that is used (个人信息保护法 28)."""
    if _SENSITIVE & set(resource.categories):
        return True
    return any(
        label.role is ColumnRole.SENSITIVE_ATTR or label.special_type or _SENSITIVE & set(label.categories)
        for label in labels
    )


def ground_of(resource: CatalogResource, label: Classification) -> str:
    """Which ground of the decision table a use of this column rests on."""
    categories = {*resource.categories, *label.categories}
    if is_important(resource) or label.level is Level.IMP:
        return "important"
    if Category.STATISTICAL_INDIVIDUAL in categories:
        return "statistical_individual"
    if Category.MINOR_U14 in categories:
        return "minor_u14"
    if is_sensitive(resource, (label,)):
        return "sensitive"
    if label.role in (ColumnRole.DIRECT_ID, ColumnRole.SURROGATE_KEY) and resource.unit not in _FIRMS:
        return "direct_id"
    if resource.unit in _FIRMS or Category.ENTERPRISE_SECRET in categories:
        return "enterprise"
    return "person" if resource.unit in _PEOPLE else "any"


def threshold_of(
    catalog: Catalog,
    resource: CatalogResource,
    facts: QueryFacts,
    policies: PolicySet,
    *,
    zero: bool,
    factor: int,
    least: int,
) -> UnitThreshold | None:
    """The cell rule of this table in this query; None without a registered unit. `least`: units whatever else holds."""
    if resource.unit is None or resource.unit_column is None or resource.table is None:
        return None
    used = tuple(labels_used(catalog, resource, facts))
    numbers = policies.thresholds
    firms = resource.unit in _FIRMS
    sensitive = not firms and is_sensitive(resource, (label for _, label in used))
    k = max(numbers.min_units[resource.unit], numbers.sensitive_min_units if sensitive else 0, least)
    reason = policies.reason("R-G5-012" if firms else "R-G5-011" if sensitive else "R-G5-010")
    return UnitThreshold(
        table=resource.table,
        unit_column=resource.unit_column,
        unit=resource.unit,
        min_units=k * factor,
        zero_is_disclosive=zero,
        magnitudes=_magnitudes(used),
        p_percent=numbers.p_percent,
        dominance=numbers.dominance,
        rule=reason.rule,
        clause=reason.clause,
        protected_columns=_protected(used),
        sensitive_keys=_sensitive_keys(used, facts),
        sensitive_conditions=_protected(tuple(pair for pair in used if pair[1].role in _TELLING_ROLES)),
        protected_keys=_protected_keys(used),
    )


def _magnitudes(used: tuple[tuple[ColumnUse, Classification], ...]) -> tuple[str, ...]:
    """Outputs that add up a secret measure: p% and dominance apply to them."""
    names = (
        use.output
        for use, label in used
        if use.usage is Usage.MAGNITUDE and label.role is ColumnRole.SECRET_MEASURE and use.output is not None
    )
    return tuple(dict.fromkeys(sorted(names)))


def _protected(used: tuple[tuple[ColumnUse, Classification], ...]) -> tuple[str, ...]:
    """Columns whose predicates the complement rule drops to find the units that were left out."""
    return tuple(
        sorted(
            {
                use.element_id
                for use, label in used
                if use.usage in (*_CONDITIONS, Usage.JOIN) and label.role in _CONDITION_ROLES
            }
        )
    )


def _protected_keys(used: tuple[tuple[ColumnUse, Classification], ...]) -> tuple[str, ...]:
    """Protected columns that make the rows of the result, shown among the keys or not: a row says "somebody has it"."""
    made = (Usage.GROUP, Usage.DISTINCT)
    return tuple(
        sorted({use.element_id for use, label in used if use.usage in made and label.role in _CONDITION_ROLES})
    )


def _sensitive_keys(used: tuple[tuple[ColumnUse, Classification], ...], facts: QueryFacts) -> tuple[str, ...]:
    """Group keys made of a sensitive attribute: a group of one value only says it of everyone in it."""
    sensitive = {use.element_id for use, label in used if label.role is ColumnRole.SENSITIVE_ATTR}
    keys = (output for output in facts.outputs if output.kind is OutputKind.KEY)
    return tuple(sorted(key.name for key in keys if sensitive & set(key.sources)))


def row_cap(catalog: Catalog, resource: CatalogResource, facts: QueryFacts, policies: PolicySet) -> int:
    """Rows of units in a rolling window: the smallest class that a used column, or the table, falls into."""
    labels = [label for _, label in labels_used(catalog, resource, facts)]
    rows = []
    for cap in policies.thresholds.row_caps:
        hit = any(
            label.special_type in cap.special_types
            or label.role in cap.roles
            or set(label.categories) & set(cap.categories)
            for label in labels
        )
        if cap.is_default or hit or set(resource.categories) & set(cap.categories):
            rows.append(cap.rows)
    return min(rows, default=0)


def use_of(grant: Grant) -> str:
    """The name under which rows given by a capped grant are counted; no table has a name like it."""
    return f"grant {grant.grant_id}" if grant.row_cap is not None else ""
