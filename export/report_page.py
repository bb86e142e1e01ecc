"""Sections of text, tables and pictures, as Markdown and as one HTML file that needs no other file."""

import html
import textwrap
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_COLUMNS = 118  # of a line of Markdown
_CELL = 44  # characters of a cell of Markdown: paths grow long

# Black on white, and nothing that only colour tells; numbers stand below each other.
_STYLE = """
body { max-width: 92ch; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; color: #111; background: #fff }
h2 { border-top: 2px solid #111; padding-top: .5em; margin-top: 2em }
div { overflow-x: auto }
table { border-collapse: collapse; font-size: 14px }
th, td { border: 1px solid #999; padding: .2em .5em; text-align: left; font-variant-numeric: tabular-nums }
td.number { text-align: right; white-space: nowrap }
li { overflow-wrap: anywhere }
figure { display: inline-block; margin: .5em .5em .5em 0; vertical-align: top }
img { width: 100%; height: auto }
figcaption { font-size: 14px; overflow-wrap: anywhere }
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file in memory, and how much of the page's width it takes, per cent."""

    content: bytes
    caption: str
    width: int = 100


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, of what follows a note, points, a table of text, and pictures, which Markdown leaves out."""

    title: str
    note: str = ""
    points: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    pictures: Sequence[Picture] = ()
    level: int = 3


def markdown(title: str, sections: Sequence[Section]) -> str:
    """The sections under a title, lines below 120 columns; cells that are too long for that lose their middle."""
    lines = [f"# {title}", ""]
    for section in sections:
        lines += [f"{'#' * section.level} {section.title}", ""]
        lines += [*textwrap.wrap(section.note, _COLUMNS), ""] if section.note else []
        for point in section.points:
            lines += textwrap.wrap(point, _COLUMNS, initial_indent="- ", subsequent_indent="  ")
        if section.rows:
            for cells in (section.head, ["---"] * len(section.head), *section.rows):
                lines.append(f"| {' | '.join(map(_short, cells))} |")
        lines += [""] if section.points or section.rows else []
    return "\n".join(lines).rstrip() + "\n"


def page(title: str, sections: Sequence[Section]) -> str:
    """The sections under a title as HTML without scripts; its pictures are part of it."""
    body = "\n".join(line for section in sections for line in _section(section))
    name = html.escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n{body}\n</body>\n</html>\n"
    )


def _short(cell: str) -> str:
    half = _CELL // 2 - 2
    return (cell if len(cell) <= _CELL else f"{cell[:half]}...{cell[-half:]}").replace("|", "\\|")


def _section(section: Section) -> Iterator[str]:
    yield f"<h{section.level}>{html.escape(section.title)}</h{section.level}>"
    if section.note:
        yield f"<p>{html.escape(section.note)}</p>"
    if section.points:
        yield f"<ul>{''.join(f'<li>{html.escape(point)}</li>' for point in section.points)}</ul>"
    if section.rows:
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in section.head)
        rows = "\n".join(f"<tr>{''.join(map(_cell, cells))}</tr>" for cells in section.rows)
        yield f"<div><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    for picture in section.pictures:
        kind, caption = "png" if picture.content.startswith(b"\x89PNG") else "jpeg", html.escape(picture.caption)
        source = f"data:image/{kind};base64,{b64encode(picture.content).decode()}"
        yield f'<figure style="width: {picture.width}%"><img src="{source}" alt="{caption}">'
        yield f"<figcaption>{caption}</figcaption></figure>"


def _cell(text: str) -> str:
    number = text.lstrip("-")[:1].isdigit() or text == "-"
    return f"<td{' class="number"' if number else ''}>{html.escape(text)}</td>"
