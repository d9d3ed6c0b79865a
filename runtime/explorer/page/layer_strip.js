// The strip at the bottom: steps and layers as sliders, what was shown, what came out.

const SPEEDS = [1, 2, 5, 10, 25, 60, 150, 400, 1000, 3000];

class LayerStrip {
  constructor(app, root) {
    const { run } = app;
    Object.assign(this, { app, run });
    this.passSlider = h("input", {
      id: "pass-slider",
      type: "range",
      min: 0,
      max: run.passes.length - 1,
      "aria-label": "step of SGD, or query",
      oninput: () => app.goTo(Number(this.passSlider.value), 0),
    });
    this.slider = h("input", {
      id: "slider",
      type: "range",
      min: 0,
      "aria-label": "layer",
      oninput: () => app.goTo(app.state.pass, Number(this.slider.value)),
    });
    this.raster = h("canvas", { id: "raster", height: 38, "aria-hidden": "true" });
    this.passName = h("output", { id: "pass" });
    this.number = h("output", { id: "layer" });
    this.pace = h("output", { id: "pace" });
    this.told = h("div", { id: "told" });
    this.play = button("play", "▶", "play ( space )", () => app.play());
    const passes = h(
      "div",
      { id: "passes" },
      h("span", { class: "name" }, "SGD"),
      button("previous-pass", "‹", "one step of SGD back ( [ )", () => app.goToPass(-1)),
      button("next-pass", "›", "one step of SGD on ( ] )", () => app.goToPass(1)),
      this.passSlider,
      this.passName,
    );
    passes.hidden = run.passes.length < 2;
    root.append(
      passes,
      h(
        "div",
        { id: "layers" },
        this.play,
        button("previous", "‹", "one layer back ( ← )", () => app.move(-1)),
        button("next", "›", "one layer on ( → )", () => app.move(1)),
        button("previous-head", "‹ head", "the last move of the head ( p )", () => app.head(-1)),
        button("next-head", "head ›", "the next move of the head ( n )", () => app.head(1)),
        button("next-write", "write ›", "the next symbol that the head writes ( w )", () =>
          app.write(1),
        ),
        h("div", { id: "track" }, this.raster, this.slider),
        h(
          "span",
          { class: "speed" },
          button("slower", "−", "slower ( - )", () => app.setSpeed(-1)),
          this.pace,
          button("faster", "+", "faster ( + )", () => app.setSpeed(1)),
        ),
        this.number,
      ),
      this.told,
    );
    new ResizeObserver(() => this.draw()).observe(this.raster);
  }

  refresh() {
    const {
      app: {
        state: { pass, layer, speed },
        timer,
      },
      run,
    } = this;
    const { last } = run.passes[pass];
    this.passSlider.value = pass;
    this.slider.max = last;
    this.slider.value = layer;
    this.passName.textContent = run.passName(pass);
    this.number.textContent = `layer ${commas(layer)} of ${commas(last)}`;
    this.number.title = `Of ${commas(run.layers)} layers; none after the ${commas(last)}th changes anything.`;
    this.pace.textContent = `${commas(SPEEDS[speed])} a second`;
    this.play.textContent = timer ? "❚❚" : "▶";
    this.told.replaceChildren(this.stateOf(pass, layer), ...this.tell(pass));
    if (this.drawn !== pass) this.draw();
  }

  /** Where the head is, and in which state. */
  stateOf(pass, layer) {
    const { run } = this,
      { cell, state } = run.story(pass),
      head = cell[layer];
    const place =
      run.height > 1 ? `(${head % run.width}, ${Math.floor(head / run.width)})` : `cell ${head}`;
    return h(
      "span",
      { id: "machine-state" },
      h("small", {}, "state "),
      head < 0 ? "no head in the grid" : [h("b", {}, run.coding.states[state[layer]]), ` at ${place}`],
    );
  }

  tell(pass) {
    const { run } = this,
      { sample, label, output, machine_answer: own, learner_answer: learner } = run.passes[pass];
    if (!sample) return [h("span", { class: "quiet" }, `${commas(run.layers)} layers`)];
    const sign = (value) => (value > 0 ? "+1" : value < 0 ? "−1" : "0");
    const chips = sample.map((value, i) => showSign(h("span", { title: `x${i} = ${minus(value)}` }), value));
    const name = run.isStep(pass) ? (pass === run.steps - 1 ? "dummy " : "sample ") : "query ";
    const found = [h("span", { id: "sample" }, h("small", {}, name), chips)];
    if (label !== null) found.push(fact("label", "label", sign(label)));
    const answer = /^-?[01]$/.test(output) ? sign(Number(output)) : minus(output);
    found.push(fact(`output after layer ${commas(run.layers)}`, "output", answer));
    if (run.isStep(pass)) {
      const good = output === "0";
      found.push(
        h(
          "span",
          { id: "verdict", class: good ? "right" : "wrong" },
          good ? `the gradient writes row ${pass} of W` : "✗ the output of a step is to be 0",
        ),
      );
      return found;
    }
    const due = learner ?? own,
      right = Number(output) === due;
    const who = learner === null ? "the machine by itself" : "the learner";
    found.push(
      h(
        "span",
        { id: "verdict", class: right ? "right" : "wrong" },
        `${right ? "✓" : "✗"} ${who} answers ${sign(due)}`,
      ),
    );
    return found;
  }

  /** Upwards: the row of the head, or its place on a tape. Below: where symbols are written. */
  draw() {
    const { run, raster: canvas } = this,
      { pass } = this.app.state,
      { cell, writes } = run.story(pass);
    this.drawn = pass;
    const width = canvas.clientWidth || 600,
      high = canvas.height - 6,
      layers = cell.length;
    canvas.width = width;
    const context = canvas.getContext("2d"),
      style = getComputedStyle(document.documentElement);
    const rows = run.height > 1 ? run.height : run.width,
      tall = Math.max(1.5, high / rows),
      wide = Math.max(1, width / layers);
    const place = (i) => (run.height > 1 ? Math.floor(cell[i] / run.width) : cell[i]);
    context.fillStyle = style.getPropertyValue("--head");
    for (let i = 0; i < layers; i++)
      if (cell[i] >= 0)
        context.fillRect((i * width) / layers, (place(i) * (high - tall)) / Math.max(1, rows - 1), wide, tall);
    context.fillStyle = style.getPropertyValue("--accent");
    for (let i = 0; i < layers; i++)
      if (writes[i]) context.fillRect((i * width) / layers, high + 2, Math.max(1, wide - 1), 4);
  }
}
