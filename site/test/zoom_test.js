import assert from "node:assert/strict"
import { test } from "node:test"
import * as z from "../js/zoom.js"

const picture = { width: 2000, height: 1000 }
const box = { width: 1000, height: 800 }

test("a large picture is made to fit, a small one is left as it is", () => {
  assert.equal(z.fit(picture, box), 0.5)
  assert.equal(z.fit({ width: 100, height: 100 }, box), 1)
  assert.equal(z.fit({ width: 100, height: 100 }, box, 2), 0.5, "on a dense screen its own size is half as many CSS pixels")
})

test("the point under the pointer stays where it is", () => {
  const point = { x: 200, y: -100 }
  const before = z.fitted(picture, box)
  const after = z.zoomed(before, picture, box, 2, point)
  const under = (view) => [(point.x - view.x) / view.scale, (point.y - view.y) / view.scale]
  assert.deepEqual(under(after), under(before))
})

test("zoom ends where all is seen, and at eight times the picture's pixels", () => {
  const view = z.fitted(picture, box)
  assert.equal(z.zoomed(view, picture, box, 0.01).scale, 0.5)
  assert.equal(z.zoomed(view, picture, box, 100).scale, 8)
})

test("a picture cannot be pushed out of its place", () => {
  const view = z.zoomed(z.fitted(picture, box), picture, box, 1)
  assert.equal(z.moved(view, picture, box, 9999, 9999).x, 500)
  assert.equal(z.moved(view, picture, box, 9999, 9999).y, 100)
  assert.equal(z.moved(z.fitted(picture, box), picture, box, 50, 50).x, 0)
})

test("whether all is seen is told at any scale", () => {
  assert.ok(z.isFit(z.fitted(picture, box), picture, box, 1))
  assert.ok(!z.isFit({ scale: 0.6, x: 0, y: 0 }, picture, box, 1))
})
