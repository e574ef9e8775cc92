// Two pictures to be told apart.

export const createCompare = ({ store }) => ({
  a: null,
  b: null,
  mode: "slider",

  get ready() { return this.a !== null && this.b !== null },

  show() {
    const [a, b] = store("selection").pictures
    if (!b) return
    this.a = a
    this.b = b
  },
  swap() { [this.a, this.b] = [this.b, this.a] },
  close() { this.a = this.b = null },
})
