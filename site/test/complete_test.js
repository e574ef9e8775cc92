import assert from "node:assert/strict"
import { test } from "node:test"
import { choicesIn, offers, taken, typedAt } from "../js/complete.js"

const template = (name, placeholders, tags = []) => ({ name, tags, description: "", placeholders })
const known = {
  sent: ["a {red|white} fox in {snow|{light |heavy }rain}", "a \\{no|choice} and {{person}} and {plain}"],
  templates: [template("Film portrait", [{ name: "person", default: "a sailor" }, { name: "light", default: "{dawn|dusk}" }], ["photo"]), template("Logo", [{ name: "brand", default: "" }])],
}

test("a slash that begins the prompt asks for a template, one within it does not", () => {
  assert.deepEqual(typedAt("/film", 5), { kind: "template", word: "film", from: 0 })
  assert.equal(typedAt("a/b", 3), null)
  assert.equal(typedAt("/film", 2), null, "the caret stands within")
})

test("a brace asks for a choice, two for a value, until it closes or has a bar", () => {
  assert.deepEqual(typedAt("a {re fox", 5), { kind: "choice", word: "re", from: 2 })
  assert.deepEqual(typedAt("a {{per", 7), { kind: "value", word: "per", from: 2 })
  for (const text of ["a {red}", "a {red|", "a \\{re", "a fox"]) assert.equal(typedAt(text, text.length), null, text)
})

test("choices are found whole, nested ones with what they stand in, each once", () => {
  assert.deepEqual(choicesIn([...known.sent, known.sent[0]]), ["{red|white}", "{snow|{light |heavy }rain}"])
})

test("offers fit the word, from the prompts that were sent and from templates", () => {
  assert.deepEqual(offers({ kind: "template", word: "PHOTO" }, known).map((o) => o.name), ["Film portrait"])
  assert.deepEqual(offers({ kind: "choice", word: "" }, known).map((o) => o.text), ["{red|white}", "{snow|{light |heavy }rain}", "{dawn|dusk}"])
  assert.deepEqual(offers({ kind: "choice", word: "dus" }, known).map((o) => o.text), ["{dawn|dusk}"])
  assert.deepEqual(offers({ kind: "value", word: "per" }, known), [{ name: "person", about: "a sailor", text: "a sailor" }])
  assert.deepEqual(offers({ kind: "value", word: "brand" }, known), [], "without a default there is nothing to offer")
})

test("an offer takes the place of the word and of a brace that was closed already", () => {
  const text = "a {re} fox"
  assert.deepEqual(taken(text, 5, typedAt(text, 5), { text: "{red|white}" }), { text: "a {red|white} fox", caret: 13 })
})
