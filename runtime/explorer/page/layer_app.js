// The page: which step and which layer is shown (in the address, after #), playing, keys.

class LayerApp extends Shell {
  constructor(values, arrays) {
    super();
    this.run = new LayerRun(values, arrays);
    this.state = { pass: 0, layer: 0, cell: -1, speed: 3, theme: "" };
    this.timer = null;
    const { run } = this;
    byId("crumbs").textContent = run.steps
      ? `${counted(run.steps - 1, "sample")} of ${counted(run.main - 1, "bit")}, and a dummy`
      : `${run.width} × ${run.height} cells`;
    this.grid = new CellGrid(this);
    this.memory = new MemoryGrid(this);
    this.strip = new LayerStrip(this, byId("run"));
    this.listen();
    this.restore();
  }

  goTo(pass, layer) {
    const { run, state } = this;
    state.pass = Math.max(0, Math.min(run.passes.length - 1, pass));
    state.layer = Math.max(0, Math.min(run.passes[state.pass].last, layer));
    this.note("");
    this.remember();
    this.refresh();
  }

  move(by) {
    this.goTo(this.state.pass, this.state.layer + by);
  }

  goToPass(by) {
    this.goTo(this.state.pass + by, 0);
  }

  /** To a layer, if there is one. */
  jump(layer, otherwise) {
    if (layer < 0) this.note(otherwise);
    else this.goTo(this.state.pass, layer);
  }

  head(by) {
    const { pass, layer } = this.state;
    this.jump(
      this.run.headMove(pass, layer, by),
      `The head does not move in ${by > 0 ? "a later" : "an earlier"} layer.`,
    );
  }

  write(by) {
    const { pass, layer } = this.state;
    this.jump(
      this.run.write(pass, layer, by),
      `No ${by > 0 ? "later" : "earlier"} layer writes a symbol.`,
    );
  }

  nextChange() {
    const { pass, layer, cell } = this.state;
    if (cell < 0) this.note("Choose a cell first.");
    else this.jump(this.run.nextChange(pass, layer, cell), "No later layer changes this cell.");
  }

  choose(cell) {
    this.state.cell = cell === this.state.cell ? -1 : cell;
    this.remember();
    this.refresh();
  }

  /** The cell beside the chosen one. */
  beside(dx, dy) {
    const { width, height } = this.run,
      { cell } = this.state;
    if (cell < 0) return this.choose(0);
    const x = Math.max(0, Math.min(width - 1, (cell % width) + dx)),
      y = Math.max(0, Math.min(height - 1, Math.floor(cell / width) + dy));
    return y * width + x === cell ? undefined : this.choose(y * width + x);
  }

  get ended() {
    const { pass, layer } = this.state,
      { passes } = this.run;
    return pass === passes.length - 1 && layer >= passes[pass].last;
  }

  /** Layer after layer, and on to the next step; at high speeds several in a frame. */
  play() {
    if (this.timer) {
      cancelAnimationFrame(this.timer);
      this.timer = null;
      return this.refresh();
    }
    if (this.ended) this.goTo(0, 0);
    let before = null,
      due = 0;
    const frame = (now) => {
      due += before === null ? 0 : (Math.min(now - before, 1000) / 1000) * SPEEDS[this.state.speed];
      before = now;
      this.timer = requestAnimationFrame(frame);
      if (due >= 1) {
        const { pass, layer } = this.state,
          { last } = this.run.passes[pass];
        if (this.ended) return this.play();
        if (layer >= last) this.goTo(pass + 1, 0);
        else this.goTo(pass, Math.min(last, layer + Math.floor(due)));
        due %= 1;
      }
      return undefined;
    };
    this.timer = requestAnimationFrame(frame);
    return this.refresh();
  }

  setSpeed(by) {
    const { state } = this;
    state.speed = Math.max(0, Math.min(SPEEDS.length - 1, state.speed + by));
    this.remember();
    this.refresh();
  }

