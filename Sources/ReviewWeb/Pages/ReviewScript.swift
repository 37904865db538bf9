/// The script of the pages, a file of the site. Everything works without it; it adds keys, live counts and care against a
/// second click. It writes texts, never markup.
let reviewScript = #"""
    "use strict";
    (() => {
      const id = (name) => document.getElementById(name);
      const main = id("main");
      const form = id("answering");

      // One answer a page, however often a button is pressed.
      for (const each of document.querySelectorAll("form[method=post]")) {
        each.addEventListener("submit", (event) => {
          if (each.dataset.sent) { event.preventDefault(); return; }
          each.dataset.sent = "yes";
          setTimeout(() => { for (const button of each.querySelectorAll("button")) button.disabled = true; }, 0);
        });
      }
      // A page that comes back from the browser's memory may be sent again.
      addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

      // What the person typed is not lost by a wrong key.
      let dirty = false;
      if (form) form.addEventListener("input", () => { dirty = true; });

      const press = (name) => { const button = id(name); if (button) { button.click(); return true; } return false; };
      const move = (step) => {
        const links = [...document.querySelectorAll(".queue a.record")];
        if (!links.length) return;
        const here = links.indexOf(document.activeElement);
        const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
        links[Math.max(0, Math.min(links.length - 1, next))].focus();
      };
      const keys = {
        a: () => press("word-approve") || press("word-accept") || press("word-happened"),
        e: () => {
          const box = id("editing");
          if (!box) return;
          box.open = true;
          const field = box.querySelector("input,textarea,select");
          if (field) field.focus();
        },
        r: () => { const note = id("note"); if (note) note.focus(); },
        s: () => press("skip"),
        u: () => { const undo = id("undo"); if (undo) undo.requestSubmit(); },
        j: () => move(1),
        k: () => move(-1),
        q: () => press("back"),
        "?": () => { const help = id("help"); if (help) { help.open = !help.open; help.scrollIntoView({ block: "nearest" }); } },
      };
      document.addEventListener("keydown", (event) => {
        const typing = event.target.matches("input,textarea,select");
        if (event.key === "Escape" && typing) { event.target.blur(); return; }
        if (event.key === "Enter" && event.ctrlKey && event.target.id === "note") { press("word-reject"); return; }
        if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
        const act = keys[event.key];
        if (!act) return;
        if (dirty && (event.key === "s" || event.key === "q")) return;
        event.preventDefault();
        act();
      });

      // How many wait, while the run and other people go on.
      const record = main && main.dataset.record;
      const look = async () => {
        if (document.hidden) return;
        try {
          const answer = await fetch("/counts" + (record ? "?record=" + record : ""), { cache: "no-store" });
          if (!answer.ok) return;
          const counts = await answer.json();
          for (const name of ["open", "answered"]) {
            const place = id(name);
            if (place && place.textContent !== String(counts[name])) place.textContent = String(counts[name]);
          }
          const meanwhile = id("meanwhile");
          if (counts.said && meanwhile && meanwhile.hidden && !(form && form.dataset.sent)) {
            meanwhile.textContent = counts.said;
            meanwhile.hidden = false;
          }
        } catch (problem) {
          // The next look may work; the page says nothing wrong meanwhile.
        }
      };
      setInterval(look, 1500);
    })();
    """#
