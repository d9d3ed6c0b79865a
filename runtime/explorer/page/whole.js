// The panel of the whole net: its sizes, what the signs mean, all weights.

/** What there is to know of the whole net, and what the signs mean. */
function netPanel(app) {
  const { net, run } = app,
    [rate, rateFloat] = net.learning_rate;
  return [
    h("h2", {}, net.source),
    facts(
      ["net", `${net.target}, preset ${net.preset}`],
      [
        "size",
        `${counted(net.vertices, "vertex")}, ${counted(net.edges, "edge")}, ${counted(net.levels, "level")}`,
      ],
      ["boxes", `${counted(net.components, "component")}, ${counted(net.gadgets, "gadget")}`],
      [
        "learning rate",
        clipped(minus(rate), 40),
        rateFloat !== null && shown(rateFloat) !== minus(rate) ? ` ≈ ${shown(rateFloat)}` : "",
      ],
      ["memory", counted(run.bits, net.target === "noise-tolerant" ? "cell" : "bit")],
      run.recorded && [
        "run",
        `${counted(run.steps, "step")}, seed ${run.values.seed}, ${run.values.dtype}`,
      ],
      net.not_computed && ["values", `not computed: ${net.not_computed}`],
    ),
    !run.recorded
      ? quiet(
          net.target === "component"
            ? "No run: a component has nothing that trains. Set its inputs below."
            : "No run is recorded in this page; it was written without one. The weights are those that were built.",
          "no-run",
        )
      : null,
    legend(),
    h("h3", {}, "Activation"),
    pairTable({ id: "activation" }, pieces(net)),
    weightTable(net),
  ];
}

function pieces(net) {
  const { exponent, dead_zone, power_from, power_to, plateau_from, plateau } = Object.fromEntries(
    Object.entries(net.activation).map(([name, [text]]) => [name, clipped(minus(text), 26)]),
  );
  const found = [
    [`|x| ≤ ${dead_zone}`, "0"],
    [`${power_from} ≤ |x| ≤ ${power_to}`, exponent === "1" ? "x" : `x^${exponent}`],
    [`|x| ≥ ${plateau_from}`, `${plateau} sign(x)`],
    ["between", "cubic; nothing lands there"],
  ];
  return net.activation.power_from[0] === "0" ? found.slice(1) : found;
}

function legend() {
  const line = (kind) => {
    const box = svg("svg", { width: 54, height: 12, class: "key" });
    box.append(svg("path", { d: "M2,6H50", class: `edge ${kind}` }));
    return box;
  };
  const box = (kind, text) => h("span", { class: `pill ${kind}` }, text);
  return h(
    "div",
    { id: "legend" },
    h("h3", {}, "Signs"),
    h(
      "dl",
      {},
      [
        [line("positive"), "positive weight: an arrow"],
        [line("negative"), "negative weight: dashed, a bar"],
        [line("positive trains"), "an edge that SGD may change"],
        [line("positive trains moves"), "changes in this step"],
        [box("plus full", "2"), "on the plateau"],
        [box("plus", "1/8"), "on the power piece"],
        [box("", "0"), "in the dead zone"],
        [box("minus full", "−2"), "a negative value"],
      ].map(([sign, text]) => [h("dt", {}, sign), h("dd", {}, text)]),
    ),
  );
}

function weightTable(net) {
  const count = new Uint32Array(net.values.length);
  for (let e = 0; e < net.edges; e++) count[net.value[e]]++;
  const counts = [...count.entries()].filter(([, edges]) => edges),
    rows = counts
      .slice()
      .sort((p, q) => q[1] - p[1])
      .slice(0, ROWS)
      .map(([index, count]) => {
        const [text, float] = net.values[index];
        return tr(
          h(
            "td",
            { class: text.startsWith("-") ? "negative" : "positive" },
            clipped(minus(text), 26),
          ),
          h("td", { class: "weight" }, float === null ? "–" : minus(String(float))),
          h("td", { class: "weight" }, commas(count)),
        );
      });
  return h(
    "details",
    { open: true, id: "weights" },
    h("summary", {}, `${counted(counts.length, "weight")}, as built`),
    table({}, rows, "exact", "float", "edges"),
  );
}