  refresh() {
    const { pass, layer, cell } = this.state;
    this.grid.refresh(pass, layer, cell);
    this.memory.refresh(pass);
    this.strip.refresh();
    this.refreshPanel();
  }

  /** The panel anew, as far down and as folded as it was, with the keyboard where it was. */
  refreshPanel() {
    const { cell } = this.state,
      panel = byId("panel");
    if (cell < 0 && this.shownInPanel === cell) return;
    const { scrollTop } = panel,
      focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
    this.signs ??= legend(this.run);
    panel.replaceChildren(
      ...(cell < 0 ? runPanel(this) : cellPanel(this, cell)).filter(Boolean),
      this.signs,
    );
    if (focused) byId(focused)?.focus({ preventScroll: true });
    if (this.shownInPanel >= 0 === cell >= 0) panel.scrollTop = scrollTop;
    this.shownInPanel = cell;
  }

  /** All that is to be remembered. */
  writeAddress(said) {
    const { pass, layer, cell, speed } = this.state,
      { run } = this;
    if (run.isStep(pass)) said.set("step", pass);
    else if (run.steps) said.set("query", pass - run.steps + 1);
    if (layer) said.set("layer", layer);
    if (cell >= 0) said.set("cell", `${cell % run.width},${Math.floor(cell / run.width)}`);
    if (speed !== 3) said.set("speed", SPEEDS[speed]);
  }

  /** As far as there is such a thing. */
  readAddress(said) {
    const { run, state } = this;
    const query = below(said.get("query"), run.passes.length - run.steps + 1);
    state.pass =
      query > 0 ? run.steps + query - 1 : Math.max(0, below(said.get("step"), run.steps));
    state.layer = Math.max(0, below(said.get("layer"), run.passes[state.pass].last + 1));
    const [x, y] = (said.get("cell") ?? "").split(",");
    const at = [below(x, run.width), below(y, run.height)];
    state.cell = Math.min(...at) < 0 ? -1 : at[1] * run.width + at[0];
    const speed = SPEEDS.indexOf(Number(said.get("speed")));
    state.speed = speed < 0 ? 3 : speed;
  }

  listen() {
    super.listen();
    new ResizeObserver(() => fitGrids(this.run)).observe(byId("stage"));
  }

  keysFor(event, far) {
    if (event.target.id === "pass-slider" && /^(Arrow|Home|End|Page)/.test(event.key)) return null;
    const { pass } = this.state;
    return {
      ArrowRight: () => this.move(far),
      ArrowLeft: () => this.move(-far),
      Home: () => this.goTo(pass, 0),
      End: () => this.goTo(pass, this.run.passes[pass].last),
      "]": () => this.goToPass(1),
      "[": () => this.goToPass(-1),
      PageDown: () => this.goToPass(1),
      PageUp: () => this.goToPass(-1),
      n: () => this.head(1),
      p: () => this.head(-1),
      w: () => this.write(1),
      W: () => this.write(-1),
      f: () => this.nextChange(),
      i: () => this.beside(0, -1),
      j: () => this.beside(-1, 0),
      k: () => this.beside(0, 1),
      l: () => this.beside(1, 0),
      "+": () => this.setSpeed(1),
      "-": () => this.setSpeed(-1),
    };
  }

  escape() {
    this.choose(-1);
  }

  help() {
    this.showHelp(
      [
        ["← →", "a layer back, on; with shift ten"],
        ["Home End", "first layer, last"],
        ["[ ]", "a step of SGD back, on; after the steps the queries"],
        ["space", "play, pause"],
        ["+ −", "faster, slower"],
        ["n p", "next move of the head, the one before"],
        ["w W", "next symbol that is written, the one before"],
        ["i j k l", "choose the cell above, left, below, right"],
        ["f", "next change of the chosen cell"],
        ["Esc", "choose no cell"],
        ["t", "light, dark"],
      ],
      "The line above the layers is the row of the head; the marks below it are written symbols. ",
    );
  }
}

start((values, arrays) => new LayerApp(values, arrays));
