// What a picture shows: nodes and edges of one view. At most 500 boxes, at most 2,000 edges.

const BOXES = 500,
  EDGES = 2000,
  NEIGHBOURS = 14,
  FILLERS = 3;

class Scene {
  constructor() {
    this.nodes = [];
    this.edges = [];
    this.index = new Map();
    this.notes = [];
  }

  add(key, node) {
    if (!this.index.has(key)) {
      this.index.set(key, this.nodes.length);
      this.nodes.push({ key, ...node });
    }
    return this.index.get(key);
  }
}

const BUILDERS = {
  net: netScene,
  gadgets: gadgetsScene,
  component: componentScene,
  gadget: gadgetScene,
  vertex: vertexScene,
};

/** view: {kind, id, hops}. */
function sceneOf(net, view) {
  const scene = BUILDERS[view.kind](net, view);
  if (scene.edges.length > EDGES) {
    scene.edges.sort((p, q) => (q.count ?? 1) - (p.count ?? 1));
    scene.notes.push(
      `${commas(EDGES)} of ${commas(scene.edges.length)} lines drawn, the heaviest`,
    );
    scene.edges.length = EDGES;
  }
  return scene;
}

function boxOfComponent(net, component, more = {}) {
  const gadgets = net.componentFirst[component + 1] - net.componentFirst[component];
  const from = net.gadgetFirst[net.componentFirst[component]];
  const vertices = net.gadgetFirst[net.componentFirst[component + 1]] - from;
  const sub =
    gadgets === 1
      ? counted(vertices, "vertex")
      : `${counted(gadgets, "gadget")} · ${counted(vertices, "vertex")}`;
  return {
    kind: "component",
    id: component,
    tone: net.kindOf(component),
    title: net.componentNames[component],
    sub,
    w: 158,
    h: 42,
    rank: 0,
    ...more,
  };
}

function boxOfGadget(net, gadget, more = {}) {
  const kind = net.kindOf(net.component_of_gadget[gadget]);
  return {
    kind: "gadget",
    id: gadget,
    tone: kind,
    title: shorter(net.gadgetName(gadget)),
    sub: "",
    w: 174,
    h: 34,
    rank: 0,
    live: true,
    ...more,
  };
}

/** In a box that says what it is, the kind in few letters. */
function shorter(name) {
  return name
    .replace(/^gate /, "")
    .replace(/^memory unit /, "bit ")
    .replace(/^dual unit /, "dual ")
    .replace(/^filler unit /, "filler ")
    .replace(/^sample /, "input ");
}

function circleOf(net, v, more = {}) {
  return {
    kind: "vertex",
    id: v,
    tone: net.kindOf(net.componentOf(v)),
    title: net.shortName(v),
    sub: "",
    w: 66,
    h: 36,
    below: 14,
    rank: net.level[v],
    live: true,
    ...more,
  };
}

function netScene(net) {
  const scene = new Scene(),
    { arrays } = net;
  for (let c = 0; c < net.components; c++) scene.add(`c${c}`, boxOfComponent(net, c));
  for (let i = 0; i < arrays.pair_source.length; i++) {
    const a = arrays.pair_source[i],
      b = arrays.pair_target[i];
    if (a === b) continue;
    scene.edges.push({ a, b, count: arrays.pair_count[i], faint: net.kindOf(a) === "constant" });
  }
  scene.edges.sort((p, q) => q.count - p.count);
  const most = Math.max(40, Math.round(1.3 * net.components));
  scene.edges
    .filter((edge) => !edge.faint)
    .slice(most)
    .forEach((edge) => {
      edge.faint = true;
    });
  if (scene.edges.some((edge) => edge.faint))
    scene.notes.push("the heaviest lines; point at a box for all of its own");
  gridded(scene.nodes, net.column, net.row);
  return scene;
}

/** All gadgets of a small net. */
function gadgetsScene(net) {
  const scene = new Scene(),
    level = (g) => net.level[net.verticesOf(g)[0]];
  const rank = (g) =>
    ({ constant: 0, input: 0, memory: 0.5, filler: 0.5, cell: 0.5, output: 1e6 })[
      net.kindOf(net.component_of_gadget[g])
    ] ?? level(g);
  let fillers = 0;
  for (let g = 0; g < net.gadgets; g++) {
    const filler =
      net.kindOf(net.component_of_gadget[g]) === "filler" &&
      net.unit_index[net.verticesOf(g)[0]] >= 0;
    if (filler && ++fillers > FILLERS) continue;
    scene.add(`g${g}`, boxOfGadget(net, g, { rank: rank(g) }));
  }
  if (fillers > FILLERS)
    scene.notes.push(`${fillers - FILLERS} more fillers, which do all the same, are left out`);
  lines(
    scene,
    net,
    Array.from({ length: net.vertices }, (_, v) => v),
    (v) => scene.index.get(`g${net.gadget[v]}`),
  );
  return layered(scene);
}

