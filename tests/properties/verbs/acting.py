"""People who send verbs by chance, about what there is, and what comes of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.kit.commands import Viewer
from schema.transport.execution import Engine
from tests.office import rating_token
from tests.properties.verbs.declared import VERBS, Verb
from tests.properties.verbs.inputs import Inputs
from tests.reading.planning import ask

SETTINGS = SecuritySettings(b"a secret for tests, long enough!")
"""What signs the links by which customers rate us."""


@dataclass
class Acting:
    """What people do together, and how often each verb succeeded and was refused."""

    graphql: Engine
    done: Counter[str] = field(default_factory=Counter[str])
    refused: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    faults: list[str] = field(default_factory=list[str])
    """What answered with more than problems; there should be nothing."""
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """The links that were given out for ratings, as if they were rows: whoever holds one is the customer."""

    async def act(self, verb: Verb, inputs: Inputs, record: str | None = None) -> list[str]:
        """Sends a verb about this record or any; why it was refused."""
        given = inputs.of(verb, record)
        answer = await ask(self.graphql, inputs.viewer, verb.document("errors { code message path }"), {"input": given})
        if "errors" in answer:
            self.faults.append(f"{verb.name} {given}: {answer['errors']}")
            return ["FAULT"]
        [payload] = answer["data"].values()
        if verb.name == "issueRatingLink" and not payload["errors"]:
            self.tokens[await rating_token(SETTINGS)] = {
                "id": None,
                "complaint_id": inputs.rows[given["complaint"]]["id"],
            }
        problems = [f"{error['code']} {'.'.join(error['path'])}: {error['message']}" for error in payload["errors"]]
        self.done[verb.name] += not problems
        self.refused[verb.name].update(problems)
        return problems


def able(viewer: Viewer) -> list[Verb]:
    """The verbs that somebody may send."""
    return [verb for verb in VERBS.values() if verb.may(viewer)]
