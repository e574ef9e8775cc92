// What a form may ask of a model, from the model's record in GET /api/v1/models.
// Pure: the same rules as the service's, told before anything is sent.

import { runes } from "./format.js"

// Sizes are tried in steps of this many pixels before odd ones: they look chosen.
const TIDY_STEP = 8

// A slider has at most this many stops; beyond, typing is quicker.
const SLIDER_STOPS = 200

// Fields that say something only where the model chooses the ratio.
const AUTO_ONLY = ["min_ratio", "max_ratio"]

export const emptyForm = () => ({
  prompt: "",
  model: "",
  count: 1,
  set: false,
  size: { mode: "preset", ratio: "", tier: "", width: 0, height: 0 },
  values: {}, // by model, then by field: a scale of one model means nothing to another
})

// normalForm makes whatever was kept from an earlier visit a form that fits the catalog.
export function normalForm(kept, catalog) {
  const form = { ...emptyForm(), ...kept }
  form.size = { ...emptyForm().size, ...form.size }
  const model = findModel(catalog, form.model) ?? findModel(catalog, catalog.default_model) ?? catalog.items[0]
  return fitForm(form, model)
}

// fitForm is the form for another model: what the model has no place for is put right.
export function fitForm(form, model) {
  const count = Math.min(Math.max(Math.round(form.count) || 1, model.count.min), model.count.max)
  return { ...form, model: model.id, count, set: form.set && model.coherent_set !== null, size: fitSize(form.size, model) }
}

function fitSize(size, model) {
  if (size.mode === "custom") return size
  if (size.mode === "auto" && model.size.area_field) {
    return tiers(model).includes(size.tier) ? size : { ...size, tier: model.size.default.tier }
  }
  const preset = findPreset(model, size.ratio, size.tier) ??
    findPreset(model, size.ratio, model.size.default.tier) ??
    model.size.presets.find((p) => p.ratio === size.ratio) ?? model.size.default
  return fromPreset(preset)
}

export const fromPreset = (p) => ({ mode: "preset", ratio: p.ratio, tier: p.tier, width: p.width, height: p.height })

export const findModel = (catalog, id) => catalog.items.find((m) => m.id === id)

export const findPreset = (model, ratio, tier) =>
  model.size.presets.find((p) => p.ratio === ratio && p.tier === tier)

export const tiers = (model) => [...new Set(model.size.presets.map((p) => p.tier))]

// ratios lists the aspect names of a model, wide ones and their upright twins side by side.
export function ratios(model) {
  const seen = new Map()
  for (const p of model.size.presets) if (!seen.has(p.ratio)) seen.set(p.ratio, p.width / p.height)
  return [...seen].map(([name, value]) => ({ name, value }))
}

// pickRatio keeps the tier where the model has the ratio in it.
export function pickRatio(model, size, ratio) {
  if (ratio === "auto") return { ...size, mode: "auto", tier: size.tier || model.size.default.tier }
  const preset = findPreset(model, ratio, size.tier) ?? findPreset(model, ratio, model.size.default.tier) ??
    model.size.presets.find((p) => p.ratio === ratio)
  return preset ? fromPreset(preset) : size
}

// pickTier keeps the ratio where the tier has it.
export function pickTier(model, size, tier) {
  if (size.mode === "auto") return { ...size, tier }
  const preset = findPreset(model, size.ratio, tier) ?? model.size.presets.find((p) => p.tier === tier)
  return preset ? fromPreset(preset) : size
}

// areaOf is the area in pixels that a tier stands for: its square.
export function areaOf(model, tier) {
  const p = findPreset(model, "1:1", tier) ?? model.size.presets.find((x) => x.tier === tier) ?? model.size.default
  return Math.min(Math.max(p.width * p.height, model.size.min_area), model.size.max_area)
}

// sizeProblem says why a model does not draw width × height, or null.
export function sizeProblem(rule, width, height) {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) return { key: "size.whole" }
  const ratio = width / height
  if (ratio < rule.min_ratio || ratio > rule.max_ratio) {
    return { key: "size.outOfRatio", args: { min: ratioWords(rule.min_ratio), max: ratioWords(rule.max_ratio) } }
  }
  const area = width * height
  if (area < rule.min_area) return { key: "size.small", args: { min: megapixels(rule.min_area) } }
  if (area > rule.max_area) return { key: "size.large", args: { max: megapixels(rule.max_area) } }
  return null
}

const ratioWords = (r) => (r < 1 ? `1:${trim(1 / r)}` : `${trim(r)}:1`)
const megapixels = (n) => trim(n / 1e6)
const trim = (x) => String(Math.round(x * 100) / 100)

// nearestSize is the valid size most like width × height: same ratio where that is
// allowed, same area where that is, tidy numbers where those are.
export function nearestSize(rule, width, height) {
  const w = Math.max(1, width || 1), h = Math.max(1, height || 1)
  const ratio = Math.min(Math.max(w / h, rule.min_ratio), rule.max_ratio)
  const area = Math.min(Math.max(w * h, rule.min_area), rule.max_area)
  const ideal = { height: Math.sqrt(area / ratio), width: Math.sqrt(area * ratio) }
  return closest(rule, ideal, TIDY_STEP) ?? closest(rule, ideal, 1)
}

