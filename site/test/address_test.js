import assert from "node:assert/strict"
import { test } from "node:test"
import { addressOf, pictureIn } from "../js/address.js"

const ID = "01M850AYHZNN2Z2MRHFPERD967"

test("an address names a picture, and leads back to it", () => {
  assert.equal(addressOf(`${ID}/2`), `#task/${ID}/2`)
  assert.deepEqual(pictureIn(addressOf(`${ID}/2`)), { id: ID, index: 2 })
})

test("an address of a task alone means its first picture", () => {
  assert.deepEqual(pictureIn(`#task/${ID}`), { id: ID, index: 0 })
})

test("what is no address of a picture is none", () => {
  for (const hash of ["", "#library", "#task/", "#task/short/0", `#task/${ID}/x`, `#task/${ID}/1/2`, `#task/${ID}/9999`, `x#task/${ID}`]) {
    assert.equal(pictureIn(hash), null, hash)
  }
})
