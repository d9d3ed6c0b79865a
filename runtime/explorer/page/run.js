// A run of SGD: what every weight is before a step (Lemma 2), and what the vertices then say.

class Run {
  constructor(net, values, arrays) {
    this.net = net;
    this.steps = values ? values.steps : 0;
    this.values = values;
    this.recorded = Boolean(values);
    this.sample = new Float64Array(net.inputs.length).fill(1);
    this.memoryEdges = arrays.memory_edges;
    this.bits = this.memoryEdges.length;
    this.memoryNames = strings(arrays.memory_names).slice(0, this.bits);
    this.arrays = arrays;
    this.round = values && values.dtype === "float32" ? Math.fround : null;
    this.f = new Activation(net);
    this.built = new Float64Array(net.edges);
    for (let e = 0; e < net.edges; e++) this.built[e] = net.weightOf[net.value[e]];
    const none = new Int32Array(0);
    this.flipSteps = values ? arrays.flip_steps : none;
    this.flipBits = values ? arrays.flip_bits : none;
    this.changeSteps = values ? arrays.change_steps : none;
    this.initial = new Uint8Array(this.bits);
    for (let i = 0; i < this.bits; i++) {
      this.initial[i] = values
        ? bit(arrays.run_initial, i)
        : net.weightText(this.memoryEdges[i]).startsWith("−");
    }
    this.findSections();
    this.at = -1;
  }

  label(step) {
    return bit(this.arrays.run_labels, step) ? 1 : -1;
  }

  output(step) {
    return this.arrays.run_outputs[step];
  }

  wrong(step) {
    return this.output(step) !== this.label(step);
  }

  /** The sample of a step; what the reader chose where nothing is recorded, or at the end. */
  sampleAt(step) {
    if (!this.recorded || step >= this.steps) return this.sample;
    const inputs = this.net.inputs.length;
    return Float64Array.from({ length: inputs }, (_, i) =>
      bit(this.arrays.run_samples, step * inputs + i) ? 1 : -1,
    );
  }

  /** Which edges a flip negates together, as Sections in runtime/lemma2.py. */
  findSections() {
    const { net } = this,
      path = net.edge_roles.indexOf("path");
    const sections = { stem: 0, branch: 1, "branch primed": 2 };
    const first = { memory: 0, dual: this.bits, filler: 2 * this.bits };
    const firstOf = net.units.map((name) => first[name] ?? 0),
      sectionOf = net.roles.map((name) => sections[name] ?? 0);
    const none = net.units.indexOf("none");
    this.signsOnly = net.target === "emulation";
    let count = 0;
    for (let e = 0; this.signsOnly && e < net.edges; e++) count += net.edge_role[e] === path;
    this.path = new Uint32Array(count);
    this.unitOf = new Uint32Array(count);
    this.sectionOf = new Uint8Array(count);
    this.units = 0;
    for (let e = 0, i = 0; i < count; e++) {
      if (net.edge_role[e] !== path) continue;
      const v = net.unit[net.to[e]] === none ? net.from[e] : net.to[e];
      this.path[i] = e;
      this.unitOf[i] = firstOf[net.unit[v]] + net.unit_index[v];
      this.sectionOf[i] = sectionOf[net.role[v]];
      this.units = Math.max(this.units, this.unitOf[i] + 1);
      i++;
    }
  }

  /** Memory and the parity of flips before a step; the last one asked for is kept. */
  state(step) {
    if (this.at === step) return this;
    const wrong = [0, 0],
      count = this.units;
    for (let t = 0; t < step && this.recorded; t++)
      if (this.wrong(t)) wrong[this.output(t) > 0 ? 0 : 1]++;
    this.memory = this.initial.slice();
    this.odd = [new Uint8Array(count), new Uint8Array(count)];
    for (const [i, odd] of this.odd.entries()) odd.fill(wrong[i] & 1, this.bits);
    for (let i = 0; i < this.flipSteps.length && this.flipSteps[i] < step; i++) {
      const b = this.flipBits[i];
      this.memory[b] ^= 1;
      if (!this.signsOnly) continue;
      const odd = this.odd[this.output(this.flipSteps[i]) > 0 ? 0 : 1];
      odd[b] ^= 1;
      odd[this.bits + b] ^= 1;
    }
    this.at = step;
    this.weightsNow = this.passNow = null;
    return this;
  }

  negatedAt(i) {
    const unit = this.unitOf[i],
      section = this.sectionOf[i];
    return section === 0 ? this.odd[0][unit] ^ this.odd[1][unit] : this.odd[section - 1][unit];
  }

