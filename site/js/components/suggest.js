// The search box: what its last word may become is listed below it.

import { number } from "../format.js"
import { completed } from "../query.js"

const PAUSE_MS = 120 // in typing, before it is asked

const STATUS = { completed: "COMPLETED", partial: "PARTIAL", failed: "FAILED", cancelled: "CANCELLED" }

export const suggest = () => ({
  items: [],
  word: "", // what a suggestion stands for
  at: -1, // the one that Enter takes
  timer: 0,
  round: 0, // answers to what is not typed any more are dropped

  get open() { return this.items.length > 0 },
  get active() { return this.at < 0 ? false : `suggestion-${this.at}` },

  type() {
    this.$store.library.search()
    this.close()
    this.timer = setTimeout(() => this.ask(), PAUSE_MS)
  },

  async ask() {
    const mine = this.round
    const text = this.$store.library.filter.q
    if (!/\S$/.test(text)) return
    try {
      const { word, items } = await this.$store.library.suggest(text)
      if (mine !== this.round || document.activeElement !== this.$refs.box) return
      this.word = word
      this.items = items.filter((s) => completed(text, word, s).trim() !== text)
    } catch {
      // the box works without
    }
  },

  close() {
    clearTimeout(this.timer)
    this.round++
    this.items = []
    this.at = -1
  },

  take(i) {
    const { library } = this.$store
    library.filter.q = completed(library.filter.q, this.word, this.items[i])
    const more = this.items[i].kind === "operator"
    this.close()
    if (more) this.ask()
    else library.refilter()
    this.$refs.box.focus()
  },

  text(s) { return completed("", "", s).trim() },
  // hint says what a suggestion means.
  hint(s) {
    const { app } = this.$store
    if (s.kind === "operator") return app.t(`operator.${s.text}`)
    if (s.kind === "model") return app.say(app.catalog?.items.find((m) => m.id === s.text)?.name)
    if (s.kind === "status") return STATUS[s.text] ? app.t(`status.${STATUS[s.text]}`) : ""
    return s.count ? number(s.count, app.lang) : ""
  },

  keep: {
    ["@keydown"](event) {
      const n = this.items.length
      const does = {
        ArrowDown: () => { this.at = (this.at + 1) % n },
        ArrowUp: () => { this.at = (this.at <= 0 ? n : this.at) - 1 },
        Enter: () => this.take(this.at),
        Escape: () => this.close(),
      }[event.key]
      if (!does || n === 0 || event.isComposing || (event.key === "Enter" && this.at < 0)) return
      event.preventDefault()
      does()
    },
    ["@focusout"](event) {
      if (!this.$root.contains(event.relatedTarget)) this.close()
    },
  },
})
