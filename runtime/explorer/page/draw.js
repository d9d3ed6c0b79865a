// A scene as SVG: sign by colour, by line and by the end of the line; values written in the nodes.

class Picture {
  constructor(root, onOpen, onSelect) {
    Object.assign(this, { root, onOpen, onSelect });
    this.layer = svg("g");
    root.append(markers(), this.layer);
    this.follow();
  }

  show(scene) {
    this.scene = scene;
    this.layer.replaceChildren();
    const edges = svg("g", { class: scene.edges.length > 150 ? "edges many" : "edges" }),
      nodes = svg("g", { class: "nodes" }),
      texts = svg("g");
    const labelled = scene.edges.length <= 60;
    const out = new Uint16Array(scene.nodes.length),
      into = out.slice();
    for (const { a, b } of scene.edges) (out[a]++, into[b]++);
    scene.lines = scene.edges.map((edge) => {
      const a = scene.nodes[edge.a],
        b = scene.nodes[edge.b];
      const path = svg("path", { d: curve(a, b), class: "edge" });
      if (edge.count) path.style.strokeWidth = `${1 + Math.min(5, Math.log2(edge.count) / 2)}px`;
      if (edge.faint) path.classList.add("faint");
      if (edge.plain || edge.e === undefined) path.classList.add("plain");
      path.append(
        svg(
          "title",
          {},
          edge.count ? `${a.title} → ${b.title}: ${counted(edge.count, "edge")}` : "",
        ),
      );
      edges.append(path);
      const text =
        labelled && edge.e !== undefined
          ? svg("text", { class: "weight", ...middle(a, b, out[edge.a] > into[edge.b]) })
          : null;
      if (text) texts.append(text);
      return { path, text };
    });
    scene.shapes = scene.nodes.map((node, i) => {
      const shape = this.shapeOf(node, i);
      nodes.append(shape.group);
      return shape;
    });
    this.layer.append(edges, nodes, texts);
    this.fit();
  }

