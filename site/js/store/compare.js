// Two pictures to be told apart.

import { compare } from "../components/compare.js"

export const createCompare = ({ store, component }) => ({
  here: false, // the dialog is there
  a: null,
  b: null,
  mode: "slider",

  get ready() { return this.a !== null && this.b !== null },

  show() {
    const [a, b] = store("selection").pictures
    if (!b) return
    if (!this.here) component("compare", compare)
    this.here = true
    setTimeout(() => Object.assign(this, { a, b })) // once it is drawn
  },
  swap() { [this.a, this.b] = [this.b, this.a] },
  close() { this.a = this.b = null },
})
