"""How fast reads are, beside the best statement that one could write by hand for the same answer.

    uv run python -m tests.benchmarks [--engine sqlite|postgres] [--quick] [--keep FOLDER] [--json FILE]

CPU is that of the server process and of all PostgreSQL's processes. Ratios compare CPU per request with the floor's.
"""

import argparse
import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from tests.benchmarks.company import Size
from tests.benchmarks.filling import EngineName, databases
from tests.benchmarks.measuring import Figures, Pace, check_equal, client, compare, floor, prepared, product

HEAD = f"{'':50}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'server':>9}{'database':>10}{'CPU ms':>9}{'ratio':>8}"


def shown(name: str, figures: Figures, base: Figures | None = None) -> None:
    """Prints one line of the table."""
    ratio = f"{figures.cpu_ms / base.cpu_ms:8.2f}" if base else ""
    print(
        f"{name:50}{figures.per_second:8.0f}{figures.p50_ms:9.2f}{figures.p99_ms:9.2f}{figures.server_ms:9.3f}"
        f"{figures.database_ms:10.3f}{figures.cpu_ms:9.3f}{ratio}",
        flush=True,
    )


async def measure(
    engine: EngineName, size: Size, part: int, pace: Pace, kept_in: Path | None, only: str
) -> list[dict[str, Any]]:
    """All figures of one engine, printed as they come."""
    results: list[dict[str, Any]] = []

    def result(name: str, other_name: str, figures: Figures, other: Figures) -> None:
        shown(name, figures, other)
        shown(f"  {other_name}", other)
        ratio = round(figures.cpu_ms / other.cpu_ms, 3)
        results.append(
            {"engine": engine, "name": name, "ratio": ratio, **asdict(figures), "beside": {other_name: asdict(other)}}
        )

    sizes = {"big": size, "small": size.part(part)}
    async with databases(engine, sizes, kept_in) as urls:
        print(f"\n{engine}, {size.lines:,} order lines, {pace.connections} connections\n{HEAD}")
        async with prepared(urls["big"]) as (asked, tokens), product(urls["big"]) as ours, floor(urls["big"]) as theirs:
            with client() as pool:
                for scenario in asked:
                    if only in scenario.name:
                        mine, base = (ours, scenario.asked(tokens[scenario.account])), (theirs, scenario.floors())
                        await check_equal(pool, mine, base)
                        result(scenario.name, "floor", *await compare(pool, pace, mine, base))
                thousand = asked[-1]
                if only in thousand.name:
                    few, many = (thousand.asked(tokens[name]) for name in ("marketing", "everybody"))
                    figures = await compare(pool, pace, (ours, many), (ours, few))
                    result("a thousand rows, every permission", "few permissions", *figures)
                page = asked[1]
                async with prepared(urls["small"]) as (small, small_tokens), product(urls["small"]) as smaller:
                    if only in page.name:
                        big_page = (ours, page.asked(tokens[page.account]))
                        small_page = (smaller, small[1].asked(small_tokens[page.account]))
                        figures = await compare(pool, pace, big_page, small_page)
                        result(f"page at {size.lines:,} lines", f"page at {sizes['small'].lines:,} lines", *figures)
    return results


def main() -> None:
    """Prints the figures of the chosen engines."""
    usual = Size()
    parser = argparse.ArgumentParser(description="Measures reads.")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], action="append")
    for name in ("customers", "orders", "lines", "complaints", "handoffs"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a round takes")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument("--quick", action="store_true", help="a small company and short rounds: for form")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the databases for the next run")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    options = parser.parse_args()
    part = 100
    size = Size(options.customers, options.orders, options.lines, options.complaints, options.handoffs)
    pace = Pace(options.rounds, options.seconds, options.connections)
    if options.quick:
        size, part, pace = Size(2_000, 10_000, 30_000, 1_000, 800), 10, Pace(1, 0.2, options.connections)
    results: list[dict[str, Any]] = []
    engines: list[EngineName] = options.engine or ["sqlite", "postgres"]
    for engine in engines:
        results += asyncio.run(measure(engine, size, part, pace, options.keep, options.only))
    if options.json:
        options.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
