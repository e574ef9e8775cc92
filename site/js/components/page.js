// The page around its parts: keys that work everywhere, the title, what is said of the service.

import { bytes } from "../format.js"

// Examples fill the whole form. Their words are in the dictionaries.
const EXAMPLES = [
  { name: "mountain", ratio: "16:9", value: 16 / 9, count: 2 },
  { name: "tea", ratio: "3:4", value: 3 / 4, count: 1 },
  { name: "poster", ratio: "2:3", value: 2 / 3, count: 1 },
  { name: "fox", ratio: "1:1", value: 1, count: 4 },
]

const STATUSES = ["COMPLETED", "PARTIAL", "FAILED", "CANCELLED"]

export const page = () => ({
  examples: EXAMPLES,
  statuses: STATUSES,

  init() {
    this.$watch("$store.tasks.busy", (n) => this.entitle(n))
    this.$watch("$store.library.untouched", (yes) => { this.$store.library.wasUntouched = yes })
    addEventListener("pagehide", () => this.leave())
    addEventListener("pageshow", () => { this.$store.app.leaving = false })
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.$store.app.seen() })
    addEventListener("online", () => this.$store.app.knock())
  },

  // Bound by x-bind, for a handler in markup cannot tell where a key was pressed.
  listeners: {
    ["@keydown.window"](event) { this.shortcut(event) },
  },

  shortcut(event) {
    const typing = event.target.closest?.("input, textarea, select, dialog")
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    document.getElementById("prompt").focus()
  },

  entitle(running) {
    document.title = running > 0 ? `(${running}) volcimage` : "volcimage"
  },

  leave() {
    this.$store.app.leaving = true
    this.$store.toasts.flush()
  },

  useExample(example) {
    if (!this.$store.app.ready) return
    this.$store.composer.fill({ ...example, prompt: this.$store.app.t(`example.${example.name}`) })
    this.$nextTick(() => document.getElementById("prompt").focus())
  },

  get otherLanguage() { return this.$store.app.lang === "en" ? "zh-CN" : "en" },

  get bannerText() {
    const app = this.$store.app
    if (!app.reachable) return app.t("banner.lost")
    if (app.failing.length > 0) return app.t("banner.failing", { parts: app.failing.join(", ") })
    return ""
  },

  get storageText() {
    const { storage, lang } = this.$store.app
    if (!storage) return ""
    const args = { n: storage.images, used: bytes(storage.used_bytes, lang), limit: bytes(storage.limit_bytes, lang) }
    return this.$store.app.t("library.storage", args)
  },
})
