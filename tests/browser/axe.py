"""axe-core, run in a window: what it finds wrong for people who do not see, hear or point as others do."""

from __future__ import annotations

from functools import cache

from tests.browser.window import Window
from tests.needs import REPOSITORY, missing

__all__ = ["violations"]

# Of the rules that axe leaves out unless it is asked, one is wanted here: targets of at least 24 pixels.
_RUN = """
async () => {
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  return (await axe.run(document, options)).violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
"""


def violations(here: Window) -> list[str]:
    """What breaks a rule in the window as it is, a line each.

    The source is evaluated in the page through the browser's own door for tools: the page's policy stays in force, and
    would refuse a script element.
    """
    if not here.page.evaluate("() => 'axe' in window"):
        here.page.evaluate(_source())
    return list(here.page.evaluate(_RUN))


@cache
def _source() -> str:
    path = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        missing("node_modules/axe-core", "npm install --no-save")
    return path.read_text()
