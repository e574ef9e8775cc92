// The page around its parts: keys that work everywhere, the title, what is said of the service.

import { bytes, moment, number, writer } from "../format.js"
import { narrowed, unshown } from "../query.js"

// Examples fill the whole form. Their words are in the dictionaries.
const EXAMPLES = [
  { name: "mountain", ratio: "16:9", value: 16 / 9, count: 2 },
  { name: "tea", ratio: "3:4", value: 3 / 4, count: 1 },
  { name: "poster", ratio: "2:3", value: 2 / 3, count: 1 },
  { name: "fox", ratio: "1:1", value: 1, count: 4 },
]

const STATUSES = ["COMPLETED", "PARTIAL", "FAILED", "CANCELLED"]

// What more can be asked for.
const RATIOS = ["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"]
const SPANS = [1, 7, 30] // days

const THEME_ICONS = { light: "#i-sun", dark: "#i-moon", system: "#i-monitor" }

const TILE_SIZES = [
  { name: "small", icon: "#i-grid-3x3" },
  { name: "medium", icon: "#i-layout-grid" },
  { name: "large", icon: "#i-square" },
]

const pictureOf = (data) => [...(data?.files ?? [])].find((f) => /^image\/(png|jpeg|webp)$/.test(f.type))

export const page = () => ({
  examples: EXAMPLES,
  statuses: STATUSES,
  tileSizes: TILE_SIZES,
  drawer: false, // on a phone: the sidebar is open

  init() {
    this.$watch("$store.tasks.busy", (n) => this.entitle(n))
    this.$watch("$store.library.untouched", (yes) => { this.$store.library.wasUntouched = yes })
    history.scrollRestoration = "manual"
    this.$store.route.follow()
    addEventListener("hashchange", () => this.$store.route.follow())
    addEventListener("popstate", () => this.$store.viewer.follow())
    addEventListener("pagehide", () => this.$store.library.remember())
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.$store.library.remember()
      else {
        document.querySelector("link[rel=icon]").href = "/favicon.svg"
        this.$store.app.seen()
      }
    })
    addEventListener("online", () => this.$store.app.knock())
  },

  // Bound by x-bind, for a handler in markup cannot tell where a key was pressed.
  listeners: {
    ["@keydown.window"](event) { this.shortcut(event) },
  },

  shortcut(event) {
    if (event.target.closest?.("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return
    const { tasks } = this.$store
    const does = {
      "/": () => document.getElementById("prompt").focus(),
      "?": () => dispatchEvent(new CustomEvent("keys-wanted")),
      q: () => document.getElementById("strip").focus(),
      X: () => tasks.running[0] && tasks.cancel(tasks.running[0]),
    }[event.key]
    if (!does) return
    event.preventDefault()
    does()
  },

  // A picture that is dropped or pasted anywhere brings its recipe.
  drops: {
    ["@dragover.window"](event) {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault()
    },
    ["@drop.window"](event) {
      if (!event.dataTransfer?.types.includes("Files")) return
      event.preventDefault() // or the browser leaves the page for the file
      const file = pictureOf(event.dataTransfer)
      if (file) return this.$store.composer.readRecipe(file)
      const zips = [...event.dataTransfer.files].filter((f) => /\.zip$/i.test(f.name))
      if (zips.length === 0) return this.$store.toasts.add({ kind: "error", text: this.$store.app.t("drop.unknown") })
      this.$store.archive.open()
      this.$store.archive.bring(zips)
    },
    ["@paste.window"](event) {
      const file = pictureOf(event.clipboardData)
      if (!file) return
      event.preventDefault()
      this.$store.composer.readRecipe(file)
    },
  },

  // entitle counts what runs in the title, and marks the icon until the tab is looked at.
  entitle(running) {
    document.title = running > 0 ? `(${running}) volcimage` : "volcimage"
    if (running > 0) return
    if (document.hidden) document.querySelector("link[rel=icon]").href = "/favicon-done.svg"
  },

  openDrawer() {
    this.drawer = true
    this.$nextTick(() => document.querySelector(".place").focus())
  },
  drawerKeys: {
    ["@keydown.escape"]() { this.closeDrawer() },
    ["@click.outside"](event) {
      if (!event.target.closest(".topbar")) this.drawer = false
    },
    ["@focusout"](event) {
      if (event.relatedTarget && !event.relatedTarget.closest(".sidebar")) this.drawer = false
    },
  },
  closeDrawer() {
    if (!this.drawer) return
    this.drawer = false
    this.$refs.menu.focus()
  },

  // counted is a choice of a filter with how many there are, where all of the library is shown.
  counted(name, kind, key) {
    const { library, app } = this.$store
    const n = library.inside ? 0 : library.counts?.[kind][key]
    return n > 0 ? `${name} · ${number(n, app.lang)}` : name
  },

  // chips are the conditions that no field shows, each with its words.
  get chips() {
    const { library, app, composer, shelves } = this.$store
    const { filter } = library
    const has = {
      status: (s) => STATUSES.includes(s), model: (m) => composer.models.some((x) => x.id === m), tag: (tag) => library.tags.includes(tag),
    }
    const day = (text) => (text.includes("T") ? moment(text, app.lang) : writer(Intl.DateTimeFormat, app.lang, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(text)))
    const words = {
      status: (s) => s.split(",").map((one) => app.t(`status.${one}`)).join(" · "),
      folder: (id) => shelves.find("folders", id)?.name ?? app.t("place.folder"),
      favourite: () => app.t("place.favourites"), error: () => app.t("filter.error"),
      from: (text) => app.t("filter.from", { day: day(text) }), to: (text) => app.t("filter.to", { day: day(text) }),
    }
    return unshown(filter, has).map((name) => ({ name, text: words[name]?.(filter[name]) ?? filter[name] }))
  },
  ratios: RATIOS,
  spans: SPANS,
  narrow(select) {
    const { library, app } = this.$store
    library.filter = narrowed(library.filter, select.value, Date.now() + app.offset)
    select.value = ""
    library.refilter()
  },
  widen(name) {
    this.$store.library.filter[name] = ""
    this.$store.library.refilter()
  },

  turnOrder() {
    const { library } = this.$store
    library.filter.order = library.filter.order === "oldest" ? "" : "oldest"
    library.refilter()
  },
  questionMark: "?",
  openSettings() { this.open("settings-wanted") },
  openArchive() {
    this.drawer = false
    this.$store.archive.open()
  },
  openTags() {
    this.drawer = false
    this.$store.tags.open()
  },
  openKeys() { this.open("keys-wanted") },
  open(name) {
    this.drawer = false
    dispatchEvent(new CustomEvent(name))
  },

  useExample(example) {
    if (!this.$store.app.ready) return
    this.$store.composer.fill({ ...example, prompt: this.$store.app.t(`example.${example.name}`) })
    this.$nextTick(() => document.getElementById("prompt").focus())
  },

  get otherLanguage() { return this.$store.app.lang === "en" ? "zh-CN" : "en" },

  get themeIcon() { return THEME_ICONS[this.$store.app.theme] },
  get runningText() {
    const { busy, paused } = this.$store.tasks
    const { app } = this.$store
    if (paused) return app.t("current.paused", { n: busy })
    return busy > 0 ? app.t("current.running", { n: busy }) : ""
  },
  get countText() {
    const { library, app } = this.$store
    if (!library.loaded) return ""
    if (library.more && library.total > 0) return app.t("library.total", { n: library.total })
    return app.t(library.more ? "library.countMore" : "library.count", { n: library.size })
  },
  get storageShare() {
    const { used_bytes: used, limit_bytes: limit } = this.$store.app.storage
    return `${Math.min(100, (used / limit) * 100)}%`
  },
  get storageText() {
    const { storage, lang } = this.$store.app
    if (!storage) return ""
    const args = { n: storage.images, used: bytes(storage.used_bytes, lang), limit: bytes(storage.limit_bytes, lang) }
    return this.$store.app.t("library.storage", args)
  },
})
