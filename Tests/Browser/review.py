#!/usr/bin/env python3
"""Goes through the review pages in a real Chromium: `review.py BUILD-FOLDER [--screenshots FOLDER]`.

Each test has a run folder and a server of its own; every wait is for an event. Run by `make browser`.
"""
import json, os, re, signal, subprocess, sys, tempfile, traceback
from contextlib import contextmanager

from playwright.sync_api import sync_playwright
from axe_core_python.sync_playwright import Axe

build = os.path.abspath(sys.argv[1])
linecook, room = f"{build}/linecook", f"{build}/review-room"
shots = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[2] == "--screenshots" else None
tests = []


def test(work):
    tests.append(work)
    return work


class Site:
    """`linecook review --web` over a run that was made for the test."""

    def __init__(self, folder, names, count, seconds):
        self.folder = folder
        os.mkdir(f"{folder}/run")
        subprocess.run([room, f"{folder}/run", str(count), *([str(seconds)] if seconds else [])], check=True)
        words = [word for name in names for word in ("--as", name)]
        self.process = subprocess.Popen(
            [linecook, "review", "run", "--web", *words], cwd=folder, stderr=subprocess.PIPE, text=True)
        self.links = {}
        for line in self.process.stderr:
            found = re.match(r"(\w+): (http://\S+)", line)
            if found:
                self.links[found[1]] = found[2]
            if "Each link" in line:
                break
        self.base = next(iter(self.links.values())).split("/in/")[0]

    def decisions(self):
        listed = subprocess.run(
            [linecook, "review", "run", "--list", "--json", "--state", "answered"], cwd=self.folder,
            capture_output=True, text=True, check=True)
        return {item["record"]: item["said"] for item in map(json.loads, listed.stdout.splitlines())}

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=180)
        assert code in (0, 3), f"the server ended with {code}: {self.process.stderr.read()}"


@contextmanager
def site(names=("Ada",), count=4, seconds=None):
    """With seconds, one record more waits for so long."""
    with tempfile.TemporaryDirectory() as folder:
        made = Site(folder, names, count, seconds)
        try:
            yield made
        finally:
            made.end()


