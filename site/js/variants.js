// One prompt with several models and shapes. Pure.

import { findModel, fitForm, pickRatio, requestBody } from "./catalog.js"

// variants are the forms of an order: the form itself, then it with each of the other models
// and each of the other shapes.
export function variants(catalog, form, { models, ratios }) {
  const own = findModel(catalog, form.model)
  const others = models.filter((id) => id !== form.model).map((id) => fitForm(form, findModel(catalog, id)))
  const shapes = ratios.map((name) => ({ ...form, size: pickRatio(own, form.size, name) }))
    .filter(({ size }) => size.width !== form.size.width || size.height !== form.size.height)
  return [form, ...others, ...shapes]
}

// orderBody is the body of POST /api/v1/generate/many.
export function orderBody(catalog, forms, everyChoice) {
  const bodies = forms.map((form) => requestBody(findModel(catalog, form.model), form))
  const order = { prompt: bodies[0].prompt, variants: bodies.map(({ prompt, ...rest }) => rest) }
  return everyChoice ? { ...order, every_choice: true } : order
}

// hasChoices tells whether a prompt has something like {red|green}.
export const hasChoices = (prompt) => /[{｛][^]*[|｜][^]*[}｝]/.test(prompt)
