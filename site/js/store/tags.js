// Tags as a whole: renamed, merged and taken away on every task that has them.

export const createTags = ({ api, store }) => ({
  open() { dispatchEvent(new CustomEvent("tags-wanted")) },

  async rename(tag) {
    const app = store("app")
    const to = await store("question").ask({ title: app.t("tags.rename", { tag }), label: app.t("tags.name"), verb: app.t("shelf.save"), value: tag })
    if (!to || to === tag) return
    const other = store("library").tags.find((t) => t !== tag && t.toLowerCase() === to.toLowerCase())
    if (other && !(await store("question").ask({ title: app.t("tags.merge", { tag, to: other }), text: app.t("tags.merged"), verb: app.t("tags.mergeVerb"), grave: true }))) return
    await this.put([tag], other ?? to)
  },

  async remove(tag) {
    const app = store("app")
    const n = store("library").counts.tags[tag]
    const yes = await store("question").ask({ title: app.t("tags.remove", { tag }), text: app.t("tags.from", { n }), verb: app.t("tags.drop"), grave: true })
    if (yes) await this.put([tag], "")
  },

  // put renames until no task is left; the service does some at a time.
  async put(from, to) {
    const app = store("app"), library = store("library"), many = store("many")
    const total = from.reduce((sum, tag) => sum + (library.counts?.tags[tag] ?? 0), 0)
    let n = 0
    try {
      for (let over = false; !over;) {
        many.progress = { done: Math.min(n, total), total }
        const answer = await api.retag(to ? { from, to } : { from })
        n += answer.changed
        over = answer.done
      }
      store("toasts").add({ text: app.t("tags.changed", { n }) })
    } catch (err) {
      store("toasts").problem(err)
    } finally {
      many.progress = null
    }
    library.refilter()
    library.recount()
  },
})
