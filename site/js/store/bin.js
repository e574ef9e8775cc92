// What is thrown away: it lies in the bin with the way back, or goes for good.

import { bytes } from "../format.js"
import { done } from "../task.js"

const IDS_A_READ = 50, MOST_WEIGHED = 2_000

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

  // weigh says how many pictures go and how much space they give back.
  weigh(pictures, more = false) {
    const app = store("app")
    const used = bytes(pictures.reduce((sum, im) => sum + im.bytes, 0), app.lang)
    return app.t(more ? "bin.weighsMore" : "bin.weighs", { n: pictures.length, used })
  },

  async empty() {
    const app = store("app"), library = store("library")
    try {
      const { tasks, more } = await this.everything()
      if (tasks.length === 0) return
      const yes = await store("question").ask({
        title: app.t("bin.emptyTitle", { n: more ? library.counts.bin : tasks.length }), text: this.weigh(picturesOf(tasks), more), verb: app.t("bin.empty"), grave: true,
      })
      if (!yes) return
      let freed = 0
      for (let over = false; !over;) {
        const answer = await api.emptyBin()
        freed += answer.freed_bytes
        over = answer.done
      }
      store("toasts").add({ text: app.t("bin.emptied", { used: bytes(freed, app.lang) }) })
    } catch (err) {
      store("toasts").problem(err)
    }
    store("selection").clear()
    library.refilter()
    app.measure()
    library.recount()
  },

  // everything reads what lies in the bin, as far as a question needs it.
  async everything() {
    const tasks = []
    let cursor = ""
    do {
      const page = await api.history({ bin: true, limit: 100, cursor })
      tasks.push(...page.items)
      cursor = page.next_cursor ?? ""
    } while (cursor && tasks.length < MOST_WEIGHED)
    return { tasks, more: cursor !== "" }
  },
})
