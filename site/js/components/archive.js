// The dialog that takes pictures out and brings archives in.

import { download } from "../files.js"
import { bytes, moment } from "../format.js"
import { wait } from "../wait.js"
import { hideDialog, showDialog } from "./dialogs.js"

const FORMATS = ["zip", "json", "csv"]
const PATIENCE_MS = 400
const MOST_NAMED = 1_000 // the API's limit
const FEW_PARTS = 6
const DOWNLOAD_PAUSE_MS = 1_000

export const archive = () => ({
  formats: FORMATS,
  format: "zip",
  scope: "all",
  back: null, // what had the focus
  unfolded: "", // the export whose many files are shown

  init() { addEventListener("archive-wanted", () => this.show()) },

  // show waits a moment for the list, so that what it brings does not push what one looks at.
  async show() {
    this.back = document.activeElement
    this.scope = this.scopes.at(-1).name
    await Promise.race([this.$store.archive.load(), wait(PATIENCE_MS)])
    if (!this.$root.open) showDialog(this.$root)
  },
  close() {
    this.$store.archive.rest()
    hideDialog(this.$root)
    this.back?.focus()
  },

  get chosen() { return this.$store.selection.every ? [] : this.$store.selection.tasks.map((x) => x.task_id) },
  // scopes are what can be taken out: all, what the search box finds, what is chosen.
  get scopes() {
    const { app, library } = this.$store
    const list = [{ name: "all", says: app.t("archive.all") }]
    const { q, order, ...others } = library.filter
    if (q.trim() && !library.inside && !Object.values(others).some(Boolean)) list.push({ name: "found", says: app.t("archive.found", { q: q.trim() }) })
    const n = this.chosen.length
    if (n > 0 && n <= MOST_NAMED) list.push({ name: "chosen", says: app.t("archive.chosen", { n }) })
    return list
  },

  begin() {
    const what = { all: {}, found: { q: this.$store.library.filter.q.trim() }, chosen: { ids: this.chosen } }[this.scope]
    this.$store.archive.begin(this.format, what)
  },

  what(e) {
    const { app } = this.$store
    const of = e.q ? app.t("archive.found", { q: e.q }) : e.selected ? app.t("archive.chosen", { n: e.selected }) : app.t("archive.all")
    return `${e.format.toUpperCase()} · ${of}`
  },
  how(e) {
    const { app, library } = this.$store
    if (e.status === "failed") return app.say(e.error?.title)
    const total = e.q || e.selected ? 0 : library.kept
    const of = e.status === "running" && total > e.tasks ? "archive.packedOf" : "archive.packed"
    const so = app.t(of, { n: e.tasks, total, size: bytes(e.bytes, app.lang) })
    if (e.status === "running") return `${app.t("archive.running")} · ${so}`
    return e.parts.length > 0 ? `${so} · ${app.t("archive.until", { time: moment(e.kept_until, app.lang) })}` : `${so} · ${app.t("archive.gone")}`
  },
  folded(e) { return e.parts.length > FEW_PARTS && this.unfolded !== e.export_id },
  // downloadEvery downloads all files of an export, with pauses: a browser drops some that come at once.
  async downloadEvery(e) {
    for (const p of e.parts) {
      download(p.url)
      await wait(DOWNLOAD_PAUSE_MS)
    }
  },
  part(e, i) {
    const { app } = this.$store
    const size = bytes(e.parts[i].bytes, app.lang)
    return e.parts.length > 1 ? app.t("archive.part", { i: i + 1, size }) : `${app.t("action.download")} · ${size}`
  },

  get bringing() {
    const { app, archive } = this.$store
    return archive.bringing ? app.t(`bring.${archive.bringing.stage}`, archive.bringing) : ""
  },
  get share() {
    const now = this.$store.archive.bringing
    return now?.total > 0 ? `${(now.done / now.total) * 100}%` : "0%"
  },
  get brought() {
    const { app, archive } = this.$store
    const m = archive.brought
    if (!m) return ""
    if (m.error) return `${m.name}: ${app.say(m.error.message)}`
    return [app.t("bring.imported", { n: m.imported }), m.present > 0 && app.t("bring.present", { n: m.present }), m.refused > 0 && app.t("bring.refused", { n: m.refused }), m.records > 0 && app.t("bring.records", { n: m.records })].filter(Boolean).join(" · ")
  },
  bring(event) {
    const files = [...event.target.files]
    event.target.value = ""
    if (files.length > 0) this.$store.archive.bring(files)
  },
})
