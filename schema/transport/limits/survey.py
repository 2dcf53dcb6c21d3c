"""Measures a document in one pass.

A fragment is counted once, however often it is spread, so a document that would expand to millions of fields is refused
as quickly as it was parsed.
"""

from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)

from schema.transport.limits.figures import Limits, exceeded, refusal

NESTING_PER_LEVEL = 4
"""Inline fragments and spreads add no level to the answer, but they are not free: this many per level are plenty."""

INTROSPECTION = frozenset({"__schema", "__type"})

NUMBER_DIGITS = 40
"""More than any number of ours has; Python takes a second for a million of them."""


@dataclass(slots=True)
class Measure:
    """What a selection amounts to with its fragments expanded."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    introspection_depth: int = 0
    introspection_fields: int = 0
    nesting: int = 0

    def add(self, other: "Measure") -> None:
        """Counts a part beside the others."""
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.introspection_fields += other.introspection_fields
        self.nesting = max(self.nesting, other.nesting)

    def introspect(self) -> None:
        """Counts all of it as introspection."""
        self.introspection_depth = max(self.introspection_depth, self.depth)
        self.introspection_fields += self.fields
        self.depth = self.fields = 0


@dataclass(slots=True)
class Survey:
    """The one pass over a document."""

    limits: Limits
    fragments: dict[str, FragmentDefinitionNode]
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
        deepest = self.limits.introspection_depth * NESTING_PER_LEVEL
        if nesting > deepest:
            raise exceeded("depth", self.limits.depth, nesting, "The document nests selections too deeply", node)
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
            raise exceeded("depth", self.limits.depth, total.nesting, "The document nests selections too deeply", node)
        return total

    def _field(self, node: FieldNode, nesting: int) -> Measure:
        inner = self._selections(node.selection_set, nesting + 1) if node.selection_set else Measure()
        inner.depth += 1
        inner.fields += 1
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
            if depth > self.limits.input_depth:
                raise exceeded("inputDepth", self.limits.input_depth, depth, "An input is nested too deeply", node)
            if isinstance(value, ListValueNode):
                if len(value.values) > self.limits.list_items:
                    raise exceeded(
                        "listItems", self.limits.list_items, len(value.values), "A list has too many items", value
                    )
                waiting.extend((item, depth + 1) for item in value.values)
            elif isinstance(value, ObjectValueNode):
                waiting.extend((member.value, depth + 1) for member in value.fields)
            elif isinstance(value, StringValueNode):
                if "\0" in value.value:
                    raise refusal("BAD_REQUEST", "A string holds a NUL character.", node=value)
            elif isinstance(value, IntValueNode | FloatValueNode) and len(value.value) > NUMBER_DIGITS:
                raise refusal("BAD_REQUEST", f"A number has more than {NUMBER_DIGITS} digits.", node=value)

    def check(self, measure: Measure, node: Node) -> None:
        """Refuses what is too much."""
        limits = self.limits
        for name, found, allowed, what in (
            ("depth", measure.depth, limits.depth, "The operation is too deep"),
            ("fields", measure.fields, limits.fields, "The operation selects too many fields"),
            ("aliases", measure.aliases, limits.aliases, "The operation has too many aliases"),
            ("directives", measure.directives, limits.directives, "The operation has too many directives"),
            (
                "introspectionDepth",
                measure.introspection_depth,
                limits.introspection_depth,
                "The introspection is too deep",
            ),
            (
                "introspectionFields",
                measure.introspection_fields,
                limits.introspection_fields,
                "The introspection selects too many fields",
            ),
        ):
            if found > allowed:
                raise exceeded(name, allowed, found, what, node)
