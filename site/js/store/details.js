// The panel beside the grid: everything about the tile that has the focus.

export const createDetails = ({ store }) => ({
  open: false,
  key: "",

  get item() { return this.open ? store("library").find(this.key) : null },

  show(key) {
    this.key = key
    this.open = true
  },
  // follow shows another tile where the panel is open already.
  follow(key) { if (this.open) this.key = key },
  toggle(key) {
    if (this.open && this.key === key) this.close()
    else this.show(key)
  },
  close() { this.open = false },
})
