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

const button = (id, text, title, go) => h("button", { id, title, onclick: go }, text);

const tr = (...cells) => h("tr", {}, cells);

/** A table of rows, which may have a head. */
const table = (attributes, rows, ...heads) =>
  h(
    "table",
    attributes,
    heads.length ? h("thead", {}, tr(heads.map((text) => h("th", {}, text)))) : null,
    h("tbody", {}, rows),
  );

const pairTable = (attributes, pairs) =>
  table(
    attributes,
    pairs.map((pair) => tr(pair.map((part) => h("td", {}, part)))),
  );

/** A fact in the strip: its name, small, and what it is. */
const fact = (name, id, text) =>
  h("span", {}, h("small", {}, `${name} `), h("b", { id }, text));

/** Shows an input by its sign. */
function showSign(cell, value, more = "") {
  cell.textContent = value > 0 ? "+" : "−";
  cell.className = `bit${value > 0 ? " one" : ""}${more}`;
  return cell;
}

const quiet = (text, id) => h("p", { class: "quiet", id }, text);

const commas = (n) => n.toLocaleString("en");

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
  `${commas(n)} ${n === 1 ? word : word === "vertex" ? "vertices" : `${word}s`}`;
