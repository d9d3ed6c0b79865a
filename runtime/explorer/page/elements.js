// Small parts: elements of the page and of pictures, names and numbers for people.

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes = {}, ...children) {
  const found = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

function h(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else if (name === "style")
      found.style.cssText = value; // an attribute would be refused
    else if (value === true) found.setAttribute(name, "");
    else if (value !== false && value !== undefined) found.setAttribute(name, value);
  }
  found.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== ""),
  );
  return found;
}

function markers() {
  const defs = svg("defs");
  for (const [name, path] of [
    ["arrow", "M0,0L7,3.5L0,7z"],
    ["bar", "M5,0h2v7h-2z"],
    ["dot", "M0,1L5,3.5L0,6z"],
  ]) {
    defs.append(
      svg(
        "marker",
        {
          id: name,
          viewBox: "0 0 7 7",
          refX: 7,
          refY: 3.5,
          markerWidth: 7,
          markerHeight: 7,
          orient: "auto-start-reverse",
          markerUnits: "userSpaceOnUse",
          class: `end ${name}`,
        },
        svg("path", { d: path }),
      ),
    );
  }
  return defs;
}

const minus = (text) => String(text).replace(/^-/, "−");

/** A number for people: whole, a fraction of a power of two, or four digits. */
function shown(x) {
  if (Object.is(x, -0)) return "0";
  for (let k = 0; k <= 12; k++) {
    const whole = x * 2 ** k;
    if (Number.isInteger(whole) && Math.abs(whole) < 1e6)
      return minus(k ? `${whole}/${2 ** k}` : whole);
  }
  return minus(Number.isFinite(x) ? Number(x.toPrecision(4)) : x);
}

const clipped = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const counted = (n, word) =>
  `${n.toLocaleString("en")} ${n === 1 ? word : word === "vertex" ? "vertices" : `${word}s`}`;
