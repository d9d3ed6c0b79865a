// The activation f, as runtime/activation.py computes it: pieces, and cubics between them.

class Activation {
  constructor(net) {
    for (const [name, [, value]] of Object.entries(net.activation)) this[name] = value;
    const p = this.exponent,
      from = this.power_from,
      to = this.power_to;
    this.lower = hermite(
      this.dead_zone,
      from,
      0,
      power(from, p),
      0,
      from ? p * power(from, p - 1) : 0,
    );
    this.upper = hermite(
      to,
      this.plateau_from,
      power(to, p),
      this.plateau,
      p * power(to, p - 1),
      0,
    );
  }

  value(x) {
    const size = Math.abs(x);
    const y =
      size >= this.plateau_from
        ? this.plateau
        : size <= this.dead_zone
          ? 0
          : size >= this.power_from && size <= this.power_to
            ? power(size, this.exponent)
            : cubic(size, size < this.power_from ? this.lower : this.upper);
    return x < 0 ? -y : y; // a sum is never -0, as it starts at 0
  }

  /** The piece that an input lies on, and how far it is from where the piece ends. */
  piece(x) {
    const size = Math.abs(x);
    if (size >= this.plateau_from) return ["plateau", size - this.plateau_from];
    if (size <= this.dead_zone) return ["dead", this.dead_zone - size];
    if (size >= this.power_from && size <= this.power_to) {
      const down = this.power_from > 0 ? size - this.power_from : Infinity;
      return ["power", Math.min(down, this.power_to - size)];
    }
    return ["blend", 0];
  }
}

function power(x, p) {
  return p === 0 ? 1 : p === 1 ? x : p === 2 ? x * x : p === 3 ? x * x * x : x ** p;
}

function hermite(x0, x1, y0, y1, slope0, slope1) {
  const width = x1 - x0,
    rise = y1 - y0,
    bend = slope0 * width,
    end = slope1 * width;
  return { x0, width, y0, bend, a: bend + end - 2 * rise, b: 3 * rise - 2 * bend - end };
}

function cubic(x, { x0, width, y0, bend, a, b }) {
  const t = (x - x0) / width;
  return y0 + t * (bend + t * (b + t * a));
}