  /** Shape (edges,): all weights before a step. */
  weights(step) {
    this.state(step);
    if (this.weightsNow) return this.weightsNow;
    const weights = this.built.slice();
    for (let i = 0; i < this.path.length; i++) {
      if (this.negatedAt(i)) weights[this.path[i]] = -weights[this.path[i]];
    }
    for (let i = 0; i < this.changeSteps.length && this.changeSteps[i] < step; i++) {
      weights[this.arrays.change_edges[i]] = this.arrays.change_values[i];
    }
    return (this.weightsNow = weights);
  }

  /** A weight before a step in words, exactly where its sign alone has changed. */
  weightText(e, step) {
    const now = this.weights(step)[e],
      built = this.built[e];
    return now === built || now === -built || Number.isNaN(now)
      ? this.net.weightText(e, now !== built && now === -built)
      : minus(now);
  }

  /** Whether step changes the weight of an edge. */
  moves(e, step) {
    if (!this.recorded || step >= this.steps) return false;
    if (!this.signsOnly) return this.changed(e) === step;
    const i = this.pathPlace(e);
    if (i < 0 || !this.wrong(step)) return false;
    const section = this.sectionOf[i],
      positive = this.output(step) > 0;
    if (section && (section === 1) !== positive) return false;
    const unit = this.unitOf[i];
    if (unit >= 2 * this.bits) return true;
    const flipped = this.flipsIn(step).has(unit % this.bits);
    return unit < this.bits ? flipped : !flipped;
  }

  /** The next step, or with -1 the last one before, that changes one of these edges; -1 if none. */
  nextMove(edges, step, direction = 1) {
    const trained = edges.filter((e) => this.net.trains(e));
    if (!trained.length) return -1;
    for (let t = step + direction; t >= 0 && t < this.steps; t += direction) {
      if (trained.some((e) => this.moves(e, t))) return t;
    }
    return -1;
  }

  /** The memory bit that a gadget holds, if it is such a unit. */
  bitOfGadget(gadget) {
    this.bitOf ??= new Map(
      Array.from(this.memoryEdges, (e, i) => [this.net.gadget[this.net.to[e]], i]),
    );
    return this.bitOf.get(gadget);
  }

  pathPlace(e) {
    const place = firstFrom(0, this.path.length, (i) => this.path[i] < e);
    return this.path[place] === e ? place : -1;
  }

  changed(e) {
    this.changeOf ??= new Map(
      Array.from(this.changeSteps, (step, i) => [this.arrays.change_edges[i], step]),
    );
    return this.changeOf.get(e) ?? -1;
  }

  /** The memory bits that a step flips. */
  flipsIn(step) {
    if (this.flipsStep === step) return this.flipsNow;
    let i = firstFrom(0, this.flipSteps.length, (at) => this.flipSteps[at] < step);
    this.flipsNow = new Set();
    while (this.flipSteps[i] === step) this.flipsNow.add(this.flipBits[i++]);
    this.flipsStep = step;
    return this.flipsNow;
  }

  /** The forward pass before a step: input of f and value of every vertex. Null if not computed. */
  pass(step) {
    if (this.net.not_computed) return null;
    const weights = this.weights(step);
    if (!this.passNow) this.passNow = this.forward(weights, this.sampleAt(step));
    return this.passNow;
  }

  /** Operations in the order of runtime/engines/plan.py, so that the bits are the same. */
  forward(weights, sample) {
    const { net, round, f } = this,
      { from, first, vertices, enteringOf } = net;
    const sums = new Float64Array(vertices),
      values = new Float64Array(vertices);
    values[CONSTANT] = 1;
    for (const [vertex, i] of net.inputNumber) values[vertex] = sample[i];
    const copied = enteringOf.size > 0;
    for (let v = 0; v < vertices; v++) {
      const end = first[v + 1];
      let e = first[v],
        sum = 0;
      if (e === end) continue;
      if (round || copied) {
        const r = round || ((x) => x);
        for (; e < end; e++) {
          let arriving = r(values[from[e]] * r(weights[e]));
          if (copied) arriving = r(arriving * r(Number(enteringOf.get(e) ?? 1)));
          sum = r(sum + arriving);
        }
      } else {
        for (; e < end; e++) sum += values[from[e]] * weights[e];
      }
      sums[v] = sum;
      values[v] = round ? round(f.value(sum)) : f.value(sum);
    }
    return { sums, values };
  }

  /** What the user sets where nothing is recorded. */
  toggle(input) {
    this.sample[input] = -this.sample[input];
    this.passNow = null;
  }
}
