// Machines: the configuration that memory bits hold.

/** A configuration from memory bits, as Encoding.decode in circuits/machines/encoding.py. */
function decoded(machine, memory) {
  const { symbol_codes, state_codes, symbol_bits, state_bits, cells, heads } = machine;
  const number = (from, width) => {
    let found = 0;
    for (let i = 0; i < width; i++) found |= memory[from + i] << i;
    return found;
  };
  const symbols = cells.map((_, i) => symbol_codes.indexOf(number(i * symbol_bits, symbol_bits)));
  const start = cells.length * symbol_bits,
    after = start + heads.length;
  const state = state_codes.indexOf(number(after, state_bits));
  return {
    symbols,
    heads: heads.filter((_, i) => memory[start + i]),
    state: state < 0 ? null : state,
    left: Boolean(memory[after + state_bits]),
  };
}
