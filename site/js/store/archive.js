// Out of here and in again: exports go on by themselves and leave files to download; archives
// come in by pieces, so that a broken connection costs one of them.

import { Unreachable } from "../api.js"
import { wait } from "../wait.js"

const POLL_MS = 1_200
const TRIES = 4, PAUSE_MS = 1_500 // for a piece that does not arrive

export const createArchive = ({ api, store }) => ({
  exports: [], // newest first; those that are over with their parts
  loaded: false,
  timer: 0,
  bringing: null, // the archive that comes in: {name, stage, done, total}
  brought: null, // what became of the last one: {name, imported, present, refused, records, results} or {name, error}

  open() { dispatchEvent(new CustomEvent("archive-wanted")) },

  get running() { return this.exports.some((e) => e.status === "running") },

  // load reads the list, and goes on while something is under way.
  async load() {
    clearTimeout(this.timer)
    try {
      const all = await api.exports()
      this.exports = await Promise.all(all.map((e) => (e.status === "done" && Date.parse(e.kept_until) > Date.now() ? api.oneExport(e.export_id) : e)))
      this.loaded = true
    } catch (err) {
      store("toasts").problem(err)
    }
    if (this.running) this.timer = setTimeout(() => this.load(), POLL_MS)
  },
  rest() { clearTimeout(this.timer) },

  // begin asks for tasks as files: all of them, those of ids, or what a search finds.
  async begin(format, what) {
    try {
      const begun = await api.beginExport({ format, ...what })
      this.exports = [begun, ...this.exports]
      this.timer = setTimeout(() => this.load(), POLL_MS)
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  async remove(id) {
    try {
      await api.dropExport(id)
      this.exports = this.exports.filter((e) => e.export_id !== id)
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  // bring takes archives in, one after the other.
  async bring(files) {
    for (const file of files) {
      let id = ""
      try {
        const open = await api.openImport(file.size)
        id = open.import_id
        await this.send(file, open)
        await api.startImport(id)
        await this.follow(file.name, id)
      } catch (err) {
        this.brought = null
        store("toasts").problem(err instanceof Unreachable ? new Error(store("app").t("error.unreachable")) : err)
        if (id) api.dropImport(id).catch(() => {}) // it goes by itself after a day
      } finally {
        this.bringing = null
      }
    }
    store("shelves").load()
    store("library").refilter()
    store("library").recount()
    store("app").measure()
  },

  async send(file, { import_id: id, piece_bytes: size, pieces }) {
    for (let n = 0; n < pieces; n++) {
      this.bringing = { name: file.name, stage: "sending", done: n, total: pieces }
      await this.sendPiece(id, n, file.slice(n * size, (n + 1) * size))
    }
  },

  async sendPiece(id, n, piece) {
    for (let tried = 1; ; tried++) {
      try {
        return await api.putPiece(id, n, piece)
      } catch (err) {
        if (tried === TRIES || !(err instanceof Unreachable || err.status >= 500)) throw err
        await wait(PAUSE_MS * tried)
      }
    }
  },

  // follow waits until the archive is in, or is not taken.
  async follow(name, id) {
    for (;;) {
      const m = await api.oneImport(id)
      this.bringing = { name, stage: "reading", done: m.imported + m.present + m.refused, total: m.tasks }
      if (m.status === "done" || m.status === "failed") {
        this.brought = { name, ...m, refusals: (m.results ?? []).filter((r) => r.outcome === "refused") }
        return
      }
      await wait(POLL_MS)
    }
  },
})
