"""What one operation may ask for, counted before anything expensive looks at it.

A fragment is counted once, however often it is spread, so a document that would expand to millions of fields is refused
as quickly as it was parsed.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    get_introspection_query,
    parse,
    validate,
)

from schema.transport.engine import OperationRefused, refusal

MAX_ERRORS = 5
"""Nobody mends more mistakes at once, and finding hundreds of them is work."""

UNSAID = tuple(
    (re.compile(pattern, re.DOTALL), said)
    for pattern, said in (
        # What some rules add though they were told not to.
        (r" Did you mean [^?]*\?$", ""),
        (r"Value '.*' does not exist", "The value does not exist"),
        (r"(cannot represent [^:]*value): .*", r"\1."),
        (r"(, but encountered error .*)?[;,]? [Ff]ound: .*", "."),
        (r" (Name|String|BlockString|Int|Float) ['\"].*", r" \1."),
        (r"(escape sequence): .*", r"\1."),
    )
)
"""What graphql-core says and clients are not told: names that they did not know, and the values that they sent, for one of
those may be a password, and errors are kept in logs.
"""

LONGEST_MESSAGE = 500

TOO_MANY_TOKENS = "Syntax Error: Document contains more than"
"""How graphql-core begins the one syntax error that is a limit."""

NESTING_PER_LEVEL = 4
"""Inline fragments and spreads add no level to the answer, but they are not free: this many per level are plenty."""

INTROSPECTION = frozenset({"__schema", "__type"})

NUMBER_DIGITS = 40
"""More than any number of ours has; Python takes a second for a million of them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may ask for. Introspection has its own figures, so that every tool can read the schema: once,
    whatever it asks of it (see `most_introspection`).
    """

    body_bytes: int = 1_000_000
    document_bytes: int = 16_000
    tokens: int = 1_500
    depth: int = 12
    aliases: int = 30
    fields: int = 200
    fragments: int = 20
    directives: int = 20
    operations: int = 20
    introspection_depth: int = 20
    introspection_fields: int = 500
    list_items: int = 250
    input_depth: int = 12
    input_values: int = 5_000


LIMITS = Limits()


def exceeded(limit: str, allowed: int, found: int, what: str, node: Node | None = None) -> OperationRefused:
    """The refusal of an operation that passes a limit: which one, how much is allowed, how much was found."""
    message = f"{what}: {found}, and {allowed} are allowed (limit '{limit}')."
    return refusal("LIMIT_EXCEEDED", message, node=node, limit=limit, allowed=allowed, found=found)


def keep_within(limit: str, allowed: int, found: int, what: str, node: Node | None = None) -> None:
    """Refuses an operation that passes a limit."""
    if found > allowed:
        raise exceeded(limit, allowed, found, what, node)


def prepare_document(schema: GraphQLSchema, text: str) -> DocumentNode:
    """Parses, measures and validates a document. What comes back may be executed and may be kept by its text."""
    document = _parse(text)
    _measure(document, schema)
    errors = validate(schema, document, max_errors=MAX_ERRORS, hide_suggestions=True)
    if errors:
        raise OperationRefused([formatted(error) for error in errors])
    return document


def _parse(text: str) -> DocumentNode:
    size = len(text.encode("utf-8", "surrogatepass"))
    keep_within("documentBytes", LIMITS.document_bytes, size, "The document has too many bytes")
    try:
        return parse(text, max_lexical_tokens=LIMITS.tokens, max_comments=LIMITS.tokens)
    except GraphQLError as error:
        if error.message.startswith(TOO_MANY_TOKENS):
            message = f"The document has more than {LIMITS.tokens} tokens or comments (limit 'tokens')."
            raise refusal("LIMIT_EXCEEDED", message, limit="tokens", allowed=LIMITS.tokens) from None
        raise OperationRefused([formatted(error)]) from None


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as a client may see it, with a code and without values."""
    message = error.message
    for pattern, said in UNSAID:
        message = pattern.sub(said, message)
    own = {"code": "BAD_REQUEST"} | (error.extensions or {})
    return {**error.formatted, "message": message[:LONGEST_MESSAGE], "extensions": own}


