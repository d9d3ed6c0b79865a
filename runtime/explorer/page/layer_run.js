// The run: what every cell holds after every layer, found from what the layers change.

const COMPUTING = 1;

class LayerRun {
  constructor(values, arrays) {
    const { width, height, main, layers, steps, passes, coding } = values;
    Object.assign(this, { width, height, main, layers, steps, passes, coding, arrays });
    this.facts = values;
    this.table = values.values;
    this.cells = width * height;
    let from = 0;
    for (const one of passes) {
      one.from = from;
      from += one.changes;
    }
    const due = [
      ["begins", this.cells * passes.length],
      ...["change_layers", "change_cells", "change_values"].map((name) => [name, from]),
    ];
    for (const [name, length] of due)
      if (arrays[name]?.length !== length) throw new Damaged(`Its array ${name} is incomplete.`);
    this.stories = new Map();
    this.now = { pass: -1, layer: 0, at: 0, grid: [] };
  }

  isStep(pass) {
    return pass < this.steps;
  }

  passName(pass) {
    const queries = this.passes.length - this.steps;
    if (!this.steps) return "the run";
    if (this.isStep(pass)) return `SGD step ${pass} of ${this.steps}`;
    return `query ${pass - this.steps + 1} of ${queries}`;
  }

  /** The values of all cells, as numbers of the table; forwards it costs what changes. */
  grid(pass, layer) {
    const { begins, change_layers, change_cells, change_values } = this.arrays,
      { from, changes } = this.passes[pass];
    if (this.now.pass !== pass || this.now.layer > layer)
      this.now = {
        pass,
        layer: 0,
        at: from,
        grid: Array.from(begins.subarray(pass * this.cells, (pass + 1) * this.cells)),
      };
    const { now } = this;
    for (; now.at < from + changes && change_layers[now.at] <= layer; now.at++)
      now.grid[change_cells[now.at]] = change_values[now.at];
    now.layer = layer;
    return now.grid;
  }

  /** The first change of a pass after this layer. */
  placeAfter(pass, layer) {
    const { from, changes } = this.passes[pass];
    return firstFrom(from, from + changes, (at) => this.arrays.change_layers[at] <= layer);
  }

  /** The cells that a layer has changed. */
  changedBy(pass, layer) {
    return new Set(
      this.arrays.change_cells.slice(
        this.placeAfter(pass, layer - 1),
        this.placeAfter(pass, layer),
      ),
    );
  }

  nextChange(pass, layer, cell) {
    const { from, changes } = this.passes[pass];
    for (let at = this.placeAfter(pass, layer); at < from + changes; at++)
      if (this.arrays.change_cells[at] === cell) return this.arrays.change_layers[at];
    return -1;
  }

  /** Of every layer of a pass: where the head is, in which state, and whether a symbol was written. */
  story(pass) {
    if (this.stories.has(pass)) return this.stories.get(pass);
    const { begins, change_layers, change_cells, change_values } = this.arrays,
      { from, changes, last } = this.passes[pass];
    const grid = begins.slice(pass * this.cells, (pass + 1) * this.cells);
    const found = {
      cell: new Int32Array(last + 1),
      state: new Int32Array(last + 1),
      writes: new Uint8Array(last + 1),
    };
    const stateOf = (number) => this.table[number].state ?? -1;
    let head = grid.findIndex((number) => stateOf(number) >= 0);
    for (let layer = 0, at = from; layer <= last; layer++) {
      let left = false;
      for (; at < from + changes && change_layers[at] <= layer; at++) {
        const cell = change_cells[at],
          [before, after] = [this.table[grid[cell]], this.table[change_values[at]]];
        if (after.phase === COMPUTING && before.symbol !== after.symbol) found.writes[layer] = 1;
        grid[cell] = change_values[at];
        if (stateOf(grid[cell]) >= 0) {
          head = cell;
          left = false;
        } else if (cell === head) left = true;
      }
      if (left) head = -1;
      found.cell[layer] = head;
      found.state[layer] = head < 0 ? -1 : stateOf(grid[head]);
    }
    this.stories.set(pass, found);
    return found;
  }

  /** The next layer, or the one before, in which the head has moved or is in another state. */
  headMove(pass, layer, by) {
    const { cell, state } = this.story(pass);
    for (let at = layer + by; at > 0 && at < cell.length; at += by)
      if (cell[at] !== cell[at - 1] || state[at] !== state[at - 1]) return at;
    return -1;
  }

  write(pass, layer, by) {
    const { writes } = this.story(pass);
    for (let at = layer + by; at > 0 && at < writes.length; at += by) if (writes[at]) return at;
    return -1;
  }

  /** W before a step of SGD, as numbers of the table; after the last one for all that follows. */
  memory(step) {
    const { memory_initial, memory_steps, memory_cells, memory_values } = this.arrays;
    const found = Array.from(memory_initial);
    for (let i = 0; i < memory_steps.length && memory_steps[i] < step; i++)
      found[memory_cells[i]] = memory_values[i];
    return found;
  }
}
