// What is kept to be asked for again: templates of one's own, and the prompts that were sent.

import { saveAs } from "../files.js"

const PROMPTS_A_PAGE = 30

export const createKept = ({ api, store }) => ({
  // make keeps a prompt as a template under a name; a picture of it is its cover. It resolves to whether it is kept.
  async make({ text, model = "", cover = null }) {
    const app = store("app")
    const name = await store("question").ask({ title: app.t("templates.keep"), text: app.t("templates.open"), label: app.t("shelf.name"), verb: app.t("shelf.save"), value: "" })
    if (!name) return false
    return this.change(async () => {
      await api.makeTemplate({ name, text, ...(model && { model }), ...(cover && { cover }) })
      store("toasts").add({ text: app.t("templates.kept", { name }) })
    })
  },

  async drop(template) {
    const app = store("app")
    const yes = await store("question").ask({ title: app.t("templates.dropTitle", { name: template.name }), verb: app.t("action.delete"), grave: true })
    return Boolean(yes) && this.change(() => api.dropTemplate(template.template_id))
  },

  // take writes one's own templates into a file.
  take() {
    return this.change(async () => {
      saveAs(new Blob([JSON.stringify(await api.exportTemplates(), null, 2)], { type: "application/json" }), "prompt-templates.json")
    })
  },

  // bring reads templates out of such a file, and says what became of them.
  async bring(file) {
    const app = store("app")
    let document
    try {
      document = JSON.parse(await file.text())
    } catch {
      return store("toasts").add({ kind: "error", text: app.t("templates.noFile") })
    }
    return this.change(async () => {
      const items = await api.importTemplates(document)
      const of = (outcome) => items.filter((x) => x.outcome === outcome).length
      store("toasts").add({ text: app.t("templates.brought", { n: of("imported"), there: of("unchanged"), refused: of("refused") }) })
    })
  },

  prompts: (q, cursor = "") => api.prompts({ q, cursor, limit: PROMPTS_A_PAGE }),

  async change(call) {
    try {
      await call()
      return true
    } catch (err) {
      store("toasts").problem(err)
      return false
    }
  },
})
