import assert from "node:assert/strict"
import { test } from "node:test"
import * as c from "../js/catalog.js"

const words = { zh: "字", en: "words" }
const number = (name, min, max, step, more = {}) => ({
  name, type: "number", min, max, max_open: false, step, default: min, random: null, label: words, help: words, ...more,
})

const wide = {
  id: "wide", name: words, prompt: { max_runes: 10, advised_runes: 10 }, count: { min: 1, max: 4 }, coherent_set: { max: 15 },
  size: {
    min_area: 1 << 20, max_area: 16 << 20, min_ratio: 1 / 3, max_ratio: 3, area_field: true,
    default: { ratio: "1:1", tier: "2K", width: 2048, height: 2048 },
    presets: [
      { ratio: "1:1", tier: "1K", width: 1024, height: 1024 },
      { ratio: "1:1", tier: "2K", width: 2048, height: 2048 },
      { ratio: "16:9", tier: "2K", width: 2560, height: 1440 },
      { ratio: "9:16", tier: "2K", width: 1440, height: 2560 },
    ],
  },
  fields: [
    number("scale", 0, 1, 0.05, { default: 0.5 }),
    number("min_ratio", 1 / 16, 16, 0.05, { max_open: true, default: 1 / 3 }),
  ],
  expected_ms: 15000,
}
const seeded = {
  ...wide, id: "seeded", count: { min: 1, max: 2 }, coherent_set: null,
  size: { ...wide.size, area_field: false, max_area: 4 << 20 },
  fields: [
    { ...number("seed", 0, 2 ** 31 - 1, 1), type: "integer", default: -1, random: -1 },
    { name: "use_pre_llm", type: "boolean", default: true, random: null, label: words, help: words },
  ],
}
const catalog = { default_model: "wide", items: [wide, seeded] }
const form = (more = {}) => ({ ...c.normalForm({}, catalog), prompt: "a fox", ...more })
const custom = (width, height) => ({ mode: "custom", ratio: "", tier: "", width, height })

test("a first visit gets the default model with its default size", () => {
  const f = c.normalForm(null, catalog)
  assert.equal(f.model, "wide")
  assert.deepEqual(f.size, { mode: "preset", ratio: "1:1", tier: "2K", width: 2048, height: 2048 })
})

test("a kept form of a model that is gone is fitted to the default one", () => {
  const f = c.normalForm({ prompt: "kept", model: "gone", count: 9 }, catalog)
  assert.equal(f.prompt, "kept")
  assert.equal(f.model, "wide")
  assert.equal(f.count, 4)
})

test("another model lowers the count and drops what it has not", () => {
  const f = c.fitForm(form({ count: 4, set: true, size: { mode: "auto", ratio: "", tier: "2K", width: 0, height: 0 } }), seeded)
  assert.equal(f.count, 2)
  assert.equal(f.set, false)
  assert.equal(f.size.mode, "preset")
})

test("choosing a ratio keeps the tier where it can", () => {
  const one = c.pickTier(wide, form().size, "1K")
  assert.deepEqual([one.ratio, one.tier, one.width], ["1:1", "1K", 1024])
  const next = c.pickRatio(wide, one, "16:9")
  assert.deepEqual([next.ratio, next.tier, next.width, next.height], ["16:9", "2K", 2560, 1440])
})

test("sizes are judged by whole pixels, ratio and area", () => {
  assert.equal(c.sizeProblem(wide.size, 1024, 1024), null)
  assert.equal(c.sizeProblem(wide.size, 4096, 4096), null)
  for (const [w, h, key] of [
    [0, 1024, "size.whole"], [1024.5, 1024, "size.whole"], ["", 1024, "size.whole"],
    [4000, 1000, "size.outOfRatio"], [1000, 4000, "size.outOfRatio"],
    [1023, 1024, "size.small"], [4097, 4096, "size.large"],
  ]) {
    assert.equal(c.sizeProblem(wide.size, w, h)?.key, key, `${w} × ${h}`)
  }
})

