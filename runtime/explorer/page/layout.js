// Columns by rank, rows by barycentre, as runtime/explorer/layout.py does for components.

const GAP = { x: 64, y: 14 };

/** Sets x and y of every node of a scene from its rank; long columns are broken into several. */
function layered(scene) {
  const { nodes } = scene,
    edges = scene.edges.filter((edge) => !edge.faint);
  const ranks = [...new Set(nodes.map((node) => node.rank))].sort((a, b) => a - b);
  const rankOf = new Map(ranks.map((rank, i) => [rank, i]));
  const columns = ranks.map(() => []);
  for (const node of nodes) columns[rankOf.get(node.rank)].push(node);
  const left = new Map(nodes.map((node) => [node, []]));
  const right = new Map(nodes.map((node) => [node, []]));
  for (const { a, b } of edges) {
    const [near, far] =
      nodes[a].rank <= nodes[b].rank ? [nodes[a], nodes[b]] : [nodes[b], nodes[a]];
    if (near.rank === far.rank) continue;
    right.get(near).push(far);
    left.get(far).push(near);
  }
  const place = (column) =>
    column.forEach((node, i) => {
      node.row = i - (column.length - 1) / 2;
    });
  columns.forEach(place);
  for (let sweep = 0; sweep < 8; sweep++) {
    const near = sweep % 2 ? right : left;
    for (const column of sweep % 2 ? columns.slice().reverse() : columns) {
      for (const node of column) {
        const others = near.get(node);
        node.wish = others.length
          ? others.reduce((sum, o) => sum + o.row, 0) / others.length
          : node.row;
      }
      column.sort((p, q) => p.wish - q.wish);
      place(column);
    }
  }
  const most = Math.max(16, Math.ceil(1.3 * Math.sqrt(nodes.length)));
  const middle = Math.max(...columns.map((column) => tall(column.filter((node) => !node.lane))));
  let x = 0;
  for (const column of columns) {
    const parts = Math.ceil(column.length / most),
      per = Math.ceil(column.length / parts);
    for (let from = 0; from < column.length; from += per) {
      x = stack(column.slice(from, from + per), x, middle);
    }
    x += parts > 1 ? GAP.x / 2 : 0;
  }
  return scene;
}

const needs = (node) => node.h + (node.below ?? 0) + GAP.y;

const tall = (column) => column.reduce((sum, node) => sum + needs(node), 0);

/** One column of nodes, centred on 0; those of a lane above or below the middle. Where the next begins. */
function stack(column, x, middle) {
  const width = Math.max(...column.map((node) => node.w));
  for (const lane of [-1, 0, 1]) {
    const inside = column.filter((node) => (node.lane ?? 0) === lane),
      height = tall(inside);
    let y = lane === 0 ? -height / 2 : lane < 0 ? -middle / 2 - height : middle / 2;
    for (const node of inside) {
      node.x = x + width / 2;
      node.y = y + node.h / 2;
      y += needs(node);
    }
  }
  return x + width + (column[0].kind === "vertex" ? 0.8 : 1) * GAP.x;
}

/** Components stand where Python has put them. */
function gridded(nodes, column, row) {
  const width = Math.max(...nodes.map((node) => node.w)),
    height = Math.max(...nodes.map((node) => node.h));
  const gap = nodes.length > 30 ? GAP.x / 1.6 : GAP.x;
  nodes.forEach((node, i) => {
    node.x = column[i] * (width + gap);
    node.y = row[i] * (height + GAP.y);
  });
}
