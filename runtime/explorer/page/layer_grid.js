// Grids of cells: a symbol in each, colour and words for its phase, the head.

const SIGNS = { memory: "m", fresh: "∅", workspace: "w", none: "✗" },
  CAPTIONS = { memory: "memory", sample: "sample", fresh: "empty", workspace: "work", none: "" },
  LARGEST = 66,
  SMALLEST = 8,
  READABLE = 15,
  CAPTIONED = 34;

/** What is written in a cell: a sign, and a word below it. */
function cellText(run, number) {
  const { kind, symbol, state } = run.table[number],
    { symbols, states } = run.coding;
  const sign = SIGNS[kind] ?? minusSign(symbols[symbol]);
  if (state !== undefined && state !== null) return [sign, states[state]];
  return [sign, CAPTIONS[kind] ?? ""];
}

const minusSign = (text) => (text === "-" ? "−" : text);

function cellClass(run, number) {
  const { kind, symbol, state } = run.table[number];
  const head = state !== undefined && state !== null ? " head" : "";
  const blank = kind === "computing" && symbol === run.coding.blank && !head ? " blank" : "";
  return `rc ${kind}${blank}${head}`;
}

const placed = (column, row) => `grid-column:${column + 2};grid-row:${row + 2}`;

/** Numbers of rows and columns around a grid. */
function rules(columns, rows) {
  const every = (texts) => texts.map((text, i) => (texts.length > 30 && i % 5 ? "" : text));
  [columns, rows] = [every(columns), every(rows)];
  return [
    ...columns.map((text, x) =>
      h("span", { class: "rule", style: `grid-column:${x + 2};grid-row:1` }, text),
    ),
    ...rows.map((text, y) =>
      h("span", { class: "rule", style: `grid-column:1;grid-row:${y + 2}` }, text),
    ),
  ];
}

class CellGrid {
  constructor(app) {
    const { run } = app;
    Object.assign(this, { app, run, root: byId("grid") });
    this.shown = new Array(run.cells).fill(-1);
    this.changed = new Set();
    this.chosen = -1;
    // Where cells are too small for signs, a symbol is a shade: the last the darkest.
    const { symbols } = run.coding;
    this.shades = symbols.map((_, i) => (100 * Math.max(i, 1)) / Math.max(1, symbols.length - 1));
    this.cells = this.shown.map((_, i) => {
      const [x, y] = [i % run.width, Math.floor(i / run.width)];
      return h("button", {
        "data-cell": i,
        tabindex: -1,
        style: placed(x, y),
        onclick: () => app.choose(i),
      });
    });
    const frame = h("span", {
      class: "padding-frame",
      style: `grid-column:2/${run.width + 2};grid-row:2/${run.height + 2}`,
    });
    this.root.append(frame, ...rules(...this.names()), ...this.cells);
  }

  /** Of columns and of rows. */
  names() {
    const { width, height, main, steps } = this.run;
    if (!steps)
      return [[...Array(width).keys()], height > 1 ? [...Array(height).keys()] : []];
    const columns = Array.from({ length: width }, (_, x) =>
      x < main - 1 ? `x${x}` : x === main - 1 ? "y" : "",
    );
    return [columns, Array.from({ length: height }, (_, y) => y)];
  }

  refresh(pass, layer, chosen) {
    const { run, cells } = this,
      grid = run.grid(pass, layer),
      changed = layer ? run.changedBy(pass, layer) : new Set();
    grid.forEach((number, i) => {
      if (
        number === this.shown[i] &&
        changed.has(i) === this.changed.has(i) &&
        (i === chosen) === (i === this.chosen)
      )
        return;
      const [sign, caption] = cellText(run, number),
        cell = cells[i];
      if (number !== this.shown[i])
        cell.replaceChildren(sign, caption ? h("small", {}, caption) : "");
      cell.className = `${cellClass(run, number)}${changed.has(i) ? " changed" : ""}${i === chosen ? " chosen" : ""}`;
      cell.title = `cell (${i % run.width}, ${Math.floor(i / run.width)}): ${run.table[number].words}, ${minus(run.table[number].exact)}`;
      cell.tabIndex = i === Math.max(chosen, 0) ? 0 : -1;
      cell.style.setProperty("--shade", `${this.shades[run.table[number].symbol] ?? 0}%`);
      this.shown[i] = number;
    });
    if (chosen !== this.chosen && this.chosen >= 0 && cells[this.chosen] === document.activeElement)
      cells[Math.max(chosen, 0)].focus();
    Object.assign(this, { changed, chosen });
    this.caption(pass, layer);
  }

