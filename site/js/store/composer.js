// The form: what is to be made. It survives a reload, a network failure and a change of model.

import { Problem, Unreachable } from "../api.js"
import * as catalog from "../catalog.js"
import { dimensions, duration, money, runes, writer } from "../format.js"
import { noted, walked } from "../history.js"
import { keep, kept } from "../session.js"
import { wait } from "../wait.js"
import { describe } from "./toasts.js"

const SEND_AGAIN_MS = [800, 2500] // pauses before the same request is sent again, with the same key
const SEED_SPAN = 2 ** 31
const TEMPLATES_KEPT_MS = 60_000

let lastFilled = 0 // the message of the last form that was filled

export const createComposer = ({ persist, api, store }) => ({
  form: persist(catalog.emptyForm()).as("form"),
  // The request whose outcome is not known. Sent again unchanged it keeps its key,
  // so that it is carried out once.
  unsure: persist(null).as("unsure"),
  defaults: persist(null).as("form-defaults"), // {model, size} of a new visit
  sent: persist([]).as("sent"), // prompts, newest first
  walk: { at: -1, draft: "" }, // where one is among them
  refused: {}, // by field: what the service said of it
  notice: null, // {text, detail}: why the last request was not taken
  sending: false,
  known: null, // {lang, at, items}: the promise of the templates, as last asked for

  // fit makes what was kept a form that fits the catalog. A new visit without a draft
  // begins with the model and size that were chosen for that.
  fit() {
    const fresh = !kept("visited") && !this.form.prompt.trim() && this.defaults
    this.form = catalog.normalForm(fresh ? { ...this.form, ...this.defaults } : this.form, store("app").catalog)
    keep("visited", true)
  },

  keepDefaults() { this.defaults = { model: this.form.model, size: { ...this.form.size } } },
  get defaultsName() {
    const model = this.defaults && this.models.find((m) => m.id === this.defaults.model)
    return model ? [store("app").say(model.name), this.sizeWords(this.defaults.size)].join(" · ") : ""
  },

  get model() {
    const all = store("app").catalog
    return all ? catalog.findModel(all, this.form.model) ?? null : null
  },
  get models() { return store("app").catalog?.items ?? [] },
  get problems() { return this.model ? catalog.problems(this.model, this.form) : {} },
  get length() { return runes(this.form.prompt) },
  // expected is how long a picture likely takes, in ms.
  get expected() { return store("tasks").usual[this.model.id] ?? this.model.expected_ms },
  get ratios() { return this.model ? catalog.ratios(this.model) : [] },
  get tiers() { return this.model ? catalog.tiers(this.model) : [] },
  get fields() { return this.model ? catalog.fieldsFor(this.model, this.form) : [] },
  get changed() { return this.fields.filter((f) => this.given(f) !== undefined && this.given(f) !== f.default).length },

  get sizeName() { return this.sizeWords(this.form.size) },
  sizeWords({ mode, ratio, tier, width, height }) {
    if (mode === "auto") return `${store("app").t("size.auto")} · ${tier}`
    return mode === "preset" ? `${ratio} · ${tier}` : dimensions(width || "–", height || "–")
  },
  get sizeRatio() {
    const { mode, width, height } = this.form.size
    return mode !== "auto" && width && height ? Math.min(Math.max(width / height, 0.34), 3) : 1
  },
  get sizePixels() {
    const { mode, width, height } = this.form.size
    return mode === "auto" ? "" : dimensions(width, height)
  },
  get nearest() {
    const { mode, width, height } = this.form.size
    if (mode !== "custom" || !this.problems.size) return null
    return catalog.nearestSize(this.model.size, width, height)
  },

  // error is what is wrong with a field, in words; an empty prompt is no error yet.
  error(name) {
    if (this.refused[name]) return this.refused[name]
    const bad = this.problems[name]
    return !bad || bad.key === "prompt.empty" ? "" : store("app").t(bad.key, bad.args)
  },

  // reason says why the button is off; empty while it is on.
  get reason() {
    const app = store("app")
    if (!app.ready) return app.t("reason.loading")
    const bad = Object.values(this.problems)[0]
    return bad ? app.t(bad.key, bad.args) : ""
  },

  get verb() {
    const app = store("app")
    if (this.sending) return app.t("compose.sending")
    if (this.form.set) return app.t("compose.set")
    const also = store("also")
    if (also.everyChoice) return app.t("also.verb")
    return app.t("compose.generate", { n: also.pictures || this.form.count })
  },
  get prospect() {
    const app = store("app")
    if (!this.model || this.sending) return ""
    return [app.t("compose.about", { time: duration(this.expected, app.lang) }), app.demo ? app.t("demo.word") : this.price].filter(Boolean).join(" · ")
  },
  get price() {
    const app = store("app")
    if (!this.model.price) return ""
    if (this.form.set) return app.t("compose.priceEach", { price: money(this.model.price.micro_cny, app.lang) })
    const also = store("also")
    if (also.any) return also.price && !also.everyChoice ? money(also.price, app.lang) : ""
    return money(this.model.price.micro_cny * this.form.count, app.lang)
  },

  edit() { this.notice = null; this.refused = {} },
  chooseModel(id) {
    this.form = catalog.fitForm(this.form, catalog.findModel(store("app").catalog, id))
    this.edit()
  },
  chooseRatio(name) { this.form.size = catalog.pickRatio(this.model, this.form.size, name); this.edit() },
  chooseTier(name) { this.form.size = catalog.pickTier(this.model, this.form.size, name); this.edit() },
  customSize() {
    const { mode, width, height } = this.form.size
    const start = mode === "auto" ? this.model.size.default : { width, height }
    this.form.size = { mode: "custom", ratio: "", tier: "", width: start.width, height: start.height }
  },
  swapSides() {
    const { width, height } = this.form.size
    Object.assign(this.form.size, { width: height, height: width })
    this.edit()
  },
  useNearest() { Object.assign(this.form.size, this.nearest); this.edit() },
  step(by) {
    const { min, max } = this.model.count
    this.form.count = Math.min(Math.max(this.form.count + by, min), max)
    this.edit()
  },

  given(field) { return catalog.given(this.form, field.name) },
  shown(field) { return this.given(field) ?? field.default },
  set(field, value) {
    const own = { ...this.form.values[this.form.model] }
    if (value === "" || value === undefined || Number.isNaN(value)) delete own[field.name]
    else own[field.name] = value
    this.form.values = { ...this.form.values, [this.form.model]: own }
    this.edit()
  },
  // roll notes a seed instead of leaving it to chance, so that it can be kept.
  roll(field) { this.set(field, Math.floor(Math.random() * Math.min(SEED_SPAN, field.max + 1))) },
  // lockSeed keeps one seed for what comes: that of the newest picture of the model, or a
  // rolled one. Pressed again it leaves the seed to chance.
  lockSeed(field) {
    if (this.given(field) !== undefined) return this.set(field, "")
    const images = [...store("tasks").list, ...store("library").tasks].filter((x) => x.model === this.form.model).flatMap((x) => x.images)
    const seed = images.find((im) => typeof im.seed === "number")?.seed
    if (seed === undefined) this.roll(field)
    else this.set(field, seed)
  },
  resetFields() { this.form.values = { ...this.form.values, [this.form.model]: {} }; this.edit() },

  async submit(first = false) {
    if (this.sending || this.reason) return false
    if (store("also").any) return store("also").submit()
    this.edit()
    const body = catalog.requestBody(this.model, this.form)
    const key = this.keyFor(body)
    const card = store("tasks").begin(body)
    this.sending = true
    try {
      const answer = await this.send(() => api.generate(body, key))
      this.unsure = null
      this.sent = noted(this.sent, body.prompt)
      this.walk = { at: -1, draft: "" }
      store("tasks").accepted(card, answer)
      if (first) store("tasks").hasten(answer.task_id)
      return true
    } catch (err) {
      store("tasks").drop(card)
      this.failed(err)
      return false
    } finally {
      this.sending = false
    }
  },

  // earlier puts an earlier prompt into the form, or with -1 a later one.
  earlier(by) {
    const draft = this.walk.at < 0 ? this.form.prompt : this.walk.draft
    const { at, text } = walked(this.sent, { at: this.walk.at, draft }, by)
    this.walk = { at, draft }
    this.form.prompt = text
    this.edit()
  },

  keyFor(body) {
    const text = JSON.stringify(body)
    if (this.unsure?.text !== text) this.unsure = { text, key: crypto.randomUUID() }
    return this.unsure.key
  },

  async send(request) {
    for (const pause of SEND_AGAIN_MS) {
      try {
        return await request()
      } catch (err) {
        if (!(err instanceof Unreachable || [502, 503, 504].includes(err.status))) throw err
        await wait(pause)
      }
    }
    return request()
  },

  failed(err) {
    const app = store("app")
    if (err instanceof Unreachable) {
      this.notice = { text: app.t("error.notSent"), detail: "" }
      return
    }
    this.unsure = null
    const fields = err instanceof Problem ? err.fields.filter((f) => f.name) : []
    this.refused = Object.fromEntries(fields.map((f) => [formField(f.name), f.message]))
    const { text, detail } = describe(err, app)
    const elsewhere = fields.filter((f) => !this.hasPlace(formField(f.name))).map((f) => `${f.name}: ${f.message}`)
    this.notice = { text: [text, ...elsewhere].join(" "), detail }
  },

  // hasPlace tells whether the form shows what is wrong with a field beside it.
  hasPlace(name) { return ["prompt", "size"].includes(name) || this.fields.some((f) => f.name === name) },

  // recall fills the form from a task: all of it, all but the seed ("remix"), or its prompt,
  // seed or size alone. It shows what changes and what could not be taken over.
  recall(task, what = "all", image = null) {
    const { form, lost } = catalog.recall(store("app").catalog, this.form, task)
    const seed = image?.seed ?? task.params.seed
    if (what === "all" && typeof seed === "number" && !lost.includes("seed")) this.withSeed(form, seed)
    if (what === "remix") delete form.values[form.model].seed
    const takes = {
      all: () => form, remix: () => form,
      prompt: () => ({ ...this.form, prompt: task.prompt }),
      size: () => catalog.fitForm({ ...this.form, size: form.size }, this.model),
      seed: () => this.withSeed(JSON.parse(JSON.stringify(this.form)), seed),
    }
    if (what === "seed" && (typeof seed !== "number" || !this.model.fields.some((f) => f.name === "seed"))) {
      return store("toasts").add({ text: store("app").t("recall.noSeed") })
    }
    this.take(takes[what](), ["all", "remix"].includes(what) ? lost : [])
  },

  withSeed(form, seed) {
    const model = catalog.findModel(store("app").catalog, form.model)
    if (model.fields.some((f) => f.name === "seed")) form.values = { ...form.values, [form.model]: { ...form.values[form.model], seed } }
    return form
  },

  // take puts another form in the place of this one and shows old → new, with the way back.
  take(form, lost) {
    const app = store("app")
    const before = JSON.parse(JSON.stringify(this.form))
    this.form = form
    this.edit()
    const changes = difference(this.told(before), this.told(form))
    const names = lost.map((name) => app.t(`field.${name}`))
    store("toasts").drop(lastFilled) // its way back would lead past this one
    lastFilled = store("toasts").add({
      text: names.length ? app.t("recall.partly", { fields: writer(Intl.ListFormat, app.lang).format(names) }) : app.t(changes.length ? "recall.done" : "recall.same"),
      changes, action: app.t("action.undo"), act: () => { this.form = before },
    })
  },

  // told is a form as rows of a name and a value in words.
  told(form) {
    const app = store("app")
    const model = catalog.findModel(app.catalog, form.model)
    const { mode, tier, width, height } = form.size
    const rows = [
      ["compose.prompt", form.prompt],
      ["model.title", app.say(model?.name)],
      ["size.title", mode === "auto" ? `${app.t("size.auto")} · ${tier}` : dimensions(width, height)],
      ["count.label", form.set ? app.t("set.label") : String(form.count)],
    ].map(([key, value]) => [app.t(key), value])
    for (const f of model?.fields ?? []) rows.push([app.say(f.label), String(catalog.given(form, f.name) ?? "–")])
    return rows
  },

  get templateLanguage() { return store("app").lang === "en" ? "en" : "zh" },
  templates() { return api.templates(this.templateLanguage) },

  // knownTemplates are those of a moment ago: what completes a word is asked for at each key.
  async knownTemplates() {
    const { templateLanguage: lang, known } = this
    if (known?.lang === lang && Date.now() - known.at < TEMPLATES_KEPT_MS) return known.items
    // Without an answer nothing is offered.
    this.known = { lang, at: Date.now(), items: this.templates().catch(() => []) }
    return this.known.items
  },

  // useTemplate puts a template's prompt into the form; what it leaves open is asked for first.
  async useTemplate(template) {
    if (template.placeholders.length > 0) return store("filling").show(template)
    try {
      this.takeTemplate(await api.fill(template.template_id, {}, this.templateLanguage))
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  takeTemplate({ prompt, ratio, model }) {
    const own = model && catalog.findModel(store("app").catalog, model)
    const form = { ...(own ? catalog.fitForm(this.form, own) : this.form), prompt }
    if (ratio) form.size = catalog.pickRatio(own || this.model, form.size, ratio)
    this.take(form, [])
  },

  // readRecipe fills the form from a picture's own recipe, of this service or of another tool.
  async readRecipe(file) {
    const app = store("app")
    try {
      const { request, left = [] } = await api.recipe(file)
      const { prompt, model, ...params } = request
      const { form, lost } = catalog.recall(app.catalog, this.form, { prompt, model: model ?? this.form.model, params })
      this.take(form, lost)
      if (left.length > 0) store("toasts").add({ text: app.t("recipe.left", { n: left.length }), detail: left.map((x) => leftWords(x, app)).join("\n") })
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  // useSeed takes over the seed of one picture; the form must be of a model that has one.
  useSeed(value) {
    const field = this.model?.fields.find((f) => f.name === "seed")
    if (field) this.set(field, value)
    store("toasts").add({ text: store("app").t(field ? "recall.seed" : "recall.noSeed") })
  },

  fill(example) {
    const model = this.model
    this.form = catalog.fitForm({
      ...this.form, prompt: example.prompt, count: example.count, set: false,
      size: catalog.pickRatio(model, { ...this.form.size, mode: "preset", tier: model.size.default.tier }, example.ratio),
    }, model)
    this.edit()
  },
})

// leftWords says what of a recipe was not taken over, or not as it was, and why.
const leftWords = ({ name, value, instead, message }, app) => `${name}: ${[value, instead].filter(Boolean).join(" → ")} · ${app.say(message)}`

// formField is the form's own field for one of the request's.
const formField = (name) => (name === "width" || name === "height" ? "size" : name)

// difference lists the rows that two forms do not have alike.
function difference(before, after) {
  const old = new Map(before), now = new Map(after)
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((name) => ({ name, old: old.get(name) || "–", now: now.get(name) || "–" }))
    .filter((row) => row.old !== row.now)
}
