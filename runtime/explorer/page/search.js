// Search by name: components, gadgets, vertices; and what was perhaps meant.

const FOUND = 14;

class Search {
  constructor(net) {
    this.net = net;
  }

  /** Names are put together when somebody searches. */
  names() {
    if (!this.all) {
      const { net } = this;
      this.all = net.componentNames.map((name, id) => ({ kind: "component", id, name }));
      for (let g = 0; g < net.gadgets; g++)
        this.all.push({ kind: "gadget", id: g, name: net.gadgetName(g) });
      for (const entry of this.all) entry.low = entry.name.toLowerCase();
    }
    return this.all;
  }

  /** What a text may mean, best first. */
  find(text) {
    const { net } = this,
      wanted = text.trim().toLowerCase();
    if (!wanted) return { results: [], guessed: false };
    const results = [],
      number = /^(?:#|v|vertex )?(\d+)$/.exec(wanted);
    if (number && Number(number[1]) < net.vertices) {
      const id = Number(number[1]);
      results.push({ kind: "vertex", id, name: `vertex ${id}: ${net.vertexName(id)}` });
    }
    const scored = [];
    for (const entry of this.names()) {
      const score = scoreOf(entry.low, wanted) + (entry.low.startsWith("dual ") ? 0.5 : 0);
      if (score < 9) scored.push([score, entry]);
    }
    scored.sort((p, q) => p[0] - q[0] || p[1].name.length - q[1].name.length || p[1].id - q[1].id);
    results.push(...scored.slice(0, FOUND).map(([, entry]) => entry));
    if (results.length) return { results, count: scored.length, guessed: false };
    return { results: this.guess(wanted), guessed: true };
  }

  /** Names at a small edit distance. */
  guess(wanted) {
    const most = Math.max(2, Math.floor(wanted.length / 3)),
      near = [];
    for (const entry of this.names()) {
      for (const word of [entry.low, entry.low.slice(entry.low.lastIndexOf(" ") + 1)]) {
        if (Math.abs(word.length - wanted.length) > most) continue;
        const distance = editDistance(word, wanted, most);
        if (distance <= most) near.push([distance, entry]);
      }
    }
    near.sort((p, q) => p[0] - q[0] || p[1].id - q[1].id);
    return [...new Set(near.map(([, entry]) => entry))].slice(0, 6);
  }
}

function scoreOf(name, wanted) {
  const at = name.indexOf(wanted);
  if (at < 0) return 9;
  if (name.length === wanted.length) return 0;
  const word = at === 0 || /[ [\]./]/.test(name[at - 1]);
  const whole = at + wanted.length === name.length;
  return word && whole ? 1 : word ? 2 : 3;
}

/** Levenshtein's distance, given up beyond ``most``. */
function editDistance(a, b, most) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length];
}