  shapeOf(node, i) {
    const { scene } = this;
    const { x, y, w, h, kind, tone } = node;
    const group = svg("g", {
      class: `node ${kind} ${tone}${node.ghost ? " ghost" : ""}`,
      tabindex: 0,
      role: "button",
      transform: `translate(${x - w / 2},${y - h / 2})`,
      "data-key": node.key,
    });
    const title = svg("title", {}, node.title);
    group.append(
      title,
      svg("rect", { width: w, height: h, rx: kind === "vertex" ? h / 2 : 6, class: "body" }),
    );
    if (kind === "component" || kind === "gadget")
      group.append(svg("rect", { width: 5, height: h, rx: 2, class: "stripe" }));
    const vertex = kind === "vertex",
      across = vertex ? w / 2 : 14;
    const name = svg("text", {
      x: across,
      y: vertex ? h + 12 : node.sub ? h / 2 - 4 : h / 2 + 4,
      class: "name",
    });
    name.textContent = clipped(node.title, vertex ? 17 : node.live ? 22 : 24);
    const value = svg("text", { x: vertex ? w / 2 : w - 8, y: h / 2 + 5, class: "value" });
    group.append(name, value);
    if (node.sub) group.append(svg("text", { x: across, y: h / 2 + 13, class: "sub" }, node.sub));
    const open = () => (kind === "vertex" ? this.onSelect(node.id) : this.onOpen(node));
    group.addEventListener("click", () => {
      if (!this.dragged) open();
    });
    group.addEventListener("dblclick", () => this.onOpen(node));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.shiftKey && kind === "vertex" ? this.onOpen(node) : open();
    });
    for (const [name_, on] of [
      ["pointerenter", true],
      ["pointerleave", false],
      ["focus", true],
      ["blur", false],
    ]) {
      group.addEventListener(name_, () => light(scene, i, on));
    }
    return { group, value, title };
  }

  /** What a step changes: signs and weights of edges, values of nodes. */
  refresh(net, run, step, selected) {
    const pass = this.scene.nodes.some((node) => node.live) ? run.pass(step) : null;
    const weights = this.scene.edges.some((edge) => edge.e !== undefined)
      ? run.weights(step)
      : null;
    this.scene.edges.forEach((edge, k) => {
      if (edge.e === undefined) return;
      const { path, text } = this.scene.lines[k],
        weight = weights[edge.e],
        moves = run.moves(edge.e, step);
      const exact = run.weightText(edge.e, step),
        negative = exact.startsWith("−");
      path.setAttribute(
        "class",
        `edge ${negative ? "negative" : "positive"}${net.trains(edge.e) ? " trains" : ""}${moves ? " moves" : ""}`,
      );
      path.firstChild.textContent =
        `${net.vertexName(net.from[edge.e])} → ${net.vertexName(net.to[edge.e])}: ` +
        `${exact}${Number.isNaN(weight) ? "" : ` = ${weight}`}${moves ? "; changes in this step" : ""}`;
      if (text) {
        text.textContent =
          exact.length > 9 && !Number.isNaN(weight) ? shown(weight) : clipped(exact, 14);
        text.classList.toggle("moves", moves);
      }
    });
    const gadgets = new Set(
      [...run.flipsIn(step)].map((b) => net.gadget[net.to[run.memoryEdges[b]]]),
    );
    const moved = {
      gadget: gadgets,
      component: new Set([...gadgets].map((g) => net.component_of_gadget[g])),
    };
    this.scene.nodes.forEach((node, i) =>
      this.refreshNode(net, run, step, selected, pass, moved, node, this.scene.shapes[i]),
    );
  }

  refreshNode(net, run, step, selected, pass, moved, node, { group, value, title }) {
    const vertex =
      node.kind === "vertex" ? node.id : node.kind === "gadget" ? net.mainVertex(node.id) : -1;
    group.classList.toggle("selected", node.kind === "vertex" && node.id === selected);
    if (moved[node.kind]) group.classList.toggle("moves", moved[node.kind].has(node.id));
    if (vertex < 0 || !node.live) return;
    const held = node.kind === "gadget" ? run.bitOfGadget(node.id) : undefined,
      of = net.units[net.unit[vertex]];
    const x = node.kind === "gadget" && of !== "none" ? NaN : pass ? pass.values[vertex] : NaN;
    value.textContent =
      held !== undefined ? run.state(step).memory[held] : Number.isNaN(x) ? "" : shown(x);
    group.classList.toggle("held", held !== undefined);
    group.classList.toggle("plus", x > 0);
    group.classList.toggle("minus", x < 0);
    group.classList.toggle("full", Math.abs(x) >= net.activation.plateau[1]);
    group.classList.toggle(
      "bad",
      Boolean(pass) && net.computes(vertex) && run.f.piece(pass.sums[vertex])[0] === "blend",
    );
    title.textContent =
      node.kind === "gadget"
        ? net.gadgetName(node.id)
        : `${net.vertexName(vertex)} (vertex ${vertex})${pass ? `: ${x}` : ""}`;
  }

  fit() {
    const { nodes } = this.scene,
      pad = 30;
    const x0 = Math.min(...nodes.map((n) => n.x - n.w / 2)) - pad,
      x1 = Math.max(...nodes.map((n) => n.x + n.w / 2)) + pad;
    const y0 = Math.min(...nodes.map((n) => n.y - n.h / 2)) - pad,
      y1 = Math.max(...nodes.map((n) => n.y + n.h / 2)) + pad + 10;
    const { clientWidth: w, clientHeight: h } = this.root,
      scale = Math.max(0.01, Math.min(w / (x1 - x0), h / (y1 - y0), 1.6));
    this.move({ scale, x: w / 2 - (scale * (x0 + x1)) / 2, y: h / 2 - (scale * (y0 + y1)) / 2 });
    this.fitted = true;
  }

  /** In another size, unless the reader has chosen a part of it. */
  refit() {
    if (this.fitted && this.scene) this.fit();
  }

  move(at) {
    this.at = at;
    this.fitted = false;
    this.layer.setAttribute("transform", `translate(${at.x},${at.y}) scale(${at.scale})`);
  }

  zoom(factor, x = this.root.clientWidth / 2, y = this.root.clientHeight / 2) {
    const scale = Math.min(8, Math.max(0.02, this.at.scale * factor)),
      by = scale / this.at.scale;
    this.move({ scale, x: x - by * (x - this.at.x), y: y - by * (y - this.at.y) });
  }

  /** The picture as an SVG file, with the colours that it has now. */
  asText() {
    const copy = this.root.cloneNode(true),
      style = svg("style"),
      now = getComputedStyle(document.documentElement);
    const rules = [...document.styleSheets[0].cssRules].filter(
      (rule) => !/^(:root|@media)/.test(rule.cssText),
    );
    style.textContent =
      `svg { background: var(--ground); }\n${rules.map((rule) => rule.cssText).join("\n")}`.replace(
        /var\((--[\w-]+)\)/g,
        (_, property) => now.getPropertyValue(property) || "0",
      );
    copy.prepend(style);
    for (const [name, value] of [
      ["width", this.root.clientWidth],
      ["height", this.root.clientHeight],
    ])
      copy.setAttribute(name, value);
    return new XMLSerializer().serializeToString(copy);
  }

  /** Drag and wheel. */
  follow() {
    let from = null;
    this.root.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, at: this.at };
      this.dragged = false;
    });
    window.addEventListener("pointermove", (event) => {
      if (!from) return;
      const dx = event.clientX - from.x,
        dy = event.clientY - from.y;
      if (Math.hypot(dx, dy) > 4) this.dragged = true;
      if (this.dragged) this.move({ ...this.at, x: from.at.x + dx, y: from.at.y + dy });
    });
    window.addEventListener("pointerup", () => {
      from = null;
    });
    this.root.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const { left, top } = this.root.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY / 400), event.clientX - left, event.clientY - top);
      },
      { passive: false },
    );
  }
}

