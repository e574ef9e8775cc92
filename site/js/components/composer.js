// The form's behaviour on the page: its box grows with the words, keys send it.

import { control } from "../catalog.js"
import { dimensions, duration, money, number } from "../format.js"

const COMPACT_FROM_PX = 240 // scrolled further, the bar is one line until it is used

export const composer = () => ({
  scrolled: false,
  used: false,

  get box() { return document.getElementById("prompt") },
  get compact() { return this.scrolled && !this.used },

  init() {
    addEventListener("scroll", () => { this.scrolled = scrollY > COMPACT_FROM_PX }, { passive: true })
    this.$root.addEventListener("focusin", () => { this.used = true })
    this.$root.addEventListener("focusout", (e) => { this.used = this.$root.contains(e.relatedTarget) })

    const grow = () => this.grow()
    this.$watch("$store.composer.form.prompt", () => this.$nextTick(grow))
    this.$nextTick(grow)
    let width = 0
    new ResizeObserver(() => {
      if (width !== this.box.offsetWidth) this.grow() // the words break in other places
      width = this.box.offsetWidth
    }).observe(this.box)
    // The page ends above a form that is fixed to the bottom, and keeps its room when it is compact.
    new ResizeObserver(() => {
      if (!this.compact) document.documentElement.style.setProperty("--composer", `${this.$root.offsetHeight}px`)
    }).observe(this.$root)
  },

  grow() {
    const { box } = this
    box.style.height = "auto"
    box.style.height = `${box.scrollHeight}px`
  },

  keys(event) {
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target === this.box) {
      event.preventDefault()
      return this.$store.composer.earlier(event.key === "ArrowUp" ? 1 : -1)
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      this.send(event.shiftKey)
    }
  },

  // send asks for the pictures; with first they come before all that waits.
  async send(first) {
    const composer = this.$store.composer
    if (composer.reason) {
      if (composer.problems.prompt) this.box.focus()
      return
    }
    await composer.submit(first === true)
  },

  showCall() {
    dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })) // closes the panel
    dispatchEvent(new CustomEvent("call-wanted"))
  },

  clear() {
    this.$store.composer.form.prompt = ""
    this.$store.composer.edit()
    this.box.focus()
  },

  get promptError() { return this.$store.composer.error("prompt") },
  get hint() {
    const { composer, app } = this.$store
    if (composer.length === 0) return app.t(app.ready ? "reason.prompt" : "reason.loading")
    return this.promptError ? "" : composer.reason
  },
  get bannerText() {
    const app = this.$store.app
    if (!app.reachable) return app.t("banner.lost")
    if (app.failing.length > 0) return app.t("banner.failing", { parts: app.failing.join(", ") })
    return ""
  },
  get counter() {
    const { composer, app } = this.$store
    const max = composer.model?.prompt.max_runes
    return max ? app.t("compose.length", { n: composer.length, max }) : ""
  },
  get advisedText() {
    const { composer, app } = this.$store
    if (!composer.model) return ""
    const { advised_runes: advised, max_runes: max } = composer.model.prompt
    return app.t("compose.advised", { advised: advised || max, max })
  },
  get nearestText() {
    const { composer, app } = this.$store
    const { width, height } = composer.nearest
    return app.t("size.nearest", { size: dimensions(width, height) })
  },
  get advancedCount() {
    return this.$store.composer.changed + (this.$store.composer.form.set ? 1 : 0) + this.$store.also.extra
  },
  get fieldsWrong() {
    return this.$store.composer.fields.some((f) => this.$store.composer.error(f.name))
  },

  modelFacts(model) {
    const { app } = this.$store
    const facts = [app.t("model.time", { time: duration(model.expected_ms, app.lang) })]
    if (model.price) facts.push(app.t("model.price", { price: money(model.price.micro_cny, app.lang) }))
    facts.push(app.t("model.largest", { size: this.largest(model) }))
    return facts.join(" · ")
  },
  largest(model) { return model.size.presets.at(-1)?.tier ?? "" },
})

// field is one of the model's own parameters; f comes from the loop around it.
export const field = () => ({
  get kind() { return control(this.f) },
  get shown() { return this.$store.composer.shown(this.f) },
  get typed() { return this.$store.composer.given(this.f) ?? "" },
  get lockIcon() { return this.typed === "" ? "#i-lock-open" : "#i-lock" },
  get problem() { return this.$store.composer.error(this.f.name) },
  get written() { return number(this.shown, this.$store.app.lang, { maximumFractionDigits: 2 }) },
  get fill() { return `${((this.shown - this.f.min) / (this.f.max - this.f.min)) * 100}%` },
  get placeholder() {
    if (this.kind === "seed") return this.$store.app.t("seed.random")
    return number(this.f.default, this.$store.app.lang, { maximumFractionDigits: 2 })
  },
  setNumber(event) { this.$store.composer.set(this.f, event.target.valueAsNumber) },
  setChecked(event) { this.$store.composer.set(this.f, event.target.checked) },
})
