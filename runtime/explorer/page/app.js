// The page: where one is (in the address, after #), what is drawn, keys.

const typing = ({ target }) => target.matches?.("input[type=search]");

class App extends Shell {
  constructor(values, arrays) {
    super();
    this.net = new Net(values.net, arrays);
    this.net.machine = values.machine;
    this.run = new Run(this.net, values.run, arrays);
    this.search = new Search(this.net);
    this.home = { kind: this.net.gadgets <= 40 ? "gadgets" : "net" };
    this.state = { view: this.home, selected: -1, step: 0, theme: "" };
    this.picture = new Picture(
      byId("picture"),
      (node) => this.openNode(node),
      (v) => this.select(v),
    );
    this.strip = new Strip(this, byId("run"));
    this.listen();
    this.restore();
  }

  /** Shows a view; the address remembers it. */
  open(view, select) {
    this.state.view = view;
    if (select !== undefined) this.state.selected = select;
    this.remember();
    this.draw();
  }

  openNode({ kind, id }) {
    if (kind === "component") this.open({ kind, id });
    else if (kind === "gadget") this.open({ kind, id }, this.net.mainVertex(id));
    else this.open({ kind: "vertex", id, hops: 1 }, id);
  }

  select(v) {
    this.state.selected = v;
    this.remember();
    this.refresh();
  }

  goTo(step) {
    this.state.step = Math.max(0, Math.min(this.run.steps, step));
    this.remember();
    this.refresh();
  }

  nextWrong() {
    for (let t = this.state.step + 1; t < this.run.steps; t++)
      if (this.run.wrong(t)) return this.goTo(t);
    return this.note("No later step is wrong.");
  }

