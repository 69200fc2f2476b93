// Keeps the part of a page named "live" up to date by asking for the page again; stops when it says so.
"use strict";

(() => {
  const shown = () => document.getElementById("live");
  const pauseMs = () => Number(shown()?.dataset.everyMs ?? 0);

  async function refresh() {
    if (!document.hidden) {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (fresh && fresh.outerHTML !== shown().outerHTML) {
        const focused = document.activeElement?.id;
        shown().replaceWith(document.adoptNode(fresh));
        if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
      }
    }
  }

  async function live() {
    const pause = pauseMs();
    if (!pause) return;
    await new Promise((wake) => setTimeout(wake, pause));
    try { await refresh(); } catch { /* away for a moment: asked again */ }
    live();
  }

  live();
})();
