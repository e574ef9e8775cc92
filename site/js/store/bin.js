// What is thrown away: it lies in the bin with the way back, or goes for good.

import { bytes } from "../format.js"
import { done } from "../task.js"

const IDS_A_READ = 50, FEW = 100

const idsOf = (tasks) => tasks.map((x) => x.task_id)
const picturesOf = (tasks) => tasks.flatMap(done)

export const createBin = ({ api, store }) => ({
  // put throws tasks away, or asks before they go for good where they lie in the bin already.
  async put(...tasks) {
    if (tasks.some((x) => x.binned_at)) return this.erase(tasks)
    const app = store("app"), library = store("library")
    const gone = await this.away({ action: "delete" }, idsOf(tasks))
    if (gone.length === 0) return
    for (const id of gone) store("tasks").drop(id)
    const n = picturesOf(tasks.filter((x) => gone.includes(x.task_id))).length
    this.tell(n > 0 ? app.t("bin.put", { n }) : app.t("bin.putRecord"), gone)
    library.recount()
  },

  // tell says that tasks lie in the bin, with the way back.
  tell(text, ids) {
    store("toasts").add({ text, action: store("app").t("action.undo"), act: () => this.restore(ids) })
  },

  // away hides tasks at once and does what takes them off the list. It resolves to the ids of those that went.
  async away(action, ids) {
    const library = store("library")
    library.hide(ids)
    store("selection").clear()
    const { done: gone, failed } = await store("many").run(action, { ids }).catch(() => ({ done: [], failed: ids }))
    library.forget(...gone)
    library.unhide(...ids)
    if (failed.length > 0) store("toasts").add({ kind: "error", text: store("app").t("delete.failed") })
    return gone
  },

  // restore takes tasks out of the bin.
  async restore(ids) {
    const library = store("library")
    const { done: back } = await store("many").run({ action: "restore" }, { ids })
    if (library.place.bin) library.forget(...back)
    store("selection").clear()
    for (let at = 0; at < back.length; at += IDS_A_READ) {
      try {
        library.take(...await api.tasks(back.slice(at, at + IDS_A_READ)))
      } catch (err) {
        store("toasts").problem(err)
      }
    }
    if (back.length > 0) store("toasts").announce(store("app").t("bin.restored", { n: back.length }))
    library.recount()
  },

  async erase(tasks) {
    const app = store("app")
    const pictures = picturesOf(tasks)
    const yes = await store("question").ask({
      title: app.t("bin.eraseTitle", { n: tasks.length }), text: this.weigh(pictures), verb: app.t("bin.erase"), grave: true,
    })
    if (!yes) return
    await this.away({ action: "delete_now" }, idsOf(tasks))
    app.measure()
    store("library").recount()
  },

  // weigh says how many pictures go and how much space they give back, with their thumbnails.
  weigh(pictures) {
    const app = store("app")
    const used = bytes(pictures.reduce((sum, im) => sum + im.bytes + (im.thumbnail_bytes ?? 0), 0), app.lang)
    return app.t("bin.weighs", { n: pictures.length, used })
  },

  async empty() {
    const app = store("app"), library = store("library"), many = store("many")
    try {
      const { n, text } = await this.everything()
      if (n === 0) return
      const yes = await store("question").ask({ title: app.t("bin.emptyTitle", { n }), text, verb: app.t("bin.empty"), grave: true })
      if (!yes) return
      store("selection").clear()
      let freed = 0
      for (let done = 0, over = false; !over;) {
        many.progress = { done: Math.min(done, n), total: n }
        const answer = await api.emptyBin()
        freed += answer.freed_bytes
        done += answer.deleted
        over = answer.done
      }
      store("toasts").add({ text: app.t("bin.emptied", { used: bytes(freed, app.lang) }) })
    } catch (err) {
      store("toasts").problem(err)
    } finally {
      many.progress = null
    }
    library.refilter()
    app.measure()
    library.recount()
  },

  // everything is how many tasks lie in the bin, and what they take: read where they are few, and
  // else as the service has it summed up.
  async everything() {
    const page = await api.history({ bin: true, limit: FEW })
    if (!page.next_cursor) return { n: page.items.length, text: this.weigh(picturesOf(page.items)) }
    const [counts, { own }] = await Promise.all([api.counts(), api.storage()])
    return { n: counts.bin, text: store("app").t("bin.weighsAll", { used: bytes(own.bin, store("app").lang) }) }
  },
})
