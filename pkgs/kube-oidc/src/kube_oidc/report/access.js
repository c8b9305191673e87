// The page reads without this; with it one can search, and see one issuer's lines at a time.
(() => {
  "use strict";
  const box = document.querySelector(".find");
  const input = box.querySelector("input");
  const count = box.querySelector("output");
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => [row, null]);
  const issuers = [...document.querySelectorAll("details.issuer")];
  const open = new Map(issuers.map((issuer) => [issuer, issuer.open]));

  const textOf = (entry) => {
    if (entry[1] === null) {
      const section = entry[0].closest("[data-name]");
      entry[1] = (entry[0].textContent + " " + section.dataset.name).toLowerCase();
    }
    return entry[1];
  };
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const entry of rows) {
      const shown = words.every((word) => textOf(entry).includes(word));
      entry[0].hidden = !shown;
      found += shown;
    }
    for (const section of document.querySelectorAll("[data-name]")) {
      const matches = section.querySelector("tbody tr:not([hidden])") !== null;
      const named = words.every((word) => section.dataset.name.toLowerCase().includes(word));
      section.hidden = words.length > 0 && !matches && !named;
      if (section.matches("details")) section.open = words.length > 0 ? matches : open.get(section);
    }
    count.textContent = words.length > 0 ? `${found} of ${rows.length} grants` : `${rows.length} grants`;
  };
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    if (rows.length > 2000) timer = setTimeout(search, 150);
    else search();
  };

  box.hidden = false;
  input.addEventListener("input", soon);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== input) { event.preventDefault(); input.focus(); }
    if (event.key === "Escape" && document.activeElement === input) { input.value = ""; search(); }
  });
  for (const issuer of issuers) {
    issuer.addEventListener("toggle", () => { if (!input.value.trim()) open.set(issuer, issuer.open); });
  }
  const reveal = () => {
    const target = location.hash.startsWith("#issuer-") && document.getElementById(location.hash.slice(1));
    if (target) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  if (location.hash.startsWith("#find=")) input.value = decodeURIComponent(location.hash.slice(6));

  const svg = document.querySelector("svg");
  const light = (name) => {
    svg.classList.toggle("one", Boolean(name));
    for (const edge of svg.querySelectorAll(".edge")) {
      edge.classList.toggle("on", edge.dataset.from === name || edge.dataset.to === name);
    }
  };
  for (const node of svg ? svg.querySelectorAll("[data-node]") : []) {
    node.addEventListener("pointerenter", () => light(node.dataset.node));
    node.addEventListener("pointerleave", () => light(""));
    node.addEventListener("focus", () => light(node.dataset.node));
    node.addEventListener("blur", () => light(""));
    node.addEventListener("click", (event) => {
      if (!node.dataset.search) return;
      event.preventDefault();
      input.value = node.dataset.search;
      search();
      box.scrollIntoView();
      input.focus();
    });
  }
  search();
})();
