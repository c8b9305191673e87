// The page reads without this. With it, search and filters apply to the tables, the roles and the drawing alike, the
// address has the filter, and paper gets everything.
(() => {
  "use strict";
  const form = document.getElementById("find");
  const output = form.querySelector("output");
  const words = form.elements.namedItem("find");
  const fields = [...form.elements].filter((field) => field.name);
  const RISKS = { read: 1, write: 2, warning: 3, everything: 4 };
  const MANY = 2000; // grants from which typing waits
  const OPEN = 400; // grants up to which tables open

  const sections = [...document.querySelectorAll("[data-source]")].map((element) => ({
    element,
    name: element.dataset.name,
    source: element.dataset.source,
    found: element.querySelector(".found"),
    open: element.open,
    count: 0,
  }));
  const rows = sections.flatMap((section) =>
    [...section.element.querySelectorAll("tr[data-risk]")].map((row) => ({ row, section, ...row.dataset })));
  const roles = [...document.querySelectorAll("details.role")];
  const rules = new Map(roles.map((role) => [role.id, role.querySelector("ol").textContent.toLowerCase()]));
  const namespaces = new Set([...document.querySelectorAll("#namespaces option")].map((option) => option.value));

  // What a filter leaves.
  const matchesIssuer = (entry, issuer) => entry.section.name === issuer || (issuer !== "none" && "any" in entry);
  const matchesNamespace = (entry, namespace) => {
    if (namespace === "*") return entry.namespace === "";
    if (entry.namespace === "") return true; // a cluster-wide grant counts for every namespace
    return namespaces.has(namespace) ? entry.namespace === namespace : entry.namespace.includes(namespace);
  };
  const matchesWord = (entry, word) => {
    entry.text ??= `${entry.row.textContent} ${entry.section.name}`.toLowerCase();
    return entry.text.includes(word) || (entry.namespace === "" && namespaces.has(word))
      || (rules.get(entry.rules) ?? "").includes(word);
  };
  const matches = (entry, filter) =>
    (!filter.issuer || matchesIssuer(entry, filter.issuer))
    && (!filter.namespace || matchesNamespace(entry, filter.namespace))
    && (!filter.role || entry.role === filter.role)
    && (!filter.risk || Number(entry.risk) >= (RISKS[filter.risk] ?? 0))
    && (!filter.verb || ` ${entry.verbs} `.includes(` ${filter.verb} `) || ` ${entry.verbs} `.includes(" * "))
    && filter.words.every((word) => matchesWord(entry, word));

  const filtered = () => {
    const filter = Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));
    return { ...filter, words: filter.find.toLowerCase().split(/\s+/).filter(Boolean) };
  };
  const isActive = (filter) => fields.some((field) => filter[field.name]);

  const show = (filter) => {
    const active = isActive(filter);
    const drawn = new Map(); // line: its users and groups
    const used = new Set();
    let found = 0;
    for (const section of sections) section.count = 0;
    for (const entry of rows) {
      const shown = !active || matches(entry, filter);
      if (entry.row.hidden === shown) entry.row.hidden = !shown;
      if (!shown) continue;
      found += 1;
      entry.section.count += 1;
      used.add(entry.rules);
      if (!entry.to) continue;
      const line = `${entry.section.source}>${entry.to}`;
      if (!drawn.has(line)) drawn.set(line, new Set());
      drawn.get(line).add(entry.who ??= entry.row.cells[0].textContent);
    }
    for (const section of sections) {
      const named = filter.issuer ? section.name === filter.issuer : filter.words.length > 0
        && filter.words.every((word) => section.name.toLowerCase().includes(word));
      section.element.hidden = active && section.count === 0 && !named;
      if (section.found) section.found.textContent = active ? `, ${section.count} shown` : "";
      if ("open" in section.element) section.element.open = active && found <= OPEN ? section.count > 0 : section.open;
    }
    for (const role of roles) role.hidden = active && !used.has(role.id);
    const total = rows.length === 1 ? "1 grant" : `${rows.length} grants`;
    output.textContent = active ? `${found} of ${total}` : total;
    draw(drawn, active);
  };

  // The drawing: what is left of it moves together. report/access_drawing.py places the whole by the same rules.
  const drawing = document.getElementById("drawing");
  const svg = drawing?.querySelector("svg");
  const lines = [...(drawing?.querySelectorAll("[data-from]") ?? [])].map((element) => ({
    element, count: element.querySelector(".soft"), whole: element.querySelector(".soft")?.textContent, ...element.dataset,
  }));
  const edges = lines.filter((line) => line.element.matches("path"));
  const boxes = [...(svg?.querySelectorAll("[data-node]") ?? [])].map((element) => ({
    element, node: element.dataset.node, x: element.transform.baseVal[0].matrix.e, y: 0,
    detail: element.querySelector(".small"), whole: element.querySelector(".small").textContent,
  }));
  const listed = [...(drawing?.querySelectorAll("[data-permission]") ?? [])];
  const TOP = 14, STEP = 52, HEIGHT = 42, FROM = 346, TO = 630;

  const place = (left, right) => {
    const higher = Math.max(0, left.length - right.length) * STEP / 2;
    right.forEach((box, rank) => { box.y = TOP + higher + STEP * rank; });
    let at = TOP;
    for (const box of left) {
      const heights = edges.filter((edge) => !edge.off && `s${edge.from}` === box.node)
        .map((edge) => right.find((other) => other.node === `p${edge.to}`).y);
      box.y = Math.max(at, heights.reduce((sum, height) => sum + height, 0) / heights.length);
      at = box.y + STEP;
    }
    let bottom = Math.max(...right.map((box) => box.y), TOP + STEP * (left.length - 1));
    for (const box of left.toReversed()) {
      box.y = Math.min(box.y, bottom);
      bottom = box.y - STEP;
    }
  };
  const COUNT = /^\d+ users? (and|or) groups?$/;
  const part = (whole, drawn, some) => COUNT.test(whole)
    ? `${new Set(some.flatMap((line) => [...drawn.get(`${line.from}>${line.to}`)])).size} of ${whole}` : whole;
  const draw = (drawn, active) => {
    if (!drawing) return;
    for (const line of lines) {
      line.off = !drawn.has(`${line.from}>${line.to}`);
      line.element.classList.toggle("off", line.off);
    }
    const nodes = new Set(edges.filter((edge) => !edge.off).flatMap((edge) => [`s${edge.from}`, `p${edge.to}`]));
    for (const box of boxes) box.element.classList.toggle("off", !nodes.has(box.node));
    for (const item of listed) item.classList.toggle("off", !nodes.has(`p${item.dataset.permission}`));
    drawing.classList.toggle("empty", nodes.size === 0);
    if (nodes.size === 0) return;
    const shown = boxes.filter((box) => nodes.has(box.node));
    place(shown.filter((box) => box.node[0] === "s"), shown.filter((box) => box.node[0] === "p"));
    const heights = new Map(shown.map((box) => [box.node, box.y]));
    for (const { detail, whole, node } of shown) {
      const some = edges.filter((edge) => !edge.off && `s${edge.from}` === node);
      detail.textContent = active ? part(whole, drawn, some) : whole;
    }
    for (const line of lines) {
      if (line.count && !line.off) line.count.textContent = active ? part(line.whole, drawn, [line]) : line.whole;
    }
    for (const box of shown) box.element.setAttribute("transform", `translate(${box.x} ${box.y.toFixed(1)})`);
    for (const edge of edges) {
      if (edge.off) continue;
      const [start, end] = [`s${edge.from}`, `p${edge.to}`].map((node) => (heights.get(node) + HEIGHT / 2).toFixed(1));
      const middle = (FROM + TO) / 2;
      edge.element.setAttribute("d", `M${FROM} ${start}C${middle} ${start} ${middle} ${end} ${TO} ${end}`);
    }
    svg.setAttribute("viewBox", `0 0 1000 ${(Math.max(...heights.values()) + HEIGHT + TOP).toFixed(0)}`);
  };
  const light = (node) => {
    svg.classList.toggle("one", Boolean(node));
    for (const edge of edges) {
      edge.element.classList.toggle("on", `s${edge.from}` === node || `p${edge.to}` === node);
    }
  };
  for (const { element, node } of boxes) {
    for (const event of ["pointerenter", "focus"]) element.addEventListener(event, () => light(node));
    for (const event of ["pointerleave", "blur"]) element.addEventListener(event, () => light(""));
  }

  // The address: a filter (#find=…&namespace=…), or a place on the page.
  const write = (filter) => {
    const parts = new URLSearchParams();
    for (const { name } of fields) if (filter[name]) parts.set(name, filter[name]);
    const hash = parts.size > 0 ? `#${parts}` : "";
    if (hash || location.hash.includes("=")) history.replaceState(null, "", hash || location.pathname + location.search);
  };
  const reveal = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); show(filtered()); }
    for (let parent = target; parent; parent = parent.parentElement) if (parent.matches("details")) parent.open = true;
    target.scrollIntoView();
  };
  const read = () => {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return reveal(hash);
    const parts = new URLSearchParams(hash);
    for (const field of fields) {
      const value = parts.get(field.name) ?? "";
      if (field.options && ![...field.options].some((option) => option.value === value)) field.add(new Option(value));
      field.value = value;
    }
    show(filtered());
  };

  let timer = 0;
  const change = () => { const filter = filtered(); show(filter); write(filter); };
  const soon = () => {
    clearTimeout(timer);
    if (rows.length > MANY) timer = setTimeout(change, 150);
    else change();
  };
  form.hidden = false;
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(change));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !document.activeElement.matches("input, select")) { event.preventDefault(); words.focus(); }
    if (event.key === "Escape" && document.activeElement === words) { words.value = ""; change(); }
  });
  for (const section of sections) {
    section.element.addEventListener("toggle", () => { if (!isActive(filtered())) section.open = section.element.open; });
  }
  addEventListener("hashchange", read);

  // Paper: everything, whatever is filtered or closed.
  let closed = [];
  addEventListener("beforeprint", () => {
    show({ ...Object.fromEntries(fields.map((field) => [field.name, ""])), words: [] });
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    show(filtered());
  });

  show(filtered());
  read();
})();