function componentScene(net, { id, from = 0 }) {
  const scene = new Scene(),
    all = net.gadgetsOf(id),
    gates = net.kindOf(id) === "gate";
  const most = BOXES - 100,
    gadgets = all.slice(from, from + most);
  if (all.length > most) {
    scene.notes.push(`gadgets ${from + 1} to ${from + gadgets.length} of ${all.length}`);
    scene.turns = { from, most, count: all.length };
  }
  const vertices = [];
  for (const g of gadgets) {
    const inside = net.verticesOf(g);
    scene.add(`g${g}`, boxOfGadget(net, g, { rank: gates ? net.level[inside[0]] : 1 }));
    vertices.push(...inside);
  }
  const here = new Set(gadgets);
  // A neighbour stands on the left for what it sends, and on the right for what it hears.
  lines(scene, net, vertices, (v, side) => {
    if (here.has(net.gadget[v])) return scene.index.get(`g${net.gadget[v]}`);
    const c = net.componentOf(v),
      rank = side === "from" ? -1 : 1e6;
    return scene.add(`c${c}${side}`, boxOfComponent(net, c, { rank, ghost: true }));
  });
  return layered(scene);
}

/** Lines between boxes, one for all edges that touch these vertices and join the same two. */
function lines(scene, net, vertices, boxOf) {
  const found = new Map(),
    inside = new Set(vertices);
  const add = (e) => {
    if (net.isBias(e)) return;
    const a = boxOf(net.from[e], "from"),
      b = boxOf(net.to[e], "to");
    if (a === b || a === undefined || b === undefined) return;
    const key = a * 65536 + b,
      line = found.get(key);
    if (line) line.count++;
    else found.set(key, { a, b, count: 1, faint: net.from[e] === CONSTANT });
  };
  for (const v of vertices) {
    for (let e = net.first[v]; e < net.first[v + 1]; e++) add(e);
    for (const e of net.edgesOut(v)) if (!inside.has(net.to[e])) add(e);
  }
  scene.edges.push(...found.values());
}

function gadgetScene(net, { id }) {
  const scene = new Scene(),
    inside = [...net.verticesOf(id)];
  const here = new Set(inside),
    unit = net.units[net.unit[inside[0]]] !== "none";
  if (inside[0] === CONSTANT) return vertexScene(net, { id: inside[inside.length - 1], hops: 1 });
  for (const v of inside)
    scene.add(
      `v${v}`,
      circleOf(net, v, { lane: net.roleName(v).startsWith("control") && unit ? -1 : 0 }),
    );
  // What gates say to a unit stands above it, who reads it below; its own paths are in the middle.
  const outside = (v, rank, e, lane) =>
    scene.add(
      `v${v}`,
      circleOf(net, v, { ghost: true, rank, lane: unit && !net.trains(e) ? lane : 0 }),
    );
  for (const v of inside) {
    const into = net.edgesInto(v).filter((e) => !net.isBias(e));
    const near = into.filter((e) => here.has(net.from[e]));
    const far = into.filter((e) => !here.has(net.from[e]));
    for (const e of [...near, ...far.slice(0, NEIGHBOURS)]) {
      scene.edges.push({
        a: outside(net.from[e], net.level[v] - 0.5, e, -1),
        b: scene.index.get(`v${v}`),
        e,
      });
    }
    more(scene, v, far.length - NEIGHBOURS, "source", net.level[v] - 0.5, unit ? -1 : 0);
    const out = [...net.edgesOut(v)].filter((e) => !here.has(net.to[e]));
    for (const e of out.slice(0, NEIGHBOURS)) {
      scene.edges.push({
        a: scene.index.get(`v${v}`),
        b: outside(net.to[e], net.level[v] + 0.5, e, 1),
        e,
      });
    }
    more(
      scene,
      v,
      out.length - NEIGHBOURS,
      "reader",
      net.level[v] + 0.5,
      unit && out.every((e) => !net.trains(e)) ? 1 : 0,
    );
  }
  return layered(scene);
}

function more(scene, v, count, what, rank, lane) {
  if (count <= 0) return;
  const b = scene.add(`more ${what}s of ${v}`, {
    kind: "more",
    id: v,
    tone: "more",
    title: `${counted(count, what)} more`,
    sub: "",
    w: 110,
    h: 26,
    rank,
    lane,
  });
  const a = scene.index.get(`v${v}`);
  scene.edges.push(what === "reader" ? { a, b, plain: true } : { a: b, b: a, plain: true });
}

/** Edges around a vertex, nearest first, to both sides; bias edges are told in the panel. */
function vertexScene(net, { id, hops = 1 }) {
  const scene = new Scene(),
    seen = new Set();
  scene.add(`v${id}`, circleOf(net, id));
  let border = [id],
    left = 0;
  for (let hop = 0; hop < hops; hop++) {
    const next = [];
    for (const v of border) {
      for (const e of [...net.edgesInto(v), ...net.edgesOut(v)]) {
        if (net.isBias(e) || seen.has(e)) continue;
        const other = net.from[e] === v ? net.to[e] : net.from[e],
          known = scene.index.has(`v${other}`);
        if (seen.size >= EDGES || (!known && scene.nodes.length >= EDGES)) {
          left++;
          continue;
        }
        seen.add(e);
        if (!known && other !== CONSTANT) next.push(other);
        const end = (w) =>
          scene.add(`v${w}`, circleOf(net, w, { ghost: w !== id && hop === hops - 1 }));
        scene.edges.push({ a: end(net.from[e]), b: end(net.to[e]), e });
      }
    }
    border = next;
  }
  scene.notes.push(
    `${counted(scene.edges.length, "edge")} within ${counted(hops, "step")}` +
      (left ? `; at least ${commas(left)} more are not drawn` : ""),
  );
  return layered(scene);
}