@contextmanager
def person(browser, made, name="Ada", **options):
    """A browser of their own, which must not say a word of an error."""
    context = browser.new_context(**options)
    context.set_default_timeout(180_000)
    page = context.new_page()
    said = []
    page.on("pageerror", lambda problem: said.append(str(problem)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
    page.on("dialog", lambda dialog: (said.append("a dialog: " + dialog.message), dialog.dismiss()))
    page.goto(made.links[name])
    page.wait_for_url(made.base + "/")
    page.made = made
    yield page
    context.close()
    assert not said, said


def open_record(page, record):
    page.goto(page.made.base + "/")
    page.get_by_role("link", name=record).click()
    page.wait_for_selector("#answering")


@test
def approves_and_takes_it_back(browser):
    with site() as made, person(browser, made) as page:
        assert page.inner_text("#open") == "7"
        open_record(page, "mails/101.eml")
        assert page.locator("mark").inner_text() == "both payments went through on the 3rd"
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=You have approved mails/101.eml")
        assert "102.eml" in page.inner_text(".eyebrow")
        said = made.decisions()["mails/101.eml"]
        assert said["word"] == "approve" and said["by"] == "Ada" and said["from"] == "127.0.0.1", said
        page.get_by_role("button", name="Undo").click()
        page.wait_for_selector("text=mails/101.eml")
        assert made.decisions() == {}


@test
def edits_by_the_types_of_the_schema(browser):
    with site() as made, person(browser, made) as page:
        open_record(page, "mails/101.eml")
        page.get_by_text("Edit before approving").click()
        page.locator("[name='edit.draft.subject']").fill("x" * 121)
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=This was not taken")
        assert page.locator("[name='edit.draft.subject']").input_value() == "x" * 121
        page.locator("[name='edit.draft.subject']").fill("Your payment")
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=You have approved")
        open_record(page, "mails/201.eml")
        page.get_by_text("Write the answer").click()
        assert page.locator("[name='edit.topic.label']").evaluate("e => e.tagName") == "SELECT"
        assert page.locator("[name='edit.topic.certainty']").get_attribute("type") == "number"
        page.locator("[name='edit.topic.label']").select_option("billing")
        page.get_by_role("button", name="Write it").click()
        page.wait_for_selector("text=You have written")
        assert made.decisions()["mails/201.eml"]["word"] == "write"


@test
def rejects_with_a_reason_and_not_without(browser):
    with site() as made, person(browser, made) as page:
        open_record(page, "mails/102.eml")
        page.get_by_role("button", name="Reject").click()
        page.wait_for_selector("text=say why")
        page.get_by_label("Note, or the reason to reject").fill("the tone is wrong")
        page.get_by_role("button", name="Reject").click()
        page.wait_for_selector("text=You have rejected mails/102.eml")
        assert made.decisions()["mails/102.eml"]["note"] == "the tone is wrong"


@test
def a_double_click_answers_once(browser):
    with site() as made, person(browser, made) as page:
        open_record(page, "mails/101.eml")
        page.get_by_role("button", name="Approve").dblclick(no_wait_after=True)
        page.wait_for_selector("text=You have approved mails/101.eml")
        assert list(made.decisions()) == ["mails/101.eml"], made.decisions()


@test
def two_windows_on_one_record(browser):
    with site(("Ada", "Bob")) as made, person(browser, made, "Ada") as ada, person(browser, made, "Bob") as bob:
        open_record(ada, "mails/101.eml")
        open_record(bob, "mails/101.eml")
        ada.get_by_role("button", name="Approve").click()
        ada.wait_for_selector("text=You have approved")
        # Bob is told without having asked, and his answer does not count.
        bob.wait_for_selector("#meanwhile:has-text('Ada has approved it')")
        bob.get_by_label("Note, or the reason to reject").fill("no")
        bob.get_by_role("button", name="Reject").click()
        bob.wait_for_selector("text=Your answer came second and does not count")
        assert made.decisions()["mails/101.eml"]["by"] == "Ada"


@test
def what_is_late_is_not_in_the_queue(browser):
    with site() as made, person(browser, made) as page:
        assert page.get_by_role("link", name="mails/late.eml").count() == 0
        # The page of one that was answered elsewhere says so.
        number = page.get_by_role("link", name="mails/101.eml").get_attribute("href").split("?")[0]
        page.goto(made.base + "/record/999999")
        assert "does not wait" in page.inner_text("main")
        page.goto(made.base + number)
        page.wait_for_selector("#answering")


@test
def an_answer_after_its_time_does_not_count(browser):
    with site(seconds=20) as made, person(browser, made) as page:
        assert page.inner_text("#open") == "8"
        open_record(page, "mails/late.eml")
        # The page stays open, and is told when the time is over.
        page.wait_for_selector("#meanwhile:has-text('not answered in time')")
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=Your answer does not count")
        assert made.decisions() == {}
        page.goto(made.base + "/")
        assert page.inner_text("#open") == "7" and page.get_by_role("link", name="mails/late.eml").count() == 0


@test
def the_keyboard_alone_is_enough(browser):
    with site() as made, person(browser, made) as page:
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_selector("#answering")
        assert "101.eml" in page.inner_text(".eyebrow")
        page.keyboard.press("e")
        page.keyboard.press("Control+a")
        page.keyboard.type("By the keyboard")
        # Enter in a field sends nothing.
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        page.wait_for_selector("text=You have approved mails/101.eml")
        page.keyboard.press("s")
        page.wait_for_selector(".eyebrow:has-text('103.eml')")
        page.keyboard.press("r")
        page.keyboard.type("too long")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=You have rejected mails/103.eml")
        page.keyboard.press("u")
        page.wait_for_selector(".eyebrow:has-text('103.eml')")
        page.keyboard.press("?")
        assert page.locator("#help").get_attribute("open") is not None
        page.keyboard.press("q")
        page.wait_for_selector(".queue")
        assert list(made.decisions()) == ["mails/101.eml"]
        # By Tab alone, every control can be reached.
        open_record(page, "mails/104.eml")
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id"))
        assert {"note", "word-approve", "word-reject"} <= reached, reached


@test
def works_without_script(browser):
    with site() as made, person(browser, made, java_script_enabled=False) as page:
        open_record(page, "mails/101.eml")
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=You have approved mails/101.eml")


@test
def hostile_text_stays_text(browser):
    with site() as made, person(browser, made) as page:
        assert "taken" not in page.title()
        link = page.locator(".queue a.record", has_text="evil")
        assert "<script>" in link.inner_text()
        link.click()
        page.wait_for_selector("#answering")
        assert page.title() != "taken" and page.locator("main script, main img").count() == 0
        assert page.locator("ins").inner_text().strip() == "order"
        page.get_by_text("Edit before approving").click()
        assert page.locator("[name='edit.draft.subject']").input_value().startswith("<script>")
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"the page is {width} pixels wider than the window"
        page.get_by_role("button", name="Approve").click()
        page.wait_for_selector("text=You have approved")
        said = [said for record, said in made.decisions().items() if "evil" in record]
        assert "edits" not in said[0], "an untouched field is no edit"


@test
def a_rule_shows_its_matches_before_it_approves(browser):
    with site() as made, person(browser, made) as page:
        page.get_by_label("Rule in CEL").fill('topic.label == "billing"')
        page.get_by_role("button", name="Show what it is true of").click()
        page.wait_for_selector("text=True of 2 records")
        assert made.decisions() == {}
        page.get_by_role("button", name="Approve these 2 records").click()
        page.wait_for_selector("text=2 approved by the rule")
        assert len(made.decisions()) == 2


@test
def nobody_finds_a_serious_fault_with_axe(browser):
    """In light and dark, wide and on a phone."""
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)):
        with site() as made, person(
            browser, made, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
        ) as page:
            pages = ["/"] + [
                page.get_by_role("link", name=name).get_attribute("href")
                for name in ("mails/101.eml", "mails/201.eml", "mails/202.eml")
            ] + [page.locator(".queue a.record", has_text="evil").get_attribute("href")]
            for place in pages:
                page.goto(made.base + place)
                page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
                found = [
                    f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:200]}"
                    for fault in Axe().run(page)["violations"] if fault["impact"] in ("serious", "critical")
                ]
                assert not found, f"{scheme}, {width}, {place}: {found}"
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert over <= 0, f"{place} is {over} pixels wider than {width}"