function closest(rule, ideal, step) {
  let best = null
  const base = { width: Math.round(ideal.width / step), height: Math.round(ideal.height / step) }
  for (let dh = -3; dh <= 3; dh++) {
    for (let dw = -3; dw <= 3; dw++) {
      const width = (base.width + dw) * step, height = (base.height + dh) * step
      if (sizeProblem(rule, width, height)) continue
      const off = Math.abs(width - ideal.width) + Math.abs(height - ideal.height)
      if (!best || off < best.off) best = { width, height, off }
    }
  }
  return best && { width: best.width, height: best.height }
}

// fieldsFor lists the model's own fields that mean something in this form.
export const fieldsFor = (model, form) =>
  model.fields.filter((f) => form.size.mode === "auto" || !AUTO_ONLY.includes(f.name))

// control is how a field is best set: "switch", "slider", "seed" or "number".
export function control(field) {
  if (field.type === "boolean") return "switch"
  if (field.random !== null && field.random !== undefined) return "seed"
  return (field.max - field.min) / field.step <= SLIDER_STOPS ? "slider" : "number"
}

// given is what the form says of a field: undefined where it is left to the model.
export function given(form, name) {
  const v = form.values[form.model]?.[name]
  return v === "" || v === null ? undefined : v
}

// fieldProblem says why a value is refused, or null.
export function fieldProblem(field, value) {
  if (value === undefined || typeof value === "boolean") return null
  if (typeof value !== "number" || Number.isNaN(value)) return { key: "field.number" }
  if (field.type === "integer" && !Number.isInteger(value)) return { key: "field.whole" }
  const above = field.max_open ? value >= field.max : value > field.max
  if (value < field.min || above) return { key: "field.range", args: { min: trim(field.min), max: trim(field.max) } }
  return null
}

// problems maps each field that keeps the form from being sent to its reason.
export function problems(model, form) {
  const found = {}
  const length = runes(form.prompt.trim())
  if (length === 0) found.prompt = { key: "prompt.empty" }
  if (length > model.prompt.max_runes) found.prompt = { key: "prompt.long", args: { n: length - model.prompt.max_runes } }
  if (form.size.mode === "custom") {
    const bad = sizeProblem(model.size, form.size.width, form.size.height)
    if (bad) found.size = bad
  }
  for (const f of fieldsFor(model, form)) {
    const bad = fieldProblem(f, given(form, f.name))
    if (bad) found[f.name] = bad
  }
  return found
}

// requestBody is the body of POST /api/v1/generate. What the model would do anyway
// is left out, so that a body has no field the model does not take.
export function requestBody(model, form) {
  const body = { prompt: form.prompt.trim(), model: model.id }
  if (form.size.mode === "auto") body.size = areaOf(model, form.size.tier)
  else Object.assign(body, { width: form.size.width, height: form.size.height })
  if (form.set && model.coherent_set) body.coherent_set = true
  else body.count = form.count
  for (const f of fieldsFor(model, form)) {
    const v = given(form, f.name)
    if (v !== undefined && v !== f.default) body[f.name] = v
  }
  return body
}

// recall is the form that asks for a task's pictures again, and the names of what
// could not be taken over: "model", or a field's name.
export function recall(catalog, current, task) {
  const p = task.params
  const own = findModel(catalog, task.model)
  const model = own ?? findModel(catalog, current.model) ?? catalog.items[0]
  const lost = own ? [] : ["model"]
  const form = { ...current, prompt: task.prompt, model: model.id, count: p.count || 1, set: Boolean(p.coherent_set) }
  form.size = recalledSize(model, p)
  form.values = { ...current.values, [model.id]: {} }
  for (const name of ["seed", "scale", "use_pre_llm", "min_ratio", "max_ratio"]) {
    if (p[name] === undefined || p[name] === null) continue
    const f = model.fields.find((x) => x.name === name)
    if (!f || fieldProblem(f, p[name])) lost.push(name)
    else form.values[model.id][name] = p[name]
  }
  const fitted = fitForm(form, model)
  if (form.set && !fitted.set) lost.push("coherent_set")
  if (!form.set && fitted.count !== form.count) lost.push("count")
  if (fitted.size.mode === "custom" && sizeProblem(model.size, fitted.size.width, fitted.size.height)) {
    fitted.size = fromPreset(model.size.default)
    lost.push("size")
  }
  return { form: fitted, lost }
}

function recalledSize(model, p) {
  if (p.size && model.size.area_field) {
    const tier = tiers(model).find((t) => areaOf(model, t) === p.size)
    if (tier) return { mode: "auto", ratio: "", tier, width: 0, height: 0 }
  }
  const preset = model.size.presets.find((x) => x.width === p.width && x.height === p.height)
  if (preset) return fromPreset(preset)
  if (p.width && p.height) return { mode: "custom", ratio: "", tier: "", width: p.width, height: p.height }
  return fromPreset(model.size.default)
}
