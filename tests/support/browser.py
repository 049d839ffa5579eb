"""A headless Chromium, driven by selenium; tests that need it are skipped by name where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

TORN = """
const torn = [];
for (const element of document.querySelectorAll(arguments[0])) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const word of text.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
      if (word[0].length <= arguments[1] && tops.size > 1) torn.push(word[0]);
    }
  }
}
return torn;
"""
UNSEEN = """
return [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1
  && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
  && (!getComputedStyle(e).backgroundAttachment.includes('local')
      || [...e.querySelectorAll('img')].some(i => getComputedStyle(i).mixBlendMode !== 'multiply')))
  .map(e => e.outerHTML.slice(0, 80));
"""


def started(profile: Path) -> Iterator[Any]:
    """A browser with a profile of its own, for a fixture."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def widen(browser: Any, width: int) -> None:
    """Let the page be so many CSS pixels wide."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def words_torn(browser: Any, selector: str, longest: int = 16) -> list[str]:
    """Words of at most so many letters, in the elements that a selector names, that stand on more than one line."""
    return list(browser.execute_script(TORN, selector, longest))


def slides_unseen(browser: Any) -> list[str]:
    """Return the elements that are wider than their place and show no shadow where they go on."""
    return list(browser.execute_script(UNSEEN))
