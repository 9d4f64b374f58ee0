"""The one filter language: ``alt<10000 gs>300 type=A32*,B73* not ground within 30nm of 52.3,4.76``.

The same words serve a watcher's ``where``, HTTP's ``where=``, the page's search
box, rooms and alerts. docs/query.md is the user's page;
``web/static/js/query.js`` is the page's twin and passes the same vectors
(tests/data/query_vectors.json).

Words and tables are in ``query_words``, grammar and errors in ``query_parse``,
the tree and its normal form in ``query_tree``, the tests in ``query_compile``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flighttap.aircraft.state import Aircraft
from flighttap.errors import QueryError
from flighttap.rooms.query_compile import build, of_aircraft, of_record
from flighttap.rooms.query_parse import MAX_LENGTH, read
from flighttap.rooms.query_tree import fields_of, normal

__all__ = ["Query", "parse"]


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that was understood. Equal ones have equal normal forms; ``str`` gives it.

    :ivar normal: the filter in its normal form: it reads back as an equal query.
    :ivar id: 16 hex digits that go with the normal form, to tell a reader which
        filter it has. Tell filters apart by the query itself.
    :ivar fields: the fields that it looks at, as in :mod:`flighttap.aircraft.fields`
        (keys of ``Aircraft.cells``): nothing else can change its answer for a
        flight. Empty where only the key counts, or nothing.
    :ivar matches: whether an aircraft of a room passes, by what is known of it now.
    :ivar matches_record: the same of a record as it stands on the wire.
    """

    normal: str
    id: str = field(compare=False)
    fields: frozenset[str] = field(compare=False)
    matches: Callable[[Aircraft], bool] = field(compare=False, repr=False)
    matches_record: Callable[[Mapping[str, Any]], bool] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.normal


def parse(text: str) -> Query:
    """Understand a filter. An empty one lets everything pass.

    :raises QueryError: it cannot be read, is longer than 500 characters (as
        given or in its normal form), has more than 50 terms or is nested more
        than 16 deep.
    """
    node = read(text)
    if node is None:
        return Query("", _id(""), frozenset(), _everything, _everything)
    written = normal(node)
    if len(written) > MAX_LENGTH:
        raise QueryError(
            f"Column {len(text) + 1}: written out in full, a filter has at most {MAX_LENGTH} characters.",
            len(text),
            f"at most {MAX_LENGTH} characters",
        )
    return Query(written, _id(written), fields_of(node), build(node, of_aircraft), build(node, of_record))


def _id(written: str) -> str:
    return hashlib.blake2s(written.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _everything(flight: object) -> bool:
    return True
