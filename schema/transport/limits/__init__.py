"""What one operation may ask for, counted before anything expensive looks at it."""

import re
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from schema.transport.engine import OperationRefused
from schema.transport.limits.figures import LIMITS, Limits, exceeded, refusal
from schema.transport.limits.survey import Survey
from schema.transport.limits.variables import check_variables

__all__ = ["LIMITS", "Limits", "check_variables", "prepare_document", "refusal"]

MAX_ERRORS = 5
"""Nobody mends more mistakes at once, and finding hundreds of them is work."""

SUGGESTION = re.compile(r" Did you mean [^?]*\?$")
"""What some rules add though they were told not to."""

TOO_MANY_TOKENS = "Syntax Error: Document contains more than"
"""How graphql-core begins the one syntax error that is a limit."""


def _parse(text: str, limits: Limits) -> DocumentNode:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.document_bytes:
        raise exceeded("documentBytes", limits.document_bytes, size, "The document has too many bytes")
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLSyntaxError as error:
        if error.message.startswith(TOO_MANY_TOKENS):
            message = f"The document has more than {limits.tokens} tokens or comments (limit 'tokens')."
            raise refusal("LIMIT_EXCEEDED", message, limit="tokens", allowed=limits.tokens) from None
        raise OperationRefused([_formatted(error)]) from None
    except GraphQLError as error:
        raise OperationRefused([_formatted(error)]) from None


def _formatted(error: GraphQLError) -> dict[str, Any]:
    message = SUGGESTION.sub("", error.message)
    return {**error.formatted, "message": message, "extensions": {"code": "BAD_REQUEST"}}


def _measure(document: DocumentNode, limits: Limits) -> None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(operations) + len(fragments) < len(document.definitions):
        raise refusal("BAD_REQUEST", "A document for execution holds operations and fragments only.")
    if not operations:
        raise refusal("BAD_REQUEST", "The document holds no operation.")
    if len(operations) > limits.operations:
        found = len(operations)
        raise exceeded("operations", limits.operations, found, "The document holds too many operations")
    if len(fragments) > limits.fragments:
        raise exceeded("fragments", limits.fragments, len(fragments), "The document holds too many fragments")
    survey = Survey(limits, {node.name.value: node for node in fragments})
    for node in (*operations, *fragments):
        survey.check(survey.definition(node), node)


def prepare_document(schema: GraphQLSchema, text: str, limits: Limits = LIMITS) -> DocumentNode:
    """Parses, measures and validates a document. What comes back may be executed and may be kept by its text."""
    document = _parse(text, limits)
    _measure(document, limits)
    errors = validate(schema, document, max_errors=MAX_ERRORS, hide_suggestions=True)
    if errors:
        raise OperationRefused([_formatted(error) for error in errors])
    return document