test("the nearest size is always valid and keeps a ratio that is allowed", () => {
  for (let w = 1; w < 9000; w += 311) {
    for (let h = 1; h < 9000; h += 277) {
      const near = c.nearestSize(wide.size, w, h)
      assert.equal(c.sizeProblem(wide.size, near.width, near.height), null, `${w} × ${h} → ${near.width} × ${near.height}`)
    }
  }
  const near = c.nearestSize(wide.size, 800, 450)
  assert.ok(Math.abs(near.width / near.height - 16 / 9) < 0.02, `${near.width} × ${near.height}`)
  assert.deepEqual(c.nearestSize(wide.size, "", 0), { width: 1024, height: 1024 })
})

test("a field is set by the control that suits its range", () => {
  const by = Object.fromEntries([...wide.fields, ...seeded.fields].map((f) => [f.name, c.control(f)]))
  assert.deepEqual(by, { scale: "slider", min_ratio: "number", seed: "seed", use_pre_llm: "switch" })
})

test("values are judged by the field's range", () => {
  const [scale, minRatio] = wide.fields
  const [seed] = seeded.fields
  assert.equal(c.fieldProblem(scale, undefined), null)
  assert.equal(c.fieldProblem(scale, 1), null)
  assert.equal(c.fieldProblem(scale, 1.01).key, "field.range")
  assert.equal(c.fieldProblem(minRatio, 16).key, "field.range", "the upper end is excluded")
  assert.equal(c.fieldProblem(seed, 1.5).key, "field.whole")
  assert.equal(c.fieldProblem(seed, -1).key, "field.range")
  assert.equal(c.fieldProblem(seed, "x").key, "field.number")
})

test("the body has only what the model takes and what differs from its defaults", () => {
  const values = { wide: { scale: 0.5, min_ratio: 1 }, seeded: { seed: 7 } }
  assert.deepEqual(c.requestBody(wide, form({ prompt: "  a fox ", values })),
    { prompt: "a fox", model: "wide", width: 2048, height: 2048, count: 1 })
  const auto = form({ values, set: true, size: c.pickRatio(wide, form().size, "auto") })
  assert.deepEqual(c.requestBody(wide, auto),
    { prompt: "a fox", model: "wide", size: 2048 * 2048, coherent_set: true, min_ratio: 1 })
  assert.deepEqual(c.requestBody(seeded, { ...c.fitForm(form({ values }), seeded) }),
    { prompt: "a fox", model: "seeded", width: 2048, height: 2048, count: 1, seed: 7 })
})

test("a prompt is counted in characters, not in bytes or code units", () => {
  assert.deepEqual(c.problems(wide, form({ prompt: "🦊🦊🦊🦊🦊星空星空星" })), {})
  assert.deepEqual(c.problems(wide, form({ prompt: "🦊🦊🦊🦊🦊星空星空星空" })).prompt, { key: "prompt.long", args: { n: 1 } })
  assert.equal(c.problems(wide, form({ prompt: "  \n" })).prompt.key, "prompt.empty")
})

test("a wrong custom size keeps the form from being sent", () => {
  assert.equal(c.problems(wide, form({ size: custom(10, 10) })).size.key, "size.small")
})

test("recall fills the whole form", () => {
  const task = { model: "seeded", prompt: "tea", params: { width: 1440, height: 2560, count: 2, seed: 7, use_pre_llm: false } }
  const { form: f, lost } = c.recall(catalog, form(), task)
  assert.deepEqual(lost, [])
  assert.deepEqual([f.prompt, f.model, f.count, f.size.ratio], ["tea", "seeded", 2, "9:16"])
  assert.deepEqual(f.values.seeded, { seed: 7, use_pre_llm: false })
})

test("recall names what the model in the form cannot take", () => {
  const task = { model: "gone", prompt: "tea", params: { width: 10, height: 10, count: 6, seed: 7, scale: 0.4 } }
  const { form: f, lost } = c.recall(catalog, form(), task)
  assert.deepEqual(lost, ["model", "seed", "count", "size"])
  assert.equal(f.model, "wide")
  assert.deepEqual(f.values.wide, { scale: 0.4 })
  assert.deepEqual([f.size.width, f.size.height], [2048, 2048])
})

test("recall of an area finds the tier again", () => {
  const { form: f } = c.recall(catalog, form(), { model: "wide", prompt: "tea", params: { size: 2048 * 2048, coherent_set: true } })
  assert.deepEqual([f.size.mode, f.size.tier, f.set], ["auto", "2K", true])
})
