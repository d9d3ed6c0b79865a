// A net: flat arrays as in compiler/net.py, and the names of things.

const CONSTANT = 0;

class Net {
  constructor(values, arrays) {
    Object.assign(this, values);
    this.arrays = arrays;
    for (const name of [
      "role",
      "unit",
      "unit_index",
      "path_index",
      "label",
      "line",
      "level",
      "gadget",
      "component_of_gadget",
      "fan_in",
      "value",
      "edge_role",
    ])
      this[name] = arrays[name];
    this.labels = strings(arrays.labels);
    this.componentNames = strings(arrays.component_names);
    this.inputs = paired(arrays.input_vertices, arrays.input_names);
    this.outputs = paired(arrays.output_vertices, arrays.output_names);
    this.components = this.componentNames.length;
    this.gadgets = this.component_of_gadget.length;
    this.weightOf = Float64Array.from(values.values, (value) => value[1] ?? NaN);
    this.copiesOf = new Map(values.copies);
    this.enteringOf = new Map(values.fan_in_copies);
    this.inputNumber = new Map(this.inputs.map(([vertex], i) => [vertex, i]));
    this.readEdges();
    [this.gadgetFirst, this.inGadget] = grouped(this.gadget, this.gadgets);
    [this.componentFirst] = grouped(this.component_of_gadget, this.components);
  }

  /** Edges are sorted by target; first[v] to first[v + 1] are those into v. */
  readEdges() {
    const { vertices, edges, fan_in } = this,
      coded = this.arrays.source;
    this.first = new Uint32Array(vertices + 1);
    this.from = new Uint32Array(edges);
    this.to = new Uint32Array(edges);
    for (let v = 0, e = 0; v < vertices; v++) {
      const fan = fan_in[v],
        alike = v > 0 && fan === fan_in[v - 1];
      for (let i = 0; i < fan; i++, e++) {
        this.from[e] = alike ? this.from[e - fan] + coded[e] : v - coded[e];
        this.to[e] = v;
      }
      this.first[v + 1] = e;
    }
  }

  /** Edges out of v: readers[readersFirst[v]] to readers[readersFirst[v + 1]]. */
  edgesOut(v) {
    if (!this.readers) [this.readersFirst, this.readers] = grouped(this.from, this.vertices);
    return this.readers.subarray(this.readersFirst[v], this.readersFirst[v + 1]);
  }

  edgesInto(v) {
    const found = [];
    for (let e = this.first[v]; e < this.first[v + 1]; e++) found.push(e);
    return found;
  }

  verticesOf(gadget) {
    return this.inGadget.subarray(this.gadgetFirst[gadget], this.gadgetFirst[gadget + 1]);
  }

  componentOf(v) {
    return this.component_of_gadget[this.gadget[v]];
  }

  gadgetsOf(component) {
    const found = [];
    for (let g = this.componentFirst[component]; g < this.componentFirst[component + 1]; g++)
      found.push(g);
    return found;
  }

  kindOf(component) {
    return this.kinds[this.component_kind[component]];
  }

  roleName(v) {
    return this.roles[this.role[v]];
  }

  isBias(e) {
    return this.edge_roles[this.edge_role[e]] === "bias";
  }

  trains(e) {
    const role = this.edge_roles[this.edge_role[e]];
    return role === "path" || role === "output control";
  }

  computes(v) {
    return this.fan_in[v] > 0;
  }

  /** As Net.vertex_name in compiler/net.py. */
  vertexName(v) {
    const role = this.roleName(v),
      unit = this.units[this.unit[v]],
      label = this.labels[this.label[v]];
    if (role === "constant") return "the constant vertex";
    if (role === "source") return "v0";
    if (unit === "none") return `${role.replace(/ /g, "_")} ${label}`;
    return `${this.partName(v)} of ${unit === "cell" ? "cell" : `${unit} unit`} ${label}`;
  }

  /** v1, vc', ...: what the paper calls a vertex of a unit. */
  partName(v) {
    const role = this.roleName(v),
      prime = role.endsWith("primed") ? "'" : "";
    if (role === "read") return "vr";
    if (role === "state") return "the reader of v2";
    return `${this.path_index[v] >= 0 ? `v${this.path_index[v]}` : "vc"}${prime}`;
  }

  /** A name for a small box. */
  shortName(v) {
    const role = this.roleName(v);
    if (role === "constant") return "1";
    if (role === "source") return "v0";
    if (this.units[this.unit[v]] !== "none") return role === "state" ? "read v2" : this.partName(v);
    return this.labels[this.label[v]] || role;
  }

  gadgetName(gadget) {
    const v = this.inGadget[this.gadgetFirst[gadget]],
      unit = this.units[this.unit[v]];
    const role = this.roleName(v),
      label = this.baseLabel(v);
    if (unit === "filler" && this.unit_index[v] < 0) return "controls of all fillers";
    if (unit !== "none") return `${unit === "cell" ? "cell" : `${unit} unit`} ${label}`;
    return role === "constant" ? "constant" : `${role} ${label}`;
  }

  /** The gate's own name for a vertex that helps it. */
  baseLabel(v) {
    const label = this.labels[this.label[v]];
    if (!label.endsWith("/hidden")) return label;
    if (!this.numberOfLabel) this.numberOfLabel = new Map(this.labels.map((text, i) => [text, i]));
    const base = label.slice(0, -7);
    return this.numberOfLabel.has(base) ? base : label;
  }

  /** The vertex that stands for a gadget: a gate's own, v1 of a unit. */
  mainVertex(gadget) {
    const inside = this.verticesOf(gadget),
      first = inside[0];
    return this.units[this.unit[first]] === "none" ? inside[inside.length - 1] : first;
  }

  place(v) {
    return this.line[v] ? `${this.file}:${this.line[v]}` : "";
  }

  weightText(e, negated) {
    const text = this.values[this.value[e]][0];
    return minus(!negated ? text : text.startsWith("-") ? text.slice(1) : `-${text}`);
  }
}

/** Counting sort: where each group begins, and the items by group in ascending order. */
function grouped(groupOf, groups) {
  const first = new Uint32Array(groups + 1),
    items = new Uint32Array(groupOf.length);
  for (let i = 0; i < groupOf.length; i++) first[groupOf[i] + 1]++;
  for (let g = 0; g < groups; g++) first[g + 1] += first[g];
  const next = first.slice();
  for (let i = 0; i < groupOf.length; i++) items[next[groupOf[i]]++] = i;
  return [first, items];
}

/** [vertex, name] of each port. */
function paired(vertices, names) {
  const found = strings(names);
  return Array.from(vertices, (vertex, i) => [vertex, found[i]]);
}
