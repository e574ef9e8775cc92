import assert from "node:assert/strict"
import { test } from "node:test"
import { hasChoices, orderBody, variants } from "../js/variants.js"

const presets = [
  { ratio: "1:1", tier: "1K", width: 1024, height: 1024 }, { ratio: "16:9", tier: "1K", width: 1280, height: 720 },
]
const model = (id, max) => ({
  id, fields: [], coherent_set: null, count: { min: 1, max }, prompt: { max_runes: 800 },
  size: { presets, default: presets[0], min_area: 1, max_area: 9e9, min_ratio: 0.1, max_ratio: 10 },
})
const catalog = { default_model: "a", items: [model("a", 4), model("b", 2)] }
const form = { prompt: " fox ", model: "a", count: 3, set: false, values: {}, size: { mode: "preset", ...presets[0] } }

test("other models and other shapes stand behind the form itself, each as it can", () => {
  const all = variants(catalog, form, { models: ["b", "a"], ratios: ["16:9", "1:1"] })
  assert.deepEqual(all.map((f) => [f.model, f.count, f.size.ratio]), [["a", 3, "1:1"], ["b", 2, "1:1"], ["a", 3, "16:9"]])
})

test("an order has the prompt once, and a field that says nothing not at all", () => {
  assert.deepEqual(orderBody(catalog, variants(catalog, form, { models: [], ratios: ["16:9"] }), false), {
    prompt: "fox", variants: [{ model: "a", width: 1024, height: 1024, count: 3 }, { model: "a", width: 1280, height: 720, count: 3 }],
  })
  assert.equal(orderBody(catalog, [form], true).every_choice, true)
})

test("choices are seen in braces of either width", () => {
  assert.deepEqual(["a {red|white} fox", "｛红｜白｝", "{red}", "a | b"].map(hasChoices), [true, true, false, false])
})
