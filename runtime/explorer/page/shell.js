// What both pages do: the address remembers what is seen, light or dark, keys and the help for them.

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** A number below an end; -1 for all else. */
const below = (text, end) =>
  /^\d+$/.test(text ?? "") && Number(text) < end ? Number(text) : -1;

const onClick = (id, go) => byId(id).addEventListener("click", go);

/** A page has a state, a strip, play, refresh, readAddress, writeAddress, keysFor, escape, help. */
class Shell {
  note(text) {
    byId("note").textContent = text;
  }

  draw() {
    this.refresh();
  }

  /** The address says all that is seen. */
  remember() {
    const said = new URLSearchParams();
    this.writeAddress(said);
    if (this.state.theme) said.set("theme", this.state.theme);
    const address = `#${said.toString().replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
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
      theme = said.get("theme");
    this.readAddress(said);
    this.setTheme(["light", "dark"].includes(theme) ? theme : "");
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
    onClick("theme", () => this.changeTheme());
    onClick("asking", () => this.help());
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.expected) this.restore();
    });
    DARK.addEventListener("change", () => this.setTheme(this.state.theme));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** keysFor says what the keys of a page do, or nothing where the reader writes or slides. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const help = byId("help"),
      own = this.keysFor(event, event.shiftKey ? 10 : 1);
    const keys = own && {
      ...own,
      " ": () => this.play(),
      t: () => this.changeTheme(),
      "?": () => this.help(),
    };
    if (event.key === "Escape") help.open ? help.close() : this.escape(event);
    else if (keys && event.key in keys) keys[event.key]();
    else return;
    event.preventDefault();
  }

  /** The dialog with the keys of the page: [key, what it does]. */
  showHelp(keys, ...more) {
    const help = byId("help");
    help.replaceChildren(
      h("h2", {}, "Keys"),
      pairTable(
        {},
        keys.map(([key, text]) => [h("kbd", {}, key), text]),
      ),
      h(
        "p",
        {},
        ...more,
        "All that you see is in the address of the page: copy it to show somebody the same.",
      ),
      h("p", {}, h("button", { onclick: () => help.close() }, "close")),
    );
    help.showModal();
  }
}
