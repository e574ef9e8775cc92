// A card that is dragged along its strip, by mouse or finger.

const LEAST_PX = 8 // nearer, it is a click
const EDGE_PX = 48, SCROLL_PX = 12 // so near to an edge the strip scrolls, by so much a frame

const middle = (card) => {
  const { left, width } = card.getBoundingClientRect()
  return left + width / 2
}

// drag moves a card with the pointer and shows between which of the others it would go. drop
// is told behind how many of them.
export function drag(event, card, others, drop) {
  const strip = card.parentElement
  const from = event.clientX + strip.scrollLeft
  const over = new AbortController()
  let x = event.clientX
  let at = -1 // where it would go; before it has moved, nowhere

  const follow = () => {
    if (at < 0 && Math.abs(x + strip.scrollLeft - from) < LEAST_PX) return
    const { left, right } = strip.getBoundingClientRect()
    if (at >= 0 && x < left + EDGE_PX) strip.scrollLeft -= SCROLL_PX
    else if (at >= 0 && x > right - EDGE_PX) strip.scrollLeft += SCROLL_PX
    strip.classList.add("is-moving")
    card.classList.add("is-moved")
    card.style.translate = `${x + strip.scrollLeft - from}px`
    at = others.filter((c) => middle(c) < x).length
    for (const [i, c] of others.entries()) {
      c.classList.toggle("has-gap", i === at)
      c.classList.toggle("has-gap-behind", at === others.length && i === at - 1)
    }
  }
  const draw = () => {
    if (over.signal.aborted) return
    follow()
    requestAnimationFrame(draw)
  }
  const end = () => {
    over.abort()
    strip.classList.remove("is-moving")
    card.classList.remove("is-moved")
    card.style.translate = ""
    for (const c of others) c.classList.remove("has-gap", "has-gap-behind")
  }
  const on = (type, does) => addEventListener(type, does, { signal: over.signal, capture: true })
  on("pointermove", (e) => { x = e.clientX })
  on("pointercancel", end)
  on("keydown", (e) => {
    if (e.key !== "Escape") return
    e.stopPropagation()
    end()
  })
  on("pointerup", () => {
    follow()
    end()
    if (at < 0) return
    const click = (e) => e.stopPropagation() // where it was let go
    addEventListener("click", click, { capture: true })
    setTimeout(() => removeEventListener("click", click, { capture: true }))
    drop(at)
  })
  requestAnimationFrame(draw)
}
