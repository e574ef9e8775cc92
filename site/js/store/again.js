// What was made once is made once more, alike or with another seed.

import { Unreachable } from "../api.js"

export const createAgain = ({ api, store }) => ({
  // make asks for a task once more, or for one of its pictures, and resolves to whether it is made. A
  // key makes sure that it is made once, however often the request is sent.
  async make(x, image, variation, key = crypto.randomUUID()) {
    const app = store("app")
    const body = { ...(variation && { variation }), ...(image && x.images.length > 1 && !x.params.coherent_set && { image: image.index }) }
    try {
      const { task_id: id } = await api.again(x.task_id, body, key)
      store("tasks").show(await api.tasks([id]))
      store("toasts").add({ text: app.t(variation ? "again.other" : "again.begun") })
      return true
    } catch (err) {
      if (!(err instanceof Unreachable)) store("toasts").problem(err)
      else store("toasts").add({ kind: "error", text: app.t("error.unreachable"), action: app.t("action.retry"), act: () => this.make(x, image, variation, key) })
      return false
    }
  },
})
