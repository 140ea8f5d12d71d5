"use strict";
// The page reads well without this; it adds filtering, sorting and folding.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const rows = all(".index tbody tr");
  if (!rows.length) return;
  const body = rows[0].parentNode;
  const status = document.querySelector(".status");
  const search = document.querySelector(".controls input[type=search]");
  const checkOf = (row) => document.getElementById(row.dataset.check);
  const words = new Map(rows.map((row) => [row, checkOf(row).textContent.toLowerCase()]));

  function filter() {
    const shown = new Set(all(".controls fieldset input:checked").map((box) => box.value));
    const wanted = search.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const visible = shown.has(row.dataset.verdict) && words.get(row).includes(wanted);
      row.hidden = checkOf(row).hidden = !visible;
      count += visible;
    }
    status.textContent = count === rows.length ? "" : `${count} of ${rows.length} checks shown`;
  }

  function sortBy(key) {
    const value = (row) => (key === "name" ? row.dataset.name : Number(row.dataset[key]));
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    rows.sort((a, b) => compare(value(a), value(b)) || a.dataset.order - b.dataset.order);
    body.append(...rows);
    for (const head of all(".index th[data-key]")) {
      head.toggleAttribute("aria-sort", false);
      if (head.dataset.key === key) head.setAttribute("aria-sort", "ascending");
    }
  }

  for (const head of all(".index th[data-key]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortBy(head.dataset.key));
    head.replaceChildren(button);
  }

  function openTarget() {
    const target = location.hash.startsWith("#check-") && document.getElementById(location.hash.slice(1));
    if (target) {
      target.open = true;
      target.scrollIntoView();
    }
  }

  const folds = all("details");
  const fold = (open) => all("details.check").forEach((check) => { check.open = open; });
  for (const button of all("[data-fold]")) {
    button.addEventListener("click", () => fold(button.dataset.fold === "open"));
  }
  let before = [];
  addEventListener("beforeprint", () => {
    before = folds.map((item) => item.open);
    folds.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => folds.forEach((item, i) => { item.open = before[i]; }));
  addEventListener("hashchange", openTarget);
  for (const link of all(".index td a")) {
    link.addEventListener("click", () => setTimeout(openTarget));
  }
  for (const input of all(".controls input")) input.addEventListener("input", filter);
  for (const part of all(".controls, .folding")) part.hidden = rows.length < 2;
  openTarget();
})();
