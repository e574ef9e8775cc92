// How a picture lies in the full view: {scale, x, y}, the scale in CSS pixels for each pixel
// of the picture, x and y the way of its middle from the middle of the box. Pure.

export const MOST = 8 // times the picture's own size

// fit is the scale at which all of the picture is seen; small ones are not enlarged.
export const fit = (picture, box, ratio = 1) =>
  Math.min(box.width / picture.width, box.height / picture.height, 1 / ratio)

export const fitted = (picture, box, ratio) => ({ scale: fit(picture, box, ratio), x: 0, y: 0 })

// zoomed changes the scale and keeps the point (from the box's middle) where it is.
export function zoomed(view, picture, box, scale, point = { x: 0, y: 0 }, ratio = 1) {
  const least = fit(picture, box, ratio)
  const next = Math.min(Math.max(scale, least), MOST / ratio)
  const by = next / view.scale
  return held({ scale: next, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by }, picture, box)
}

export const moved = (view, picture, box, dx, dy) => held({ ...view, x: view.x + dx, y: view.y + dy }, picture, box)

// held keeps the picture's edges outside the box, or the picture in its middle where it is smaller.
export function held(view, picture, box) {
  const room = (size, space) => Math.max(0, (size * view.scale - space) / 2)
  const clamp = (at, most) => Math.min(Math.max(at, -most), most)
  return { ...view, x: clamp(view.x, room(picture.width, box.width)), y: clamp(view.y, room(picture.height, box.height)) }
}

// isFit tells whether the whole picture is seen.
export const isFit = (view, picture, box, ratio) => view.scale <= fit(picture, box, ratio) * 1.001