  caption(pass, layer) {
    const { run } = this,
      said = layer ? `After layer ${commas(layer)}` : "Before the first layer";
    const what = !run.steps
      ? "the machine's cells"
      : layer
        ? "the filter, applied to all cells at once"
        : `W diag([x, 1]), and ${run.width - run.main === 1 ? "a column" : "columns"} of workspace`;
    byId("grid-caption").replaceChildren(h("b", {}, said), what);
  }
}

/** W, and what the step writes into it. */
class MemoryGrid {
  constructor(app) {
    const { run } = app;
    this.run = run;
    if (!run.steps) return;
    byId("memory-figure").hidden = false;
    const root = byId("memory-grid");
    this.cells = Array.from({ length: run.main * run.height }, (_, i) =>
      h("span", {
        "data-weight": i,
        style: placed(i % run.main, Math.floor(i / run.main)),
      }),
    );
    const columns = Array.from({ length: run.main }, (_, x) => (x < run.main - 1 ? `x${x}` : "y"));
    root.append(...rules(columns, Array.from({ length: run.height }, (_, y) => y)), ...this.cells);
  }

  refresh(pass) {
    const { run } = this;
    if (!run.steps || this.pass === pass) return;
    this.pass = pass;
    const step = Math.min(pass, run.steps),
      before = run.memory(step),
      after = run.memory(step + 1),
      rows = new Set();
    this.cells.forEach((cell, i) => {
      const writes = run.isStep(pass) && before[i] !== after[i],
        { exact } = run.table[writes ? after[i] : before[i]],
        sign = exact === "0" ? "0" : exact.startsWith("-") ? "−" : "+";
      if (writes) rows.add(Math.floor(i / run.main));
      cell.textContent = sign;
      cell.className = `rc ${writes ? "writes" : exact === "0" ? "fresh" : "sample"}`;
      cell.title = `W[${Math.floor(i / run.main)}, ${i % run.main}] = ${minus(run.table[before[i]].exact)}${writes ? `; this step makes it ${minus(exact)}` : ""}`;
    });
    const said = run.isStep(pass)
      ? `dashed: step ${pass} writes row ${[...rows].join(", ") || "none"}`
      : `+ is ${run.coding.written}; SGD is done`;
    byId("memory-caption").replaceChildren(
      h("b", {}, run.isStep(pass) ? `W before step ${pass}` : "W after SGD"),
      said,
    );
  }
}

/** As large as there is room for. */
function fitGrids(run) {
  const stage = byId("stage"),
    columns = run.width + (run.steps ? run.main + 1 : 0) + 1.6;
  const side = Math.min(
    LARGEST,
    Math.floor((stage.clientWidth - (run.steps ? 110 : 60)) / columns) - 1, // the gap
    Math.floor((stage.clientHeight - 116) / run.height) - 1,
  );
  const pixels = Math.max(SMALLEST, side);
  for (const [id, width] of [
    ["memory-grid", run.main],
    ["grid", run.width],
  ]) {
    const { style, classList } = byId(id);
    style.setProperty("--side", `${pixels}px`);
    style.gridTemplateColumns = `20px repeat(${width}, ${pixels}px)`;
    style.gridTemplateRows = `16px repeat(${run.height}, ${pixels}px)`;
    classList.toggle("small", pixels < CAPTIONED);
    classList.toggle("tiny", pixels < READABLE);
  }
}
