"""Headings, paragraphs, tables and pictures: as Markdown, and as one HTML file that needs no other file."""

import html
import textwrap
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_COLUMNS = 118  # of a line of Markdown
_CELL = 28  # characters of a cell of Markdown: paths grow long

# Black on white, and nothing that only colour tells.
_STYLE = """
body { max-width: 92ch; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; color: #111 }
html { background: #fff } h2 { border-top: 2px solid } div { overflow: auto } p, figcaption { overflow-wrap: anywhere }
table { border-collapse: collapse } th, td { border: 1px solid #999; padding: .2em .5em; text-align: left }
.number { text-align: right; white-space: nowrap } table, figcaption { font-size: 14px } img { max-width: 100% }
figure { display: inline-block; max-width: 100%; margin: .5em 1em .5em 0; vertical-align: top }"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file in memory, shown as large as it is."""

    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, a table of texts, and pictures, which Markdown leaves out."""

    title: str
    paragraphs: Sequence[str]
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    pictures: Sequence[Picture] = ()
    level: int = 3


def markdown(title: str, sections: Sequence[Section]) -> str:
    """The sections under a title, lines below 120 columns; cells that are too long for that lose their middle."""
    blocks = [f"# {title}"]
    for section in sections:
        blocks += [f"{'#' * section.level} {section.title}", *map(_wrapped, section.paragraphs)]
        if section.rows:
            table = section.head, ["---"] * len(section.head), *section.rows
            blocks.append("\n".join(f"| {' | '.join(map(_short, cells))} |" for cells in table))
    return "\n\n".join(blocks) + "\n"


def page(title: str, sections: Sequence[Section]) -> str:
    """The sections under a title as HTML without scripts; its pictures are part of it."""
    body, name = "\n".join(line for section in sections for line in _lines(section)), html.escape(title)
    head = f'<meta charset="utf-8">\n<title>{name}</title>\n<style>{_STYLE}\n</style>'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n<h1>{name}</h1>\n{body}\n</body></html>\n'
    )


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, _COLUMNS, break_on_hyphens=False)


def _short(cell: str) -> str:
    half = _CELL // 2 - 2
    return (cell if len(cell) <= _CELL else f"{cell[:half]}...{cell[-half:]}").replace("|", "\\|")


def _lines(section: Section) -> Iterator[str]:
    yield f"<h{section.level}>{html.escape(section.title)}</h{section.level}>"
    yield from (f"<p>{html.escape(paragraph)}</p>" for paragraph in section.paragraphs)
    if section.rows:
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in section.head)
        rows = "\n".join(f"<tr>{''.join(map(_cell, cells))}</tr>" for cells in section.rows)
        yield f"<div><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    for picture in section.pictures:
        kind, caption = "png" if picture.content.startswith(b"\x89PNG") else "jpeg", html.escape(picture.caption)
        source = f"data:image/{kind};base64,{b64encode(picture.content).decode()}"
        yield f'<figure><img src="{source}" alt="{caption}">'
        yield f"<figcaption>{caption}</figcaption></figure>"


def _cell(text: str) -> str:
    number = text == "-" or text.lstrip("-")[:1].isdigit()
    return ('<td class="number">' if number else "<td>") + f"{html.escape(text)}</td>"
