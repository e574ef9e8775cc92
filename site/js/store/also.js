// What the same words are drawn with beside the form itself: other models, other shapes, every choice in them.

import { findModel } from "../catalog.js"
import { noted } from "../history.js"
import { hasChoices, orderBody, variants } from "../variants.js"

const MOST = 12 // tasks of an order, the API's limit

export const createAlso = ({ api, store }) => ({
  models: [],
  ratios: [],
  every: false,

  get choices() { return hasChoices(store("composer").form.prompt) },
  get everyChoice() { return this.every && this.choices },
  get forms() {
    const { catalog } = store("app")
    return catalog ? variants(catalog, store("composer").form, this) : []
  },
  get any() { return this.forms.length > 1 || this.everyChoice },
  get full() { return this.forms.length >= MOST },
  get pictures() { return this.forms.reduce((sum, form) => sum + form.count, 0) },
  get extra() { return this.forms.length - 1 + (this.everyChoice ? 1 : 0) },
  // price is what the pictures cost by list, in millionths of a yuan; 0 where a model has none.
  get price() {
    const prices = this.forms.map((form) => findModel(store("app").catalog, form.model).price?.micro_cny * form.count)
    return prices.some(Number.isNaN) ? 0 : prices.reduce((a, b) => a + b, 0)
  },

  toggle(kind, name) {
    this[kind] = this[kind].includes(name) ? this[kind].filter((x) => x !== name) : [...this[kind], name]
    store("composer").edit()
  },

  // submit asks for all of them at once.
  async submit() {
    const composer = store("composer")
    composer.edit()
    const body = orderBody(store("app").catalog, this.forms, this.everyChoice)
    const key = composer.keyFor(body)
    composer.sending = true
    try {
      const { items } = await composer.send(() => api.generateMany(body, key))
      composer.unsure = null
      composer.sent = noted(composer.sent, body.prompt)
      store("tasks").show(await api.tasks(items.map((x) => x.task_id)))
      return true
    } catch (err) {
      composer.failed(err)
      return false
    } finally {
      composer.sending = false
    }
  },
})
