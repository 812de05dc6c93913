#!/usr/bin/env python3
"""Renders Vega-Lite specifications to SVG with vl-convert: render_charts.py SPECS.json SVGS.json

SPECS.json is {name: {"spec": ..., "title": ..., "desc": ...}}; SVGS.json becomes {"renderer": ..., "svgs": {name: svg}}.
Each SVG has a title and a description, its colours follow the page's text colour (currentColor), which, where the file is
shown alone, follows the reader's light or dark scheme. SPDX-License-Identifier: Apache-2.0"""
import html
import json
import re
import sys

try:
    import vl_convert
except ImportError as error:
    sys.exit(f"the Python module vl_convert is missing ({error})")

SCHEME = "svg.attnbench{color:#1b1b1b}@media (prefers-color-scheme:dark){svg.attnbench{color:#e6e6e6}}"
# Vega marks every group for screen readers; one title and one description say more.
NOISE = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*"|aria-hidden="true"|pointer-events="none")')


def round_numbers(svg):
    """Two decimals are finer than any screen."""
    return re.sub(r"(?<=[MLCHVZ, (\"-])(\d+\.\d{3,})", lambda m: f"{float(m[1]):.2f}".rstrip("0").rstrip("."), svg)


def finish(name, svg, title, desc):
    name = f"fig-{name}"
    head, body = svg.split(">", 1)
    width, height = re.search(r'width="([\d.]+)" height="([\d.]+)"', head).groups()
    body = round_numbers(NOISE.sub("", body))
    body = re.sub(r'<path class="(?:background|foreground)" d="[^"]*"(?: display="none")?/>', "", body)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'url\(#', f"url(#{name}-", body)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" class="attnbench" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-labelledby="{name}-t {name}-d"')
    return (f'{head}><title id="{name}-t">{html.escape(title)}</title><desc id="{name}-d">{html.escape(desc)}</desc>'
            f"<style>{SCHEME}</style>{body}\n")


def printable(value):
    """Vega's text measure aborts the process on control characters."""
    if isinstance(value, str):
        return re.sub("[\\x00-\\x1f\\x7f-\\x9f]", "\ufffd", value)
    if isinstance(value, list):
        return [printable(item) for item in value]
    return {name: printable(item) for name, item in value.items()} if isinstance(value, dict) else value


def main(specs_path, svgs_path):
    with open(specs_path, encoding="utf-8") as file:
        figures = printable(json.load(file))
    svgs = {name: finish(name, vl_convert.vegalite_to_svg(f["spec"]), f["title"], f["desc"]) for name, f in figures.items()}
    with open(svgs_path, "w", encoding="utf-8") as file:
        json.dump({"renderer": f"vl-convert {vl_convert.__version__}, Vega-Lite {vl_convert.get_vegalite_versions()[-1]}", "svgs": svgs}, file)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("expected two arguments: the file of specifications and the file to write")
    main(sys.argv[1], sys.argv[2])
