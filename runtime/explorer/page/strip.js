// The strip at the bottom: the steps of the run, what was shown, what came out, the memory, the tape.

const BITS_SHOWN = 2048,
  COMPACT = 160,
  CELLS_SHOWN = 3000;

class Strip {
  constructor(app, root) {
    Object.assign(this, { app, root });
    if (app.run.recorded) this.build();
    else this.buildInputs();
  }

  build() {
    const { app } = this,
      { run } = app;
    this.raster = h("canvas", { id: "raster", height: 26, "aria-hidden": "true" });
    this.slider = h("input", {
      id: "slider",
      type: "range",
      min: 0,
      max: run.steps,
      step: 1,
      "aria-label": "step",
      oninput: () => app.goTo(Number(this.slider.value)),
    });
    this.play = button("play", "▶", "play ( space )", () => app.play());
    this.number = h("output", { id: "step" });
    this.told = h("div", { id: "told" });
    this.memory = h("div", { id: "memory" });
    this.tape = net_machine(app) ? h("div", { id: "tape", "aria-label": "tape" }) : null;
    this.root.append(
      h(
        "div",
        { id: "steps" },
        this.play,
        button("previous", "‹", "one step back ( ← )", () => app.goTo(app.state.step - 1)),
        button("next", "›", "one step on ( → )", () => app.goTo(app.state.step + 1)),
        button("next-wrong", "next wrong", "the next step whose output is wrong ( w )", () =>
          app.nextWrong(),
        ),
        h("div", { id: "track" }, this.raster, this.slider),
        this.number,
      ),
      this.told,
      h("div", { id: "held" }, ...(this.tape ? [this.tape] : []), this.memory),
    );
    this.buildMemory();
    if (this.tape) this.buildTape();
    this.draw();
    new ResizeObserver(() => this.draw()).observe(this.raster);
  }

  /** Without a run the reader sets the inputs. */
  buildInputs() {
    const { app } = this,
      { net, run } = app;
    this.told = h("div", { id: "told" });
    this.memory = h("div", { id: "memory" });
    this.root.append(this.told, this.memory);
    this.inputs = net.inputs.slice(0, 512).map(([, name], i) =>
      h("button", {
        "data-input": i,
        title: name,
        onclick: () => {
          run.toggle(i);
          app.refresh();
        },
      }),
    );
    this.buildMemory();
  }