@test
def counts_are_live(browser):
    with site() as made, person(browser, made) as page:
        listed = subprocess.run(
            [linecook, "review", "run", "--list", "--json", "--find", "104"], cwd=made.folder, capture_output=True, text=True)
        seen = json.loads(listed.stdout)["seen"]
        subprocess.run(
            [linecook, "review", "run", "--answer", "approve", "--record", "mails/104.eml", "--seen", seen],
            cwd=made.folder, check=True, capture_output=True)
        page.wait_for_selector("#open:has-text('6')")
        page.wait_for_selector("#answered:has-text('1')")


@test
def a_link_opens_once(browser):
    with site() as made:
        with person(browser, made):
            pass
        context = browser.new_context()
        page = context.new_page()
        assert page.goto(made.links["Ada"]).status == 401
        assert page.goto(made.base + "/").status == 401
        context.close()


def take_screenshots(browser):
    with site() as made:
        with person(browser, made, viewport={"width": 1280, "height": 860}) as page:
            page.screenshot(path=f"{shots}/review-queue.png")
            open_record(page, "mails/101.eml")
            page.screenshot(path=f"{shots}/review-record.png")
    with site() as made:
        with person(browser, made, viewport={"width": 390, "height": 844}, color_scheme="dark") as page:
            open_record(page, "mails/101.eml")
            page.screenshot(path=f"{shots}/review-phone.png")


def main():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"])
        if shots:
            take_screenshots(browser)
            return 0
        failed = 0
        for work in tests:
            name = work.__name__.replace("_", " ")
            try:
                work(browser)
                print(f"passed: {name}", flush=True)
            except Exception:
                failed += 1
                print(f"failed: {name}\n{traceback.format_exc()}", flush=True)
        print(f"{len(tests) - failed} passed, {failed} failed")
        return 1 if failed else 0


sys.exit(main())