def _measure(document: DocumentNode, schema: GraphQLSchema) -> None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(operations) + len(fragments) < len(document.definitions):
        raise refusal("BAD_REQUEST", "A document for execution holds operations and fragments only.")
    if not operations:
        raise refusal("BAD_REQUEST", "The document holds no operation.")
    keep_within("operations", LIMITS.operations, len(operations), "The document holds too many operations")
    keep_within("fragments", LIMITS.fragments, len(fragments), "The document holds too many fragments")
    survey = Survey({node.name.value: node for node in fragments}, sizes_of(schema))
    for node in (*operations, *fragments):
        measure = survey.definition(node)
        measure.check(node)
        if measure.introspection_cost:
            allowed, found = most_introspection(schema), int(measure.introspection_cost)
            keep_within("introspectionCost", allowed, found, "The introspection asks for too much", node)


# --- How much there is to introspect ----------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def sizes_of(schema: GraphQLSchema) -> dict[str, float]:
    """How many things the lists of introspection hold on the average, by their names; `ofType` is there every second time."""
    types = list(schema.type_map.values())
    objects = [one for one in types if isinstance(one, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [made for one in objects for made in one.fields.values()]
    members = [one.fields for one in types if isinstance(one, GraphQLInputObjectType)]
    values = [one.values for one in types if isinstance(one, GraphQLEnumType)]
    return {
        "types": len(types),
        "directives": len(schema.directives),
        "fields": len(fields) / len(objects),
        "inputFields": sum(map(len, members)) / len(types),
        "enumValues": sum(map(len, values)) / len(types),
        "args": sum(len(made.args) for made in fields) / len(fields),
        "interfaces": sum(len(one.interfaces) for one in objects) / len(types),
        "possibleTypes": 1,
        "ofType": 0.5,
    }


@lru_cache(maxsize=8)
def most_introspection(schema: GraphQLSchema) -> int:
    """What the widest question costs that a tool asks once, and a quarter more."""
    every = {"specified_by_url": True, "directive_is_repeatable": True, "schema_description": True}
    widest = get_introspection_query(**every, input_value_deprecation=True)
    document = parse(widest)
    survey = Survey(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)},
        sizes_of(schema),
    )
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return int(survey.definition(operation).introspection_cost * 1.25)


