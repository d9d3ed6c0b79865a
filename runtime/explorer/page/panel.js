// The panel on the right: one vertex, or the net and its signs. Text goes in as text, never as HTML.

const ROWS = 120;

function facts(...rows) {
  return h(
    "dl",
    {},
    rows.filter(Boolean).map(([name, ...value]) => [h("dt", {}, name), h("dd", {}, ...value)]),
  );
}

function link(text, go, title) {
  return h("button", { class: "link", onclick: go, title }, text);
}

/** The panel of a vertex before a step. */
function vertexPanel(app, v) {
  const { net, run, state } = app,
    { step } = state,
    pass = run.pass(step),
    place = net.place(v);
  const gadget = net.gadget[v],
    component = net.component_of_gadget[gadget],
    name = net.vertexName(v);
  return [
    h("h2", { id: "vertex", "data-vertex": v }, name),
    facts(
      ["vertex", `${v}, ${net.roleName(v)}, level ${net.level[v]}`],
      net.copiesOf.has(v) && [
        "stands for",
        `${clipped(net.copiesOf.get(v), 24)} vertices that stay alike`,
      ],
      ["gadget", link(net.gadgetName(gadget), () => app.open({ kind: "gadget", id: gadget }))],
      [
        "component",
        link(net.componentNames[component], () => app.open({ kind: "component", id: component })),
      ],
      place && [
        "from",
        h("span", { id: "place" }, place),
        net.lines[net.line[v]] !== undefined
          ? h("code", { id: "line" }, net.lines[net.line[v]])
          : "",
      ],
    ),
    h(
      "p",
      {},
      h(
        "button",
        { id: "around", onclick: () => app.open({ kind: "vertex", id: v, hops: 1 }) },
        "neighbourhood",
      ),
      " ",
      moveButton(app, [...net.edgesInto(v), ...net.edgesOut(v)], "next flip here"),
    ),
    h("h3", {}, run.recorded ? `Before step ${step}` : pass ? "For the inputs below" : "As built"),
    pass
      ? valueFacts(app, v, pass)
      : quiet(`Values are not computed: ${net.not_computed}.`, "not-computed"),
    edgeTable(app, net.edgesInto(v), v, "Inputs", true),
    edgeTable(app, [...net.edgesOut(v)], v, "Readers", false),
  ];
}

function valueFacts({ net, run }, v, { sums, values }) {
  const value = h("b", { id: "value", "data-float": values[v] }, shown(values[v]));
  if (!net.computes(v)) return facts(["value", value]);
  const [piece, margin] = run.f.piece(sums[v]);
  return facts(
    ["input of f", h("b", { id: "sum", "data-float": sums[v] }, shown(sums[v])), full(sums[v])],
    [
      "piece",
      h(
        "span",
        { id: "piece", class: piece },
        {
          plateau: "plateau, f' = 0",
          dead: "dead zone, f' = 0",
          power: "power, trains",
          blend: "blend: nothing should land here",
        }[piece],
      ),
    ],
    ["margin", h("span", { id: "margin", "data-float": margin }, shown(margin)), full(margin)],
    ["value", value, full(values[v])],
  );
}

/** The number itself where it is shown otherwise. */
function full(x) {
  return minus(x) === shown(x) || !Number.isFinite(x)
    ? ""
    : h("span", { class: "quiet" }, ` = ${minus(x)}`);
}

function edgeTable(app, edges, v, title, into) {
  const { net, run, state } = app,
    { step } = state,
    pass = run.pass(step),
    weights = run.weights(step);
  if (!edges.length) return null;
  const rows = edges.slice(0, ROWS).map((e) => {
    const other = into ? net.from[e] : net.to[e],
      moves = run.moves(e, step),
      weight = weights[e];
    return h(
      "tr",
      { class: moves ? "moves" : "", "data-edge": e },
      h(
        "td",
        {},
        link(clipped(net.vertexName(other), 44), () => app.select(other), `vertex ${other}`),
      ),
      h(
        "td",
        {
          class: `weight ${run.weightText(e, step).startsWith("−") ? "negative" : "positive"}`,
          "data-float": weight,
          title: Number.isNaN(weight) ? "" : `${weight}`,
        },
        clipped(run.weightText(e, step), 22),
      ),
      into && pass ? h("td", { class: "weight" }, shown(weight * pass.values[other])) : null,
      h("td", {}, net.trains(e) ? moveButton(app, [e], moves ? "flips now" : "next flip") : ""),
    );
  });
  return h(
    "details",
    { open: true, class: into ? "inputs" : "readers" },
    h("summary", {}, `${title}: ${commas(edges.length)}`),
    table({}, rows, into ? "from" : "to", "weight", ...(into && pass ? ["× value"] : []), ""),
    edges.length > ROWS ? quiet(`The first ${ROWS} are listed.`) : null,
  );
}

/** Goes to the next step in which one of the edges changes; null where none of them trains. */
function moveButton(app, edges, text) {
  const { net, run, state } = app;
  if (!run.recorded || !edges.some((e) => net.trains(e))) return null;
  return h(
    "button",
    {
      class: "small flip",
      title: "go to the next step that changes it",
      onclick: () => {
        const step = run.nextMove(edges, state.step);
        if (step < 0) app.note("No later step changes it.");
        else app.goTo(step);
      },
    },
    text,
  );
}