  /** Memory bits in words: those of one name side by side. */
  buildMemory() {
    const { app } = this,
      { net, run } = app,
      words = new Map();
    this.bits = run.memoryNames.slice(0, BITS_SHOWN).map((name, i) => {
      const stem = name.includes(":") ? name.split(":")[0] : name.replace(/\[[^\]]*\]/g, ""),
        word = words.get(stem) ?? words.set(stem, []).get(stem);
      const cell = h("button", {
        class: "bit",
        "data-bit": i,
        title: name,
        onclick: () => app.select(net.to[run.memoryEdges[i]]),
      });
      word.push(cell);
      return cell;
    });
    if (run.bits > COMPACT) this.memory.classList.add("compact");
    for (const [stem, cells] of words)
      this.memory.append(h("span", { class: "word" }, h("small", {}, stem), ...cells));
    if (run.bits > BITS_SHOWN)
      this.memory.append(quiet(`The first ${BITS_SHOWN} of ${commas(run.bits)} bits.`));
  }

  buildTape() {
    const { machine } = this.app.net,
      places = machine.heads.filter((place) => !machine.cells.some((c) => same(c, place)));
    const all = [...machine.cells, ...places];
    if (all.length > CELLS_SHOWN) {
      this.tape.append(quiet(`${all.length} cells are too many to show.`));
      return;
    }
    const left = Math.min(...all.map(([x]) => x)),
      top = Math.min(...all.map(([, y]) => y));
    this.tape.style.gridTemplateColumns = `repeat(${Math.max(...all.map(([x]) => x)) - left + 1}, auto)`;
    this.cells = all.map(([x, y], i) =>
      h("span", {
        class: i < machine.cells.length ? "cell" : "cell margin",
        style: `grid-column:${x - left + 1};grid-row:${y - top + 1}`,
      }),
    );
    this.tape.classList.toggle("plane", machine.height > 2);
    this.places = all.map(([x, y]) => (machine.height > 1 ? `${x},${y}` : `${x}`));
    this.placeOf = new Map(all.map(([x, y], i) => [`${x},${y}`, i]));
    this.state = h("span", { id: "state" });
    this.tape.append(...this.cells);
    this.tape.after(this.state);
  }

  refresh() {
    const { app } = this,
      {
        net,
        run,
        state: { step },
      } = app,
      { memory } = run.state(step),
      flips = run.flipsIn(step);
    this.bits.forEach((cell, i) => {
      if (run.bits <= COMPACT) cell.textContent = memory[i];
      cell.className = `bit${memory[i] ? " one" : ""}${flips.has(i) ? " flips" : ""}`;
      cell.title = `${run.memoryNames[i]} = ${memory[i]}${flips.has(i) ? ", flips in this step" : ""}`;
    });
    if (!run.recorded) {
      this.inputs.forEach((cell, i) => showSign(cell, run.sample[i]));
      const pass = run.pass(step);
      this.told.replaceChildren(
        pass ? h("span", {}, h("small", {}, "inputs "), ...this.inputs) : "",
        pass
          ? h(
              "span",
              { id: "outputs" },
              h("small", {}, "outputs "),
              ...net.outputs.map(([v, name]) =>
                h(
                  "span",
                  { class: "out" },
                  `${name} = `,
                  h("b", { "data-output": v }, shown(pass.values[v])),
                  " ",
                ),
              ),
            )
          : "",
      );
      return;
    }
    this.slider.value = step;
    this.number.textContent =
      step < run.steps ? `step ${step} of ${run.steps}` : `the end, ${run.steps} steps`;
    this.play.textContent = app.timer ? "❚❚" : "▶";
    this.told.replaceChildren(...this.tell(step, flips));
    if (this.cells) this.refreshTape(memory);
  }

  tell(step, flips) {
    const { net, run } = this.app;
    if (step >= run.steps)
      return [h("span", {}, "After the last step: the memory that the weights hold now.")];
    const sample = run.sampleAt(step),
      random = new Set(net.random_inputs);
    const chips = net.inputs.slice(0, 64).map(([, name], i) =>
      showSign(
        h("span", { title: `${name} = ${sample[i]}${random.has(i) ? ", random" : ""}` }),
        sample[i],
        random.has(i) ? " random" : "",
      ),
    );
    const wrong = run.wrong(step),
      cells = net.target === "noise-tolerant";
    const verdict = cells
      ? "memorised: SGD changes weights"
      : wrong
        ? "✗ wrong: SGD changes weights"
        : "✓ right: nothing changes";
    const events = cells
      ? `${counted(flips.size, "cell")} set`
      : `${counted(flips.size, "memory bit")} ${flips.size === 1 ? "flips" : "flip"}`;
    return [
      chips.length
        ? h(
            "span",
            { id: "sample" },
            h("small", {}, "sample "),
            ...chips,
            net.inputs.length > 64 ? "…" : "",
          )
        : "",
      fact("label", "label", minus(run.label(step))),
      fact("output", "output", shown(run.output(step))),
      h("span", { id: "verdict", class: cells ? "" : wrong ? "wrong" : "right" }, verdict),
      h("span", { id: "flipped" }, wrong ? this.named(events, flips) : ""),
    ];
  }

  /** With the names of the first bits. */
  named(events, flips) {
    const names = [...flips].slice(0, 4).map((i) => this.app.run.memoryNames[i]);
    return names.length
      ? `${events}: ${names.join(", ")}${flips.size > names.length ? ", …" : ""}`
      : events;
  }

  refreshTape(memory) {
    const { machine } = this.app.net,
      found = decoded(machine, memory);
    this.cells.forEach((cell, i) => {
      const symbol = found.symbols[i],
        name = symbol === undefined ? "" : symbol < 0 ? "?" : machine.symbols[symbol];
      cell.textContent = name;
      cell.title = `cell ${this.places[i]}: ${name}`;
      // On a plane a symbol is a shade: the blank none, the last the darkest.
      const shade =
        symbol === undefined || symbol === machine.blank
          ? 0
          : (100 * Math.max(symbol, 1)) / (machine.symbols.length - 1 || 1);
      cell.style.setProperty("--shade", `${shade}%`);
      cell.className = `cell${i >= machine.cells.length ? " margin" : ""}${symbol === machine.blank ? " blank" : ""}`;
    });
    for (const [x, y] of found.heads)
      this.cells[this.placeOf.get(`${x},${y}`)]?.classList.add("head");
    this.state.textContent =
      found.state === null
        ? "state ?"
        : `state ${machine.states[found.state]}${found.left ? ", has left the cells" : ""}`;
  }

  /** A column a step: wrong steps, and how many memory bits flipped. */
  draw() {
    const { run } = this.app,
      canvas = this.raster,
      width = canvas.clientWidth || 600,
      height = canvas.height;
    canvas.width = width;
    const context = canvas.getContext("2d"),
      style = getComputedStyle(document.body);
    const flips = new Float64Array(width),
      wrong = new Uint8Array(width),
      per = run.steps / width;
    const column = (step) =>
      Math.min(width - 1, Math.floor(((step + 0.5) * width) / Math.max(1, run.steps + 1)));
    for (let t = 0; t < run.steps; t++) if (run.wrong(t)) wrong[column(t)] = 1;
    for (const t of run.flipSteps) flips[column(t)]++;
    const most = Math.max(1, ...flips),
      bar = Math.max(1, Math.min(24, Math.floor(1 / per) - 1));
    for (let x = 0; x < width; x++) {
      if (wrong[x]) {
        context.fillStyle = style.getPropertyValue("--wrong");
        context.fillRect(x, height - 3, bar, 3);
      }
      if (flips[x]) {
        const tall = 3 + (height - 8) * (Math.log2(1 + flips[x]) / Math.log2(1 + most));
        context.fillStyle = style.getPropertyValue("--moves");
        context.fillRect(x, height - 4 - tall, bar, tall);
      }
    }
  }
}

const same = ([x, y], [u, v]) => x === u && y === v;

const net_machine = (app) => app.net.machine;
