#!/usr/bin/env python3
"""Checks a page of a report: well-formed, no script, no outside reference, and accessible: language, title, order of headings,
heads of tables, texts for pictures, unique names, contrast of every colour of text in light and dark.
usage: page.py PAGE.html"""
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "path"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.complaints, self.ids, self.refs = [], [], [], []
        self.headings, self.title, self.text = [], "", []
        self.seen = set()

    def complain(self, what):
        self.complaints.append(f"line {self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.seen.add(tag)
        if tag in ("script", "iframe", "object", "embed", "form"):
            self.complain(f"<{tag}> has no place here")
        if any(name.startswith("on") for name in a):
            self.complain(f"<{tag}> has an event handler")
        for name in ("src", "href", "xlink:href", "action", "style"):
            value = a.get(name) or ""
            if value and not value.startswith(("data:", "#")):
                self.complain(f"{name} points outside: {value[:60]}")
            if value.startswith("#"):
                self.refs.append(value[1:])
        for name in ("aria-labelledby", "aria-describedby"):
            if name in a:
                self.refs += a[name].split()
        if "id" in a:
            self.ids.append(a["id"])
        if tag == "html" and not a.get("lang"):
            self.complain("no lang")
        if tag == "img" and not (a.get("alt") or "").strip():
            self.complain("a picture without alt")
        if tag == "svg" and a.get("aria-hidden") != "true" and not (a.get("role") == "img" and a.get("aria-label")):
            self.complain("a chart without a label")
        if tag == "th" and a.get("scope") not in ("row", "col"):
            self.complain("a <th> without scope")
        if tag == "table":
            self.caption = False
        if tag == "caption":
            self.caption = True
        if re.fullmatch("h[1-6]", tag):
            level = int(tag[1])
            if level > (self.headings[-1] if self.headings else 0) + 1:
                self.complain(f"<{tag}> skips a level")
            self.headings.append(level)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag == "table" and not self.caption:
            self.complain("a table without caption")
        if not self.open or self.open.pop() != tag:
            self.complain(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if self.open and self.open[-1] == "title":
            self.title += data
        self.text.append(data)


def luminance(colour):
    colour = colour.lstrip("#")
    if len(colour) == 3:
        colour = "".join(c * 2 for c in colour)
    parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def contrasts(style):
    """Texts need 4.5 to their ground, lines and marks of charts 3 (WCAG 2.1, AA)."""
    themes = re.findall(r":root\{([^}]*)\}", style)
    if len(themes) < 3:
        yield "not the themes light, dark and print"
    base = {}
    for theme in themes:
        colour = {**base, **dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]+)", theme))}
        base = base or colour
        pairs = [(t, g, 4.5) for t in ("ink", "soft", "good", "bad") for g in ("paper",)]
        pairs += [("ink", "shade", 4.5), ("ink", "warn", 4.5), ("edge", "warn", 3)] + [(f"s{i}", "paper", 3) for i in range(6)]
        for text, ground, least in pairs:
            if contrast(colour[text], colour[ground]) < least:
                yield f"contrast of {text} on {ground} is {contrast(colour[text], colour[ground]):.2f}, must be {least}: {theme[:40]}"


def main():
    source = open(sys.argv[1], encoding="utf-8").read()
    page = Page()
    page.feed(source)
    page.close()
    complaints = page.complaints
    if page.open:
        complaints.append(f"never closed: {page.open}")
    if not page.title.strip():
        complaints.append("no title")
    if page.headings.count(1) != 1 or page.headings[0] != 1:
        complaints.append("not exactly one <h1>, first")
    complaints += [f"id {i} twice" for i in set(page.ids) if page.ids.count(i) > 1]
    complaints += [f"nothing has the id {r}" for r in page.refs if r not in page.ids]
    complaints += [f"no <{t}>" for t in ("main", "header", "nav", "table", "svg", "img") if t not in page.seen]
    style = re.search(r"<style>(.*?)</style>", source, re.S)
    complaints += list(contrasts(style.group(1))) if style else ["no style"]
    if re.search(r"@import|url\(", style.group(1) if style else ""):
        complaints.append("the style points outside")
    if "Passing these tests is necessary, not sufficient" not in "".join(page.text):
        complaints.append("the sentence at the top is missing")
    try:
        import html5lib
        html5lib.HTMLParser(strict=True).parse(source)
    except ImportError:
        print("SKIP html5lib: not installed; its strict reading is left out")
    except Exception as error:  # the parser's own class, wherever it lives in this version
        complaints.append(f"html5lib: {error!r}")
    for c in complaints:
        print(c)
    return 1 if complaints else 0


sys.exit(main())