/** How lines end. */
function markers() {
  const defs = svg("defs");
  for (const [name, path] of [
    ["arrow", "M0,0L7,3.5L0,7z"],
    ["bar", "M5,0h2v7h-2z"],
    ["dot", "M0,1L5,3.5L0,6z"],
  ]) {
    defs.append(
      svg(
        "marker",
        {
          id: name,
          viewBox: "0 0 7 7",
          refX: 7,
          refY: 3.5,
          markerWidth: 7,
          markerHeight: 7,
          orient: "auto-start-reverse",
          markerUnits: "userSpaceOnUse",
          class: `end ${name}`,
        },
        svg("path", { d: path }),
      ),
    );
  }
  return defs;
}

/** Lines of the node under the pointer stand out. */
function light(scene, i, on) {
  scene.edges.forEach(({ a, b }, k) => {
    if (a === i || b === i) scene.lines[k].path.classList.toggle("lit", on);
  });
}

function ends(a, b) {
  const forward = a.x < b.x;
  return forward
    ? [a.x + a.w / 2, a.y, b.x - b.w / 2 - 2, b.y, 1]
    : a.x > b.x
      ? [a.x - a.w / 2, a.y, b.x + b.w / 2 + 2, b.y, -1]
      : [a.x + a.w / 2, a.y, b.x + b.w / 2 + 2, b.y, 0];
}

function curve(a, b) {
  const [x0, y0, x1, y1, way] = ends(a, b),
    bend = way === 0 ? 40 : Math.max(24, Math.abs(x1 - x0) / 2);
  return `M${x0},${y0}C${x0 + (way || 1) * bend},${y0} ${x1 - (way || -1) * bend},${y1} ${x1},${y1}`;
}

/** Where a weight is written: near the end at which fewer lines meet. */
function middle(a, b, late) {
  const [x0, y0, x1, y1, way] = ends(a, b),
    early = Math.min(0.42, 42 / Math.max(1, Math.abs(x1 - x0)));
  const t = late ? 1 - early : early;
  return {
    x: x0 + (x1 - x0) * t + (way === 0 ? 30 : 0),
    y: y0 + (y1 - y0) * (3 * t * t - 2 * t * t * t) - 3,
  };
}