  play() {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    } else if (this.run.recorded) {
      if (this.state.step >= this.run.steps) this.state.step = 0;
      this.timer = setInterval(() => {
        if (this.state.step >= this.run.steps) this.play();
        else this.goTo(this.state.step + 1);
      }, 250);
    }
    this.refresh();
  }

  draw() {
    const { view } = this.state,
      scene = sceneOf(this.net, view);
    this.picture.show(scene);
    this.crumbs();
    byId("hops").hidden = view.kind !== "vertex";
    byId("far").textContent = view.kind === "vertex" ? counted(view.hops, "step") : "";
    this.note(scene.notes.join("; "));
    this.turns(scene.turns);
    this.refresh();
  }

  /** Leaf through a component of very many gadgets. */
  turns(turns) {
    if (!turns) return;
    const to = (from) =>
      link(from > turns.from ? "further" : "back", () => this.open({ ...this.state.view, from }));
    if (turns.from > 0) byId("note").append(" ", to(Math.max(0, turns.from - turns.most)));
    if (turns.from + turns.most < turns.count)
      byId("note").append(" ", to(turns.from + turns.most));
  }

  refresh() {
    const {
      state: { step, selected },
      net,
      run,
    } = this;
    this.picture.refresh(net, run, step, selected);
    this.strip.refresh();
    this.refreshPanel();
  }

  /** The panel anew, as far down and as folded as it was, with the keyboard where it was. */
  refreshPanel() {
    const { selected } = this.state,
      panel = byId("panel"),
      same = this.shownInPanel === selected;
    if (same && selected < 0) return; // nothing of the whole net depends on the step
    const folded = [...panel.querySelectorAll("details:not([open])")].map((part) => part.className);
    const place = [...panel.querySelectorAll("button")].indexOf(document.activeElement),
      { scrollTop } = panel;
    panel.replaceChildren(
      ...(selected >= 0 ? vertexPanel(this, selected) : netPanel(this)).filter(Boolean),
    );
    this.shownInPanel = selected;
    if (!same) return;
    for (const part of panel.querySelectorAll("details"))
      part.open = !folded.includes(part.className);
    panel.querySelectorAll("button")[place]?.focus({ preventScroll: true });
    panel.scrollTop = scrollTop;
  }

  crumbs() {
    const {
        net,
        state: { view },
      } = this,
      found = [["net", this.home]];
    const { kind, id } = view,
      gadget = kind === "gadget" ? id : kind === "vertex" ? net.gadget[id] : -1,
      component = kind === "component" ? id : gadget < 0 ? -1 : net.component_of_gadget[gadget];
    if (component >= 0)
      found.push([net.componentNames[component], { kind: "component", id: component }]);
    if (gadget >= 0) found.push([net.gadgetName(gadget), { kind: "gadget", id: gadget }]);
    if (kind === "vertex") found.push([`around ${net.vertexName(id)}`, view]);
    byId("crumbs").replaceChildren(
      ...found.flatMap(([name, to], i) => [
        i ? " › " : "",
        i === found.length - 1
          ? h("b", {}, name)
          : link(name, () => this.open(to, to === this.home ? -1 : undefined)),
      ]),
    );
    if (found.length === 1 && net.gadgets <= 400) {
      const other = kind === "net" ? "gadgets" : "net";
      byId("crumbs").append(
        " ",
        link(other === "net" ? "as components" : "all gadgets", () => this.open({ kind: other })),
      );
    }
  }

  /** One level up: the vertex' panel closes first. */
  back() {
    const { view, selected } = this.state;
    if (selected >= 0 && !["vertex", "gadget"].includes(view.kind)) this.select(-1);
    else if (view.kind === "vertex") this.open({ kind: "gadget", id: this.net.gadget[view.id] });
    else if (view.kind === "gadget")
      this.open({ kind: "component", id: this.net.component_of_gadget[view.id] }, -1);
    else this.open(this.home, -1);
  }

  /** All that is to be remembered. */
  writeAddress(said) {
    const { view, selected, step } = this.state;
    if (view !== this.home)
      said.set("view", view.id === undefined ? view.kind : `${view.kind}:${view.id}`);
    if (view.hops > 1) said.set("hops", view.hops);
    if (view.from) said.set("from", view.from);
    if (selected >= 0) said.set("vertex", selected);
    if (step) said.set("step", step);
  }

  /** As far as there is such a thing. */
  readAddress(said) {
    const { net, state } = this;
    const [kind, text] = (said.get("view") ?? "").split(":");
    const ends = { component: net.components, gadget: net.gadgets, vertex: net.vertices };
    const id = below(text, ends[kind] ?? 0);
    if (id >= 0) state.view = { kind, id };
    else if (kind === "net" || (kind === "gadgets" && net.gadgets <= 400)) state.view = { kind };
    else state.view = this.home;
    if (kind === "vertex") state.view.hops = Math.max(1, below(said.get("hops"), 9));
    const from = below(said.get("from"), net.gadgets);
    if (from > 0) state.view.from = from;
    state.selected = below(said.get("vertex"), net.vertices);
    state.step = Math.max(0, below(said.get("step"), this.run.steps + 1));
  }

  listen() {
    super.listen();
    onClick("in", () => this.picture.zoom(1.3));
    onClick("out", () => this.picture.zoom(1 / 1.3));
    onClick("fit", () => this.picture.fit());
    onClick("save", () => this.save());
    onClick("more", () => this.hops(1));
    onClick("fewer", () => this.hops(-1));
    new ResizeObserver(() => this.picture.refit()).observe(this.picture.root);
    const query = byId("query");
    query.addEventListener("input", () => this.look(query.value));
    query.addEventListener("keydown", (event) => this.searchKey(event));
    query.addEventListener("blur", () => this.showFound([]));
  }

  hops(by) {
    const { view } = this.state;
    this.open({ ...view, hops: Math.max(1, Math.min(8, view.hops + by)) });
  }

  keysFor(event, far) {
    const { step } = this.state;
    if (typing(event)) return null;
    return {
      ArrowRight: () => this.goTo(step + far),
      ArrowLeft: () => this.goTo(step - far),
      Home: () => this.goTo(0),
      End: () => this.goTo(this.run.steps),
      "/": () => byId("query").focus(),
      w: () => this.nextWrong(),
      f: () => this.nextFlip(),
      "+": () => this.picture.zoom(1.3),
      "-": () => this.picture.zoom(1 / 1.3),
      0: () => this.picture.fit(),
    };
  }

  escape(event) {
    if (typing(event)) event.target.blur();
    else this.back();
  }

  /** Of the vertex that is selected, or else of any memory bit. */
  nextFlip() {
    const {
      net,
      run,
      state: { selected, step },
    } = this;
    const edges =
      selected >= 0 ? [...net.edgesInto(selected), ...net.edgesOut(selected)] : run.memoryEdges;
    const next = run.recorded ? run.nextMove(edges, step) : -1;
    if (next < 0) this.note("No later step changes it.");
    else this.goTo(next);
  }

  look(text) {
    const { results, guessed, count } = this.search.find(text);
    this.showFound(results, guessed, text.trim() ? (count ?? 0) : 0);
  }

  showFound(results, guessed = false, count = 0) {
    const box = byId("found"),
      query = byId("query");
    this.results = results;
    this.chosen = 0;
    const empty = query.value.trim() && document.activeElement === query && !results.length;
    box.hidden = !results.length && !empty;
    query.setAttribute("aria-expanded", String(!box.hidden));
    box.replaceChildren(
      ...(guessed && results.length ? [h("p", {}, "Nothing has this name. Did you mean:")] : []),
      ...(empty ? [h("p", {}, "Nothing has this name.")] : []),
      ...results.map((entry, i) =>
        h(
          "button",
          {
            role: "option",
            "aria-selected": String(i === 0),
            onmousedown: (event) => {
              event.preventDefault();
              this.take(entry);
            },
          },
          h("small", {}, entry.kind),
          entry.name,
        ),
      ),
      ...(count > results.length ? [h("p", {}, `${commas(count)} in all`)] : []),
    );
  }

  searchKey(event) {
    const options = [...byId("found").querySelectorAll("button")],
      by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && options.length) {
      event.preventDefault();
      this.chosen = (this.chosen + by + options.length) % options.length;
      options.forEach((option, i) =>
        option.setAttribute("aria-selected", String(i === this.chosen)),
      );
      options[this.chosen].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && this.results?.length) this.take(this.results[this.chosen]);
  }

  take({ kind, id }) {
    this.showFound([]);
    byId("query").blur();
    if (kind === "vertex") this.open({ kind: "gadget", id: this.net.gadget[id] }, id);
    else this.openNode({ kind, id });
  }

  save() {
    const file = new Blob([this.picture.asText()], { type: "image/svg+xml" });
    const name = `${this.net.source.replace(/[^\w.-]+/g, "_")}.svg`;
    h("a", { href: URL.createObjectURL(file), download: name }).click();
  }

  help() {
    this.showHelp([
      ["← →", "a step back, on; with shift ten"],
      ["Home End", "first step, last"],
      ["space", "play, pause"],
      ["w", "next wrong step"],
      ["f", "next flip of what is selected, or of any memory bit"],
      ["/", "search"],
      ["Esc", "one level up"],
      ["+ − 0", "larger, smaller, all"],
      ["t", "light, dark"],
      ["Tab Enter", "go through the boxes, open"],
      ["click", "open a box; look at a vertex"],
      ["double click", "the neighbourhood of a vertex"],
      ["drag, wheel", "move, zoom"],
    ]);
  }
}

start((values, arrays) => new App(values, arrays));
