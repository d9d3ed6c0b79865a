// The panel: the cell that was clicked with its exact value, or the run as a whole; the legend.

const PHASES = { "-1": "memory: a sample is being memorised", 0: "not known yet", 1: "computing" };

const number = (text) => h("td", { class: "number" }, fraction(text));
/** An exact value, which may be broken after the stroke. */
function fraction(text) {
  const parts = minus(text).split("/");
  if (parts.length < 2) return parts[0];
  const size = text.length > 14 ? "long" : "";
  return h("span", { class: size }, `${parts[0]}/`, h("wbr"), parts[1]);
}

const row = (name, text, id) => [h("dt", {}, name), h("dd", id ? { id } : {}, text)];

function cellPanel(app, cell) {
  const {
      run,
      state: { pass, layer },
    } = app,
    grid = run.grid(pass, layer).slice(),
    value = run.table[grid[cell]],
    { coding } = run;
  const [x, y] = [cell % run.width, Math.floor(cell / run.width)];
  const next = layer < run.passes[pass].last ? run.table[run.grid(pass, layer + 1)[cell]] : value;
  run.grid(pass, layer);
  const found = [
    h("h2", { id: "cell" }, `cell (${x}, ${y})`),
    h(
      "dl",
      {},
      row("is", cellPlace(run, x, y), "place"),
      row("value", h("b", {}, fraction(value.exact)), "exact"),
      row("holds", value.words, "words"),
      row(
        "symbol",
        value.kind === "none" ? "–" : minusSign(coding.symbols[value.symbol]),
        "symbol",
      ),
      row("head", stateName(run, value) ?? "not here", "state"),
      row("phase", value.kind === "none" ? "–" : PHASES[value.phase], "phase"),
      row(
        "next layer",
        next === value ? "the same" : [fraction(next.exact), ": ", next.words],
        "following",
      ),
    ),
    h(
      "p",
      {},
      h(
        "button",
        {
          id: "next-change",
          class: "small",
          title: "the next layer that changes this cell ( f )",
          onclick: () => app.nextChange(),
        },
        "next change of this cell",
      ),
    ),
  ];
  if (value.digits) found.push(...digitTable(coding, value));
  found.push(h("h3", {}, "its patch: what the filter gets"), patchTable(run, grid, x, y));
  return found;
}

function cellPlace(run, x, y) {
  if (!run.steps) return run.height > 1 ? `column ${x}, row ${y}` : `cell ${x} of the tape`;
  const who = y === run.height - 1 ? "the dummy's row" : `row ${y}, of sample ${y}`;
  if (x >= run.main) return `workspace beside ${who}`;
  return `${x === run.main - 1 ? "label" : `bit ${x}`} in ${who}`;
}

function stateName(run, value) {
  return value.state === undefined || value.state === null ? null : run.coding.states[value.state];
}

/** The digits of a value, those that are not 0, and what they add. */
function digitTable(coding, value) {
  const rows = value.digits.flatMap((digit, i) =>
    digit ? [tr(h("td", {}, coding.digits[i]), number(digit), number(coding.weights[i]))] : [],
  );
  const total = value.stands_for ?? value.exact;
  return [
    h("h3", {}, "its digits in base 3, where not 0"),
    h(
      "table",
      { id: "digits" },
      h("thead", {}, tr(h("th", {}, "of"), h("th", { class: "number" }, "digit"), h("th", { class: "number" }, "weight"))),
      h(
        "tbody",
        {},
        rows,
        h("tr", { class: "sum" }, h("td", {}, "sum"), h("td", {}), number(total)),
      ),
    ),
    value.stands_for
      ? quiet(`The value is within ${coding.margin} of it, so it counts as it.`)
      : "",
  ];
}

function patchTable(run, grid, x, y) {
  const cell = (dx, dy) => {
    const [u, v] = [x + dx, y + dy],
      inside = u >= 0 && v >= 0 && u < run.width && v < run.height;
    const kind = dx || dy ? (inside ? "" : "padding") : "middle";
    const said = inside ? run.table[grid[v * run.width + u]] : null;
    return h(
      "td",
      { class: kind, title: said ? said.words : "padding" },
      fraction(said ? said.exact : run.coding.padding),
    );
  };
  const around = [-1, 0, 1];
  return table(
    { class: "patch", id: "patch" },
    around.map((dy) => tr(...around.map((dx) => cell(dx, dy)))),
  );
}

function runPanel(app) {
  const { run } = app,
    { facts, coding } = run;
  return [
    h("h2", {}, run.steps ? "SGD writes, the filter computes" : "A layer is a step"),
    run.steps
      ? h(
          "p",
          {},
          `Each of ${run.steps} steps of SGD shows a sample, and its gradient writes one row of W. `,
          "Then, of a query, the same filter makes layer after layer out of W: it runs the machine.",
        )
      : h("p", {}, "The filter, applied again and again, runs the machine on these cells."),
    h(
      "dl",
      {},
      row("grid", `${run.width} × ${run.height} cells, one channel`),
      row("layers", commas(run.layers)),
      row("states", `${coding.states.length}, symbols ${coding.symbols.length}`),
      row("cells are", coding.scale === "integer" ? "integers" : "fractions in base 3"),
      row("run", `${facts.dtype}, ${facts.path} path, seed ${facts.seed}`),
      run.steps ? row("learning rate", coding.learning_rate) : [],
    ),
    quiet("Click a cell to see its exact value."),
  ];
}

function legend(run) {
  const { coding } = run,
    [plus, less] = coding.samples.map((symbol) => minusSign(coding.symbols[symbol]));
  const key = (classes, sign, text) => [h("span", { class: `rc key ${classes}` }, sign), text];
  const learns = run.steps > 0;
  return h(
    "details",
    { class: "signs", open: true },
    h("summary", {}, "signs"),
    h(
      "div",
      { class: "legend" },
      learns ? key("sample", plus, `memorised: ${plus} is +1, ${less} is −1`) : [],
      learns ? key("fresh", "∅", "nothing written yet") : [],
      learns ? key("workspace", "w", "workspace that does not compute yet") : [],
      learns ? key("memory", "m", "memory phase: SGD is to write (Lemma 3)") : [],
      key("computing", plus ?? "1", "computing: a cell of the machine"),
      key("computing head", plus ?? "1", "the head, with its state below"),
      key("computing changed", plus ?? "1", "changed by this layer"),
      learns ? key("writes", "+", "in W: what this step of SGD writes") : [],
      key("none", "✗", "the value of no cell: the run is broken"),
      [h("span", { class: "key" }, h("hr", { class: "pad" })), `padding, ${coding.padding} in every layer`],
    ),
  );
}
