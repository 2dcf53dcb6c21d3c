"""What clients are told of what failed: limits and outages by name, mistakes of ours by an incident, and never more than that."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from models.kit.database import STATEMENT_SECONDS, StatementTimeout, StatementTooDeep
from models.kit.outages import Outage, outage_of
from models.kit.turns import Crowded
from schema.transport.engine import OperationRefused
from schema.transport.limits import formatted
from schema.transport.logs import report_incident, report_outage
from schema.transport.request_middleware import OUTAGES


def refused(*errors: GraphQLError) -> OperationRefused:
    """GraphQL errors as a refusal; those without a code of their own get one."""
    return OperationRefused([formatted(error) for error in errors])


def internal(error: BaseException) -> GraphQLError:
    """The refusal for what should not have happened: an incident number to find the log line by, and nothing else."""
    if isinstance(error, StatementTimeout):
        message = f"The operation took longer than {STATEMENT_SECONDS} seconds. Ask for less at a time."
        return GraphQLError(
            message, extensions={"code": "LIMIT_EXCEEDED", "limit": "time", "maximum": STATEMENT_SECONDS}
        )
    if isinstance(error, StatementTooDeep):
        message = "The relations are nested too deeply for this database. Ask for them in several operations."
        return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "limit": "relations"})
    if isinstance(error, Crowded):
        message = "You have too many requests under way. Wait for their answers."
        return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "limit": "waiting"})
    if outage := outage_of(error):
        report_outage(error)
        return GraphQLError(OUTAGES[outage], extensions={"code": outage.value, "retryAfter": outage.retry_after})
    incident = report_incident(error)
    return GraphQLError(
        f"Something went wrong on our side. Incident {incident}.", extensions={"code": "INTERNAL", "incident": incident}
    )


def presentable(error: GraphQLError) -> GraphQLError:
    """An execution error as a client may see it."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error:
        original = original.original_error
    if original is None or isinstance(original, GraphQLError):
        return error
    hidden = internal(original)
    return GraphQLError(hidden.message, nodes=error.nodes, path=error.path, extensions=hidden.extensions)


def outage_in(errors: Sequence[dict[str, Any]]) -> Outage | None:
    """The outage among formatted errors, if there is one."""
    codes = {error["extensions"]["code"] for error in errors}
    return next((outage for outage in Outage if outage in codes), None)
