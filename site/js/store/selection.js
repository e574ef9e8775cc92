// The tiles that are chosen, to do one thing with all of them.

export const createSelection = ({ store }) => ({
  keys: new Set(),
  from: "", // where a range begins

  get size() { return this.keys.size },
  has(key) { return this.keys.has(key) },

  // tiles are the chosen ones that are still there, in the grid's order.
  get tiles() { return store("library").tiles.filter((t) => this.keys.has(t.key)) },

  toggle(key) {
    if (!this.keys.delete(key)) this.keys.add(key)
    this.from = key
  },

  // range chooses everything between where it began and key.
  range(key) {
    const library = store("library")
    const a = library.indexOf(this.from || library.at), b = library.indexOf(key)
    if (a < 0 || b < 0) return this.toggle(key)
    for (const t of library.tiles.slice(Math.min(a, b), Math.max(a, b) + 1)) this.keys.add(t.key)
  },

  all() { for (const t of store("library").tiles) this.keys.add(t.key) },
  set(keys) { this.keys = new Set(keys) },
  clear() {
    this.keys.clear()
    this.from = ""
  },
})
