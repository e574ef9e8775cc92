// The list of what the typed words may become, below the prompt. The focus stays in the
// prompt; arrows walk the list, Enter takes, Escape closes.

import { offers, taken, typedAt } from "../complete.js"

export const complete = () => ({
  typed: null, // what is completed; null while nothing is
  offers: [],
  at: 0,
  round: 0, // of typing: what comes late for an earlier one is dropped

  get box() { return document.getElementById("prompt") },

  init() {
    this.box.addEventListener("input", () => this.look())
    this.box.addEventListener("blur", () => this.leave())
    this.box.addEventListener("keydown", (e) => this.keys(e), true)
  },

  get open() { return this.typed !== null && this.offers.length > 0 },
  get chosen() { return this.open ? `offer-${this.at}` : false },
  get said() { return this.open ? this.$store.app.t("complete.count", { n: this.offers.length }) : "" },

  // look finds what may be offered. Templates are asked for once something is typed that may be one.
  async look() {
    const { composer } = this.$store
    const mine = ++this.round
    if (!this.$store.app.ready || !/^\/|[{｛]/.test(this.box.value)) return this.leave()
    const typed = () => typedAt(this.box.value, this.box.selectionStart)
    if (!typed()) return this.leave()
    const templates = await composer.knownTemplates()
    if (mine !== this.round) return // more was typed meanwhile
    this.typed = typed()
    if (!this.typed) return
    this.offers = offers(this.typed, { templates, sent: composer.sent })
    this.at = 0
  },

  leave() { this.typed = null },

  keys(event) {
    if (!this.open || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return
    const n = this.offers.length
    const does = {
      ArrowDown: () => { this.at = (this.at + 1) % n },
      ArrowUp: () => { this.at = (this.at + n - 1) % n },
      Enter: () => this.take(this.offers[this.at]),
      Escape: () => this.leave(),
    }[event.key]
    if (!does || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    does()
  },

  async take(offer) {
    const { composer } = this.$store
    const typed = this.typed
    this.typed = null
    if (offer.template) {
      composer.form.prompt = ""
      return composer.useTemplate(offer.template)
    }
    const { text, caret } = taken(this.box.value, this.box.selectionStart, typed, offer)
    composer.form.prompt = text
    composer.edit()
    this.$nextTick(() => this.box.setSelectionRange(caret, caret))
  },
})
