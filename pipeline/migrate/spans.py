"""Find the positions of a call's arguments in the source, including their parentheses."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.migrate.text import Edit, Text

__all__ = ["Span", "argument_spans", "remove_arguments"]

_SILENT = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)

_COMMA = re.compile(r"(?:\s|#[^\r\n]*|\\\r?\n)*,")


@dataclass(frozen=True)
class Span:
    """The offsets of an argument: its start, the start of its value (after `name=`), and its end."""

    start: int
    value: int
    end: int


def argument_spans(call: ast.Call, text: Text) -> list[Span] | None:
    """Return the spans of a call's arguments in the order of the text; None if that fails, as in some f-strings."""
    try:
        begin, end = text.end(call.func), text.end(call)
        opening = text.content.index("(", begin, end)
        piece = text.content[opening:end]
        if not _is_the_same(call, piece):
            return None
        pieces = list(_arguments(piece))
    except (IndexError, ValueError, SyntaxError, tokenize.TokenError):
        return None
    starts = Text(piece).starts
    spans = [_span(tokens, opening, starts) for tokens in pieces]
    return spans if len(spans) == len(call.args) + len(call.keywords) else None


def _is_the_same(call: ast.Call, piece: str) -> bool:
    """Return whether `piece` contains the call's arguments; Python 3.11 gives wrong columns inside f-strings."""
    parsed = ast.parse(f"f{piece}", mode="eval").body
    if not isinstance(parsed, ast.Call):
        return False
    return [ast.dump(node) for node in (*parsed.args, *parsed.keywords)] == [
        ast.dump(node) for node in (*call.args, *call.keywords)
    ]


def _arguments(piece: str) -> Iterator[list[tokenize.TokenInfo]]:
    """Yield the tokens of each argument in `(a, b=c)`."""
    depth = 0
    found: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(piece, newline="").readline):
        if token.type in _SILENT:
            continue
        if token.type == tokenize.OP and token.string in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and token.string == ","):
            if found:
                yield found
            found = []
        else:
            found.append(token)
        if token.type == tokenize.OP and token.string in "([{":
            depth += 1


def _span(tokens: list[tokenize.TokenInfo], opening: int, starts: list[int]) -> Span:
    def offset(place: tuple[int, int]) -> int:
        return opening + starts[place[0] - 1] + place[1]

    is_keyword = len(tokens) > 2 and tokens[1].string == "="
    value = tokens[2] if is_keyword else tokens[0]
    return Span(offset(tokens[0].start), offset(value.start), offset(tokens[-1].end))


def remove_arguments(spans: list[Span], dropped: set[int], text: Text) -> list[Edit]:
    """Return the edits that remove arguments from a call, each with a comma; comments stay."""
    last_kept = max(place for place in range(len(spans)) if place not in dropped)
    edits: list[Edit] = []
    for place in sorted(dropped):
        start, end = spans[place].start, spans[place].end
        if place > last_kept and "#" not in text.content[spans[last_kept].end : spans[-1].end]:
            return [*edits, Edit(spans[last_kept].end, spans[-1].end, "")]
        following = spans[place + 1].start if place + 1 < len(spans) else end
        if "#" not in text.content[end:following]:
            edits.append(Edit(start, following, ""))
            continue
        edits.append(Edit(start, end, ""))
        comma = _COMMA.match(text.content, end)
        edits += [Edit(comma.end() - 1, comma.end(), "")] if comma else []
    return edits
