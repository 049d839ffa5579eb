"""The command `python -m bench.report F --output DIR`, which writes a run as CSV, Markdown, charts and an HTML page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from bench.measure.rows import Results, read
from bench.report.page import Section, markdown, text_table
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError

__all__ = ["main", "write"]

DESCRIPTION = (
    "Draws what `pytest bench/ --benchmark-only --benchmark-json=F` measured: results.csv, results.md, report.html and "
    "charts in DIR, whose other files are left alone; the targets and the images a second on stdout. "
    "Exit codes: 0 done; 2 bad input."
)
TITLE = "Benchmarks"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Raises:
        InputError: the file cannot be used, or DIR cannot be written to.
    """
    parser = Parser(prog="python -m bench.report", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("file", metavar="F", type=Path, help="JSON of a run")
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("report"), help="default: report")
    given = parser.parse_args(argv)
    results = read(given.file)
    try:
        names = write(results, given.output)
    except OSError as error:
        raise InputError(
            f"--output must be a folder that can be written to. Received: {given.output} ({error})"
        ) from None
    print(_short(results))
    print(f"{given.output}: {', '.join(names)}")
    return 0


def write(results: Results, folder: Path) -> list[str]:
    """Write all files of a report and return their names."""
    from bench.report.charts import draw_all
    from bench.report.sections import sections
    from bench.report.tables import everything

    folder.mkdir(parents=True, exist_ok=True)
    charts = draw_all(results, folder)
    parts = sections(results, charts)
    everything(results).to_csv(folder / "results.csv", index=False)
    (folder / "results.md").write_text(markdown(TITLE, parts), encoding="utf-8")
    (folder / "report.html").write_text(_page(parts, folder), encoding="utf-8")
    return ["report.html", "results.md", "results.csv", *(chart.file for chart in charts)]


def _short(results: Results) -> str:
    """Return the text for the terminal: the machine, the targets and the comparisons, without those of the axes."""
    from bench.measure.environment import row
    from bench.report.comparison_sections import throughput_tables
    from bench.report.sections import target_table
    from bench.report.targets import outcomes

    tables = [target_table(outcomes(results)), *throughput_tables(results)]
    return "\n\n".join([row(dict(results.environment)), *(text_table(table) for table in tables)]) + "\n"


def _page(parts: Sequence[Section], folder: Path) -> str:
    """Return a self-contained HTML page. Charts and styles are embedded, and it loads nothing from elsewhere."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    inside = {one.file: _inside(folder / one.file) for part in parts for one in part.charts}
    return templates.get_template("page.html").render(title=TITLE, parts=parts, images=inside)


def _inside(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


if __name__ == "__main__":
    run_command(main)
