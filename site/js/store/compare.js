// Two pictures to be told apart.

export const createCompare = ({ store }) => ({
  here: false, // the dialog is there
  a: null,
  b: null,
  mode: "slider",

  get ready() { return this.a !== null && this.b !== null },

  show() {
    const [a, b] = store("selection").pictures
    if (!b) return
    this.here = true
    setTimeout(() => Object.assign(this, { a, b })) // once it is drawn
  },
  swap() { [this.a, this.b] = [this.b, this.a] },
  close() { this.a = this.b = null },
})
