"""A report as one HTML page that needs nothing else, for whoever has no program at hand. Every word is escaped."""

from html import escape

from cityops_desktop.reports.blocks import Block, Facts, Report, Text

STYLE = (
    "body{font:14px/1.5 sans-serif;max-width:1000px;margin:24px auto;padding:0 16px;color:#111}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top}"
    "h2{font-size:16px;margin:24px 0 8px}p{white-space:pre-wrap}.demo{border:2px solid #111;padding:4px 8px;display:inline-block}"
)


def html(report: Report, language: str) -> str:
    """The whole page."""
    demo = f'<p class="demo">{escape(report.demo)}</p>' if report.demo else ""
    title = escape(report.title)
    head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"{head}<h1>{title}</h1>{demo}{''.join(map(_block, report.blocks))}</html>\n"


def _block(block: Block) -> str:
    title = f"<h2>{escape(block.title)}</h2>"
    if isinstance(block, Text):
        return f"{title}<p>{escape(block.text)}</p>"
    if isinstance(block, Facts):
        return title + _table((), block.rows)
    return title + _table(block.head, block.rows)


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    top = f"<tr>{''.join(f'<th>{escape(one)}</th>' for one in head)}</tr>" if head else ""
    return f"<table>{top}{''.join(_row(row) for row in rows)}</table>"


def _row(row: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>"
