"""A filter as it was given into a tree that is known to be of reasonable size."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal, TypeAlias

import shapely

from ioc.errors import BadInput
from ioc.geo.cql2.functions import FUNCTIONS, OPERATORS
from ioc.geo.cql2.json_form import read_json
from ioc.geo.cql2.nodes import Call, Node, Shape, walk
from ioc.geo.cql2.text import DEEPEST, read_text

Form: TypeAlias = Literal["cql2-text", "cql2-json"]

LONGEST = 8_192  # characters, as many as an address may have
MOST_TERMS = 1_000
MOST_VERTICES = 1_500
_ARGUMENTS: Mapping[str, int | None] = {**OPERATORS, **FUNCTIONS}
_FEWEST = 2


def parse(text: str, form: Form) -> Node:
    """Return the tree of the filter `text`, which is written in `form`.

    Raises:
        BadInput: it is too long, too deep, has too many terms or vertices, or is not CQL2; the text names value and limit.
    """
    if len(text) > LONGEST:
        raise BadInput(f"the filter has {len(text)} characters, more than {LONGEST}")
    if "\ufffd" in text:
        raise BadInput("the filter is not UTF-8")
    # Equal texts are equal whichever way they were typed: layers are published in the composed form.
    composed = unicodedata.normalize("NFC", text)
    root = read_text(composed) if form == "cql2-text" else read_json(composed)
    _check_size(root)
    return root


def _check_size(root: Node) -> None:
    terms = vertices = 0
    for node, depth in walk(root):
        terms += 1
        if depth > DEEPEST:
            raise BadInput(f"the filter is nested more than {DEEPEST} deep")
        if isinstance(node, Shape):
            vertices += int(shapely.get_num_coordinates(node.geometry))
        elif isinstance(node, Call):
            _check_arguments(node)
    if terms > MOST_TERMS:
        raise BadInput(f"the filter has {terms} terms, more than {MOST_TERMS}")
    if vertices > MOST_VERTICES:
        raise BadInput(f"the filter has geometries of {vertices} vertices, more than {MOST_VERTICES}")


def _check_arguments(call: Call) -> None:
    wanted, given = _ARGUMENTS[call.op], len(call.args)
    if wanted is None and given < _FEWEST:
        raise BadInput(f"the filter has {call.op} with {given} arguments, not with {_FEWEST} or more")
    if wanted is not None and given != wanted:
        raise BadInput(f"the filter has {call.op} with {given} arguments, not with {wanted}")