@dataclass(slots=True)
class Measure:
    """What a selection amounts to with its fragments expanded."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    introspection_depth: int = 0
    introspection_fields: int = 0
    introspection_cost: float = 0
    cost: float = 0
    """What introspection would find if this were a part of it."""
    nesting: int = 0

    def add(self, other: "Measure") -> None:
        """Counts a part beside the others."""
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.introspection_fields += other.introspection_fields
        self.introspection_cost += other.introspection_cost
        self.cost += other.cost
        self.nesting = max(self.nesting, other.nesting)

    def introspect(self) -> None:
        """Counts all of it as introspection."""
        self.introspection_depth = max(self.introspection_depth, self.depth)
        self.introspection_fields += self.fields
        self.introspection_cost += self.cost
        self.depth = self.fields = self.cost = 0

    def check(self, node: Node) -> None:
        """Refuses what is too much."""
        keep_within("depth", LIMITS.depth, self.depth, "The operation is too deep", node)
        keep_within("fields", LIMITS.fields, self.fields, "The operation selects too many fields", node)
        keep_within("aliases", LIMITS.aliases, self.aliases, "The operation has too many aliases", node)
        keep_within("directives", LIMITS.directives, self.directives, "The operation has too many directives", node)
        depth, fields = self.introspection_depth, self.introspection_fields
        keep_within("introspectionDepth", LIMITS.introspection_depth, depth, "The introspection is too deep", node)
        what = "The introspection selects too many fields"
        keep_within("introspectionFields", LIMITS.introspection_fields, fields, what, node)


@dataclass(slots=True)
class Survey:
    """The one pass over a document."""

    fragments: dict[str, FragmentDefinitionNode]
    sizes: dict[str, float]
    _measured: dict[str, Measure] = field(default_factory=dict[str, Measure])
    _open: set[str] = field(default_factory=set[str])

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Measure:
        """Measures an operation or a fragment with everything it spreads."""
        measure = self._selections(node.selection_set, 0)
        measure.directives += self._directives(node.directives)
        if isinstance(node, OperationDefinitionNode):
            for variable in node.variable_definitions or ():
                measure.directives += self._directives(variable.directives)
                if variable.default_value:
                    self._value(variable.default_value)
        elif node.type_condition.name.value.startswith("__"):
            measure.introspect()
        return measure

    def _selections(self, node: SelectionSetNode, nesting: int) -> Measure:
        deepest = LIMITS.introspection_depth * NESTING_PER_LEVEL
        if nesting > deepest:
            raise exceeded("depth", LIMITS.depth, nesting, "The document nests selections too deeply", node)
        if not node.selections:
            raise refusal("BAD_REQUEST", "A selection must name at least one field.", node=node)
        total = Measure()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                total.add(self._field(selection, nesting))
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self._spread(selection, nesting))
                total.directives += self._directives(selection.directives)
            elif isinstance(selection, InlineFragmentNode):
                total.add(self._selections(selection.selection_set, nesting + 1))
                total.directives += self._directives(selection.directives)
        total.nesting += 1
        if total.nesting > deepest:
            raise exceeded("depth", LIMITS.depth, total.nesting, "The document nests selections too deeply", node)
        return total

    def _field(self, node: FieldNode, nesting: int) -> Measure:
        inner = self._selections(node.selection_set, nesting + 1) if node.selection_set else Measure()
        inner.depth += 1
        inner.fields += 1
        inner.cost = self.sizes.get(node.name.value, 1) * (1 + inner.cost)
        if node.name.value in INTROSPECTION:
            inner.introspect()
        inner.aliases += node.alias is not None
        inner.directives += self._directives(node.directives)
        for argument in node.arguments or ():
            self._value(argument.value)
        return inner

    def _spread(self, node: FragmentSpreadNode, nesting: int) -> Measure:
        name = node.name.value
        if name in self._open:
            raise refusal("BAD_REQUEST", f"Cannot spread fragment '{name}' within itself.", node=node)
        measured = self._measured.get(name)
        if measured is None:
            fragment = self.fragments.get(name)
            if fragment is None:
                raise refusal("BAD_REQUEST", f"Unknown fragment '{name}'.", node=node)
            self._open.add(name)
            measured = self._selections(fragment.selection_set, nesting + 1)
            self._open.discard(name)
            self._measured[name] = measured
        return measured

    def _directives(self, nodes: tuple[DirectiveNode, ...] | None) -> int:
        for node in nodes or ():
            for argument in node.arguments or ():
                self._value(argument.value)
        return len(nodes or ())

    def _value(self, node: ValueNode) -> None:
        """Looks at a literal. The count of tokens bounds how much there is to see."""
        waiting: list[tuple[ValueNode, int]] = [(node, 0)]
        while waiting:
            value, depth = waiting.pop()
            keep_within("inputDepth", LIMITS.input_depth, depth, "An input is nested too deeply", node)
            if isinstance(value, ListValueNode):
                keep_within("listItems", LIMITS.list_items, len(value.values), "A list has too many items", value)
                waiting.extend((item, depth + 1) for item in value.values)
            elif isinstance(value, ObjectValueNode):
                waiting.extend((member.value, depth + 1) for member in value.fields)
            elif isinstance(value, StringValueNode):
                if "\0" in value.value:
                    raise refusal("BAD_REQUEST", "A string holds a NUL character.", node=value)
            elif isinstance(value, IntValueNode | FloatValueNode) and len(value.value) > NUMBER_DIGITS:
                raise refusal("BAD_REQUEST", f"A number has more than {NUMBER_DIGITS} digits.", node=value)
