// The page: where one is (in the address, after #), what is drawn, keys.

const DARK = matchMedia("(prefers-color-scheme: dark)");

class App {
  constructor(values, arrays) {
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

  note(text) {
    byId("note").textContent = text;
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
    const component =
      view.kind === "component"
        ? view.id
        : view.kind === "gadget"
          ? net.component_of_gadget[view.id]
          : view.kind === "vertex"
            ? net.componentOf(view.id)
            : -1;
    const gadget =
      view.kind === "gadget" ? view.id : view.kind === "vertex" ? net.gadget[view.id] : -1;
    if (component >= 0)
      found.push([net.componentNames[component], { kind: "component", id: component }]);
    if (gadget >= 0) found.push([net.gadgetName(gadget), { kind: "gadget", id: gadget }]);
    if (view.kind === "vertex") found.push([`around ${net.vertexName(view.id)}`, view]);
    byId("crumbs").replaceChildren(
      ...found.flatMap(([name, to], i) => [
        i ? " › " : "",
        i === found.length - 1
          ? h("b", {}, name)
          : link(name, () => this.open(to, to === this.home ? -1 : undefined)),
      ]),
    );
    if (found.length === 1 && net.gadgets <= 400) {
      const other = view.kind === "net" ? "gadgets" : "net";
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

  /** All that is to be remembered, as it stands in the address. */
  address() {
    const { view, selected, step, theme } = this.state,
      said = new URLSearchParams();
    if (view !== this.home)
      said.set("view", view.id === undefined ? view.kind : `${view.kind}:${view.id}`);
    if (view.hops > 1) said.set("hops", view.hops);
    if (view.from) said.set("from", view.from);
    if (selected >= 0) said.set("vertex", selected);
    if (step) said.set("step", step);
    if (theme) said.set("theme", theme);
    return `#${said.toString().replaceAll("%3A", ":")}`;
  }

  remember() {
    const address = this.address();
    this.expected = address;
    if (location.hash === address || (address === "#" && !location.hash)) return;
    try {
      history.replaceState(null, "", address);
    } catch {
      location.hash = address; // a frame without an address of its own
    }
  }

  /** What the address says, as far as there is such a thing. */
  restore() {
    const said = new URLSearchParams(location.hash.slice(1)),
      { net } = this;
    const number = (text, end) =>
      /^\d+$/.test(text ?? "") && Number(text) < end ? Number(text) : -1;
    const [kind, text] = (said.get("view") ?? "").split(":");
    const ends = { component: net.components, gadget: net.gadgets, vertex: net.vertices };
    const id = number(text, ends[kind] ?? 0);
    if (id >= 0) this.state.view = { kind, id };
    else if (kind === "net" || (kind === "gadgets" && net.gadgets <= 400))
      this.state.view = { kind };
    else this.state.view = this.home;
    if (kind === "vertex") this.state.view.hops = Math.max(1, number(said.get("hops"), 9));
    const from = number(said.get("from"), net.gadgets);
    if (from > 0) this.state.view.from = from;
    this.state.selected = number(said.get("vertex"), net.vertices);
    this.state.step = Math.max(0, number(said.get("step"), this.run.steps + 1));
    this.setTheme(["light", "dark"].includes(said.get("theme")) ? said.get("theme") : "");
    this.remember();
    this.draw();
  }

  /** "light", "dark", or "" for what the reader's system prefers. */
  setTheme(theme) {
    this.state.theme = theme;
    document.documentElement.dataset.theme = theme || (DARK.matches ? "dark" : "light");
    if (this.strip.raster) this.strip.draw();
  }

  changeTheme() {
    this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    this.remember();
  }

  listen() {
    const on = (id, go) => byId(id).addEventListener("click", go);
    on("theme", () => this.changeTheme());
    on("asking", () => this.help());
    on("in", () => this.picture.zoom(1.3));
    on("out", () => this.picture.zoom(1 / 1.3));
    on("fit", () => this.picture.fit());
    on("save", () => this.save());
    on("more", () => this.hops(1));
    on("fewer", () => this.hops(-1));
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.expected) this.restore();
    });
    new ResizeObserver(() => this.picture.refit()).observe(this.picture.root);
    DARK.addEventListener("change", () => this.setTheme(this.state.theme));
    document.addEventListener("keydown", (event) => this.key(event));
    const query = byId("query");
    query.addEventListener("input", () => this.look(query.value));
    query.addEventListener("keydown", (event) => this.searchKey(event));
    query.addEventListener("blur", () => this.showFound([]));
  }

  hops(by) {
    const { view } = this.state;
    this.open({ ...view, hops: Math.max(1, Math.min(8, view.hops + by)) });
  }

  key(event) {
    const typing = event.target.matches?.("input[type=search]"),
      { step } = this.state;
    if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape"))
      return;
    const far = event.shiftKey ? 10 : 1;
    const keys = {
      ArrowRight: () => this.goTo(step + far),
      ArrowLeft: () => this.goTo(step - far),
      Home: () => this.goTo(0),
      End: () => this.goTo(this.run.steps),
      " ": () => this.play(),
      "/": () => byId("query").focus(),
      "?": () => this.help(),
      t: () => this.changeTheme(),
      w: () => this.nextWrong(),
      f: () => this.nextFlip(),
      "+": () => this.picture.zoom(1.3),
      "-": () => this.picture.zoom(1 / 1.3),
      0: () => this.picture.fit(),
      Escape: () =>
        byId("help").open ? byId("help").close() : typing ? event.target.blur() : this.back(),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
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
      ...(count > results.length ? [h("p", {}, `${count.toLocaleString("en")} in all`)] : []),
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
    const keys = [
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
    ];
    byId("help").replaceChildren(
      h("h2", {}, "Keys"),
      h(
        "table",
        {},
        h(
          "tbody",
          {},
          keys.map(([key, text]) => h("tr", {}, h("td", {}, h("kbd", {}, key)), h("td", {}, text))),
        ),
      ),
      h(
        "p",
        {},
        "All that you see is in the address of the page: copy it to show somebody the same.",
      ),
      h("p", {}, h("button", { onclick: () => byId("help").close() }, "close")),
    );
    byId("help").showModal();
  }
}

start((values, arrays) => new App(values, arrays));
