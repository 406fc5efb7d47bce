"""What the steward tab needs: answers, filters, views, proposals and exports for one user. No web package here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from assistant import asking
from assistant.assembly import audit_paths
from assistant.checking import check_statement
from assistant.domain import CatalogResource, Lang, Purpose, Text, User, VisibilityFilter
from assistant.errors import ModelUnavailable, StoreUnavailable, UserError
from assistant.incidents import close_incident, incident_table, incidents_for
from assistant.parts import Parts
from assistant.policies import access
from assistant.steward.core_table import to_xlsx
from assistant.steward.dcat import to_dcat
from assistant.steward.desk import StewardAnswer, answer_filter, ask_steward
from assistant.steward.estate import Estate, visible_resources
from assistant.steward.filters import CatalogFilter
from assistant.steward.fixes import as_diff, label_changes
from assistant.steward.label_cases import LabelCase, Verdict, recall_cases, remember_case
from assistant.steward.maturity import Beyond, Rated, rate
from assistant.steward.maturity_answers import MaturityAnswer, recall_answers, remember_answer
from assistant.steward.proposals import LabelProposal, propose_labels
from assistant.steward.quality import ResourceQuality, RuleResult, assess, coverage, quality_table
from assistant.steward.tables import StewardTable
from assistant.steward.usage import request_rows
from assistant.steward.views import maturity_table, proposal_table
from assistant.steward.vocabulary import Vocabulary

View = Literal["quality", "maturity", "proposals", "incidents"]
RECORD_KIND = "steward"  # in the audit trail: no decision on governed rows, so not counted among the requests
ExportFormat = Literal["dcat", "xlsx"]
_SEARCHED = 10  # resources that a search by meaning brings
# The results of the quality rules are governed data: they are read through the same gate as any question.
_QUALITY_SQL = (
    "select resource_id, sum(rows_checked) as checked, sum(rows_failed) as failed "
    "from dq_check_result group by resource_id"
)


class StewardDesk:
    """One for the whole app. Holds nothing of any user; the caller keeps the last filter for follow-ups."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._seen: dict[VisibilityFilter, tuple[tuple[CatalogResource, ...], Vocabulary]] = {}

    # ------------------------------------------------------------- questions

    def ask(
        self,
        question: str,
        *,
        user_id: str,
        purpose_code: str | None = None,
        lang: Lang | None = None,
        after: CatalogFilter | None = None,
    ) -> StewardAnswer:
        """A question, or a follow-up on `after`. Raises UserError where the asker can mend it."""
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        answer = ask_steward(question, self._estate(user, purpose), self._workspace, after=after, lang=lang)
        self._record(answer, user, purpose)
        return answer

    def apply(
        self, asked: CatalogFilter, *, user_id: str, purpose_code: str | None = None, lang: Lang | None = None
    ) -> StewardAnswer:
        """A filter that was edited by hand."""
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        answer = answer_filter(asked, self._estate(user, purpose), self._workspace, lang=lang or "zh")
        self._record(answer, user, purpose)
        return answer

    # ------------------------------------------------------------- views

    def view(self, name: View, *, user_id: str, purpose_code: str | None = None) -> StewardTable:
        """Quality, maturity, open classification proposals or open identifier incidents as a table."""
        match name:
            case "quality":
                return quality_table(self.quality(user_id=user_id, purpose_code=purpose_code))
            case "maturity":
                rated = self.maturity(user_id=user_id, purpose_code=purpose_code)
                return maturity_table(rated, self.maturity_answers(user_id))
            case "incidents":
                return self._incidents(user_id)
            case _:
                return proposal_table(self.proposals(user_id=user_id, purpose_code=purpose_code))

    def quality(self, *, user_id: str, purpose_code: str | None = None) -> tuple[ResourceQuality, ...]:
        """Every visible resource, worst first."""
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        return assess(self._estate(user, purpose), self._rule_results(user_id, purpose.code))

    def maturity(
        self, *, user_id: str, purpose_code: str | None = None, answers: dict[str, int] | None = None
    ) -> tuple[Rated, ...]:
        """The self-assessment; `answers` are levels 1-5 by question id, instead of those that were kept."""
        kept = {name: one.level for name, one in recall_answers(self._answers).items()}
        given = kept if answers is None else answers
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        estate = self._estate(user, purpose)
        documents = _documents(self._workspace)
        beyond = Beyond(
            documents=len(documents),
            documents_in_force=sum(documents),
            roles=len(self.parts.policies.roles),
            coverage=coverage(self.parts.catalog.resources, self.parts.schema),
        )
        return rate(estate, assess(estate, self._rule_results(user_id, purpose.code)), beyond, given)

    def maturity_answers(self, user_id: str) -> Mapping[str, MaturityAnswer]:
        """What was answered to the self-assessment and by whom, by question id; for stewards and auditors."""
        user, _ = asking.identify(user_id, None, self.parts)
        shown = self._is(user, steward=True) or self._is(user, audits=True)
        return recall_answers(self._answers) if shown else {}

    def answer_maturity(self, question: str, level: int, basis: str, *, user_id: str) -> None:
        """Keep an answer (1-5) with what it rests on. Stewards only. Raises UserError, StoreUnavailable."""
        user, _ = asking.identify(user_id, None, self.parts)
        if not self._is(user, steward=True):
            raise UserError(
                Text(
                    zh="只有目录管理员可以回答自评问题。请联系本部门目录管理员。",
                    en="Only a catalog steward may answer the self-assessment. Ask your department's steward.",
                )
            )
        answer = MaturityAnswer(question=question, level=level, basis=basis, by=user.user_id, on=self.parts.clock())
        remember_answer(self._answers, answer)

    # ------------------------------------------------------------- classification proposals

    def proposals(
        self, *, user_id: str, purpose_code: str | None = None, also_confirmed: bool = False
    ) -> tuple[LabelProposal, ...]:
        """Open proposals for what this user may see; those that were rejected before are left out."""
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        estate = self._estate(user, purpose)
        return propose_labels(estate.resources, cases=recall_cases(self._cases), also_confirmed=also_confirmed)

    def decide(self, proposal: LabelProposal, verdict: Verdict, *, user_id: str) -> str:
        """Remember a steward's verdict; for an accepted one the diff that a person applies, else "". Stewards only."""
        user, _ = asking.identify(user_id, None, self.parts)
        if not self._is(user, steward=True):
            raise UserError(
                Text(
                    zh="只有目录管理员可以处理分类分级建议。请联系本部门目录管理员。",
                    en="Only a catalog steward may decide on a classification proposal. Ask your department's steward.",
                )
            )
        case = LabelCase(
            element_id=proposal.element_id,
            name=proposal.name,
            level=proposal.label.level,
            role=proposal.label.role,
            verdict=verdict,
            by=user.user_id,
            on=self.parts.clock(),
        )
        remember_case(self._cases, case)
        if verdict != "accepted":
            return ""
        element = self.parts.catalog.element(proposal.element_id)
        changes = tuple(label_changes(proposal, element.label if element is not None else None))
        return as_diff(changes, self._workspace)

    # ------------------------------------------------------------- incidents

    def close_incident(self, number: int, *, user_id: str) -> None:
        """A steward has dealt with a blocked answer. Raises UserError, AuditUnavailable."""
        user, _ = asking.identify(user_id, None, self.parts)
        close_incident(number, user, self._trail, self.parts)

    def _incidents(self, user_id: str) -> StewardTable:
        user, _ = asking.identify(user_id, None, self.parts)
        return incident_table(incidents_for(user, self._trail, self.parts))

    @property
    def _trail(self) -> Path:
        return audit_paths(self.parts.settings)[0]

    # ------------------------------------------------------------- export

    def export(self, format: ExportFormat, *, user_id: str, purpose_code: str | None = None) -> bytes:
        """What this user may see of the catalog: DCAT-AP 3 JSON-LD or the core-metadata table."""
        user, purpose = asking.identify(user_id, purpose_code, self.parts)
        resources = self._estate(user, purpose).resources
        if format == "xlsx":
            return to_xlsx(resources)
        document = to_dcat(resources, title=self.parts.workspace.name)
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()

    # ------------------------------------------------------------- what stands behind

    @property
    def _workspace(self) -> Path:
        return self.parts.settings.workspace

    @property
    def _cases(self) -> Path:
        return self.parts.settings.state / "steward" / "classification_cases.jsonl"

    @property
    def _answers(self) -> Path:
        return self.parts.settings.state / "steward" / "maturity_answers.jsonl"

    def _estate(self, user: User, purpose: Purpose) -> Estate:
        """What this user may see; metrics are published definitions, request counts are for stewards and auditors."""
        visible = access.visible(user, purpose, self.parts.policies)
        resources, known = self._seen_by(visible)
        counts = self._is(user, steward=True) or self._is(user, audits=True)
        return Estate(
            resources=resources,
            metrics=self.parts.model.metrics if self.parts.model is not None else (),
            as_of=self.parts.as_of,
            requests=request_rows(self._trail, resources) if counts else None,
            search=self._search(user, purpose),
            known=known,
        )

    def _seen_by(self, visible: VisibilityFilter) -> tuple[tuple[CatalogResource, ...], Vocabulary]:
        """The visible resources and their words, gathered once for each filter: a catalog is read much more often."""
        if visible not in self._seen:
            resources = visible_resources(self.parts.catalog, visible)
            metrics = self.parts.model.metrics if self.parts.model is not None else ()
            self._seen[visible] = resources, Estate(resources=resources, metrics=metrics).words()
        return self._seen[visible]

    def _record(self, answer: StewardAnswer, user: User, purpose: Purpose) -> None:
        """Who looked at what of the catalog: the shape of the filter, never its words. Raises AuditUnavailable."""
        self.parts.audit.append(
            {
                "kind": RECORD_KIND,
                "subject": {"id": user.user_id, "dept": user.department, "roles": list(user.roles)},
                "purpose": purpose.code,
                "question_hash": self.parts.audit.keys.token(answer.question),
                "language": answer.lang,
                "filter": {
                    "subject": answer.filter.subject.value,
                    "conditions": [f"{one.field} {one.op.value}" for one in answer.filter.conditions],
                    "group_by": list(answer.filter.group_by),
                },
                "status": "answered",
                "rows_returned": len(answer.table.rows),
            }
        )

    def _search(self, user: User, purpose: Purpose) -> Callable[[str], tuple[str, ...]]:
        visible = access.visible(user, purpose, self.parts.policies)

        def search(words: str) -> tuple[str, ...]:
            try:
                found = self.parts.retriever.search(words, visible, kinds=("catalog",), top_k=_SEARCHED)
            except (StoreUnavailable, ModelUnavailable):
                return ()  # the words of the catalog itself were already looked at
            return tuple(one.id for one in found)

        return search

    def _is(self, user: User, *, steward: bool = False, audits: bool = False) -> bool:
        roles = [self.parts.policies.roles[code] for code in user.roles if code in self.parts.policies.roles]
        return any((steward and one.steward) or (audits and one.audits) for one in roles)

    def _rule_results(self, user_id: str, purpose_code: str) -> tuple[RuleResult, ...]:
        """Sums a resource, as far as the policies let this user have them; none in an estate without such a table."""
        if "dq_check_result" not in self.parts.catalog.by_table:
            return ()
        shown = check_statement(
            _QUALITY_SQL, user_id=user_id, parts=self.parts, purpose_code=purpose_code, execute=True
        )
        rows = (shown.get("table") or {}).get("rows", ())
        return tuple(
            RuleResult(resource_id=str(code), checked=int(checked), failed=int(failed))
            for code, checked, failed in rows
            if checked is not None and failed is not None
        )


def _documents(workspace: Path) -> list[bool]:
    """For every document of the workspace, whether it is in force by its own head (superseded_by, valid_to empty)."""
    found = []
    for path in sorted((workspace / "documents").rglob("*")):
        if not path.is_file():
            continue
        head = path.read_bytes()[:2000].decode("utf-8", "replace")
        found.append("superseded_by: null" in head or "superseded_by" not in head)
    return found
