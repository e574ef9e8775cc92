import assert from "node:assert/strict"
import { test } from "node:test"
import { bytes, dimensions, duration, money, runes } from "../js/format.js"
import { chooseLanguage, say, translate } from "../js/i18n.js"

const en = { hello: "Hello {name}", n: { one: "{n} picture", other: "{n} pictures" } }

test("words take their arguments, and numbers the language's form", () => {
  assert.equal(translate(en, "en", "hello", { name: "Mia" }), "Hello Mia")
  assert.equal(translate(en, "en", "n", { n: 1 }), "1 picture")
  assert.equal(translate(en, "en", "n", { n: 1200 }), "1,200 pictures")
})

test("a language without plurals needs one form only", () => {
  assert.equal(translate({ n: { other: "{n} 张" } }, "zh-CN", "n", { n: 1 }), "1 张")
})

test("a missing key and a missing argument show themselves", () => {
  assert.equal(translate(en, "en", "nothing.here"), "nothing.here")
  assert.equal(translate(en, "en", "hello", {}), "Hello {name}")
})

test("a text is data: what it holds is not looked up again", () => {
  assert.equal(translate(en, "en", "hello", { name: "{name} $& <b>" }), "Hello {name} $& <b>")
})

test("the browser's first known language is chosen", () => {
  assert.equal(chooseLanguage(["zh-TW", "en"]), "zh-CN")
  assert.equal(chooseLanguage(["fr", "en-GB"]), "en")
  assert.equal(chooseLanguage(["fr"]), "en")
})

test("the API's words come in the page's language, or the other", () => {
  assert.equal(say({ zh: "好", en: "good" }, "zh-CN"), "好")
  assert.equal(say({ en: "good" }, "zh-CN"), "good")
  assert.equal(say(null, "en"), "")
})

test("characters are code points", () => assert.equal(runes("星空🦊a"), 4))

test("times and sizes read as people say them", () => {
  assert.equal(duration(8_400, "en"), "8 sec")
  assert.equal(duration(80_000, "en"), "1 min 20 sec")
  assert.equal(duration(-5, "en"), "0 sec")
  assert.equal(bytes(2_340_000, "en"), "2.3 MB")
  assert.equal(bytes(100_000_000_000, "en"), "100 GB")
  assert.equal(money(220_000, "en"), "¥0.22")
  assert.equal(dimensions(2048, 1024), "2048\u00a0×\u00a01024")
})
