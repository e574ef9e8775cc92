// One thing done to many tasks, named by their ids or found by a query, in as many requests as it takes.

const IDS_A_REQUEST = 100 // the API's limit

export const createMany = ({ api, store }) => ({
  progress: null, // {done, total} while requests are under way

  // run does it. It resolves to the ids of the tasks that are now as asked, and of those that are not.
  async run(action, { ids = [], query = null, expect = 0 }) {
    const total = query ? expect : ids.length
    const done = [], failed = []
    this.progress = { done: 0, total }
    try {
      for await (const results of query ? this.found(action, query, expect) : this.named(action, ids)) {
        for (const r of results) (r.result === "failed" && r.code !== "not_found" ? failed : done).push(r.task_id)
        this.progress = { done: done.length + failed.length, total }
      }
    } catch (err) {
      store("toasts").problem(err)
      const told = new Set(done)
      return { done, failed: ids.filter((id) => !told.has(id)) }
    } finally {
      this.progress = null
    }
    return { done, failed }
  },

  async* named(action, ids) {
    for (let at = 0; at < ids.length; at += IDS_A_REQUEST) {
      yield (await api.batch({ ...action, ids: ids.slice(at, at + IDS_A_REQUEST) })).results
    }
  },

  // found goes on where the answer before ended, with the number that is left.
  async* found(action, query, expect) {
    for (let after = "", left = expect; left > 0;) {
      const answer = await api.batch({ ...action, ...query, expect: left, ...(after && { after }) })
      yield answer.results
      after = answer.done ? "" : answer.next_after
      left = after ? left - answer.results.length : 0
    }
  },
})
