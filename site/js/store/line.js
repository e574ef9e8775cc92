// The order in which one's own tasks wait, as a person puts it.

import { drag } from "../components/drag.js"
import { placeInLine } from "../estimate.js"
import { back, moved, steps } from "../line.js"

const GLIDE_MS = 320

export const createLine = ({ api, store }) => ({
  last: Promise.resolve(), // what the service is being told
  note: null, // the message of the last move: {id, was, toast}

  ids() { return store("tasks").line.map((x) => x.task_id) },

  // grab follows a card that is dragged.
  grab(event, x) {
    const ids = this.ids()
    const strip = document.getElementById("strip")
    const cards = [...strip.children].filter((c) => ids.includes(c.dataset.task))
    const card = cards.find((c) => c.dataset.task === x.task_id)
    const others = cards.filter((c) => c !== card)
    drag(event, card, others, (at) => this.put(x.task_id, others.length - at)) // the next to begin is the last in sight
  },

  // shift moves a task so many places ahead.
  shift(x, by) {
    const ids = this.ids()
    this.put(x.task_id, Math.min(Math.max(ids.indexOf(x.task_id) - by, 0), ids.length - 1))
  },

  // put gives a task another place: shown at once, the service is told meanwhile. Moves of one
  // task are taken back together, as long as their message is there.
  put(id, to) {
    const ids = this.ids()
    if (!ids.includes(id)) return // begun meanwhile
    const { toasts, app } = { toasts: store("toasts"), app: store("app") }
    const again = this.note?.id === id && toasts.find(this.note.toast)
    const was = again ? this.note.was : ids
    this.move(ids, id, to)
    if (this.note) toasts.drop(this.note.toast)
    this.note = { id, was, toast: toasts.add({ text: this.placeOf(id), action: app.t("action.undo"), act: () => this.undo(id, was) }) }
  },

  undo(id, was) {
    const ids = this.ids()
    if (!ids.includes(id)) return
    this.move(ids, id, back(ids, id, was))
    store("toasts").announce(this.placeOf(id))
  },

  placeOf(id) {
    const tasks = store("tasks")
    const n = placeInLine(tasks.list, tasks.find(id))
    return store("app").t(n > 0 ? "line.behind" : "line.first", { n })
  },

  move(ids, id, to) {
    const orders = steps(ids, id, to)
    if (orders.length === 0) return
    this.show(moved(ids, id, to))
    this.tell(orders, ids)
  },

  // show gives the places that there are to tasks in an order.
  show(ids) {
    const tasks = store("tasks")
    const places = tasks.line.map((x) => x.progress.queued_at)
    ids.forEach((id, i) => { tasks.find(id).progress.queued_at = places[i] })
    this.lineUp()
  },

  // tell asks the service for one order after the other; once it has them all, its word counts.
  tell(orders, was) {
    const tasks = store("tasks")
    tasks.moving++
    this.last = this.last.then(async () => {
      try {
        for (const ids of orders) await api.order(ids)
      } catch (err) {
        store("toasts").problem(err)
        this.show(was.filter((id) => this.ids().includes(id)))
      }
      if (--tasks.moving > 0) return
      for (const x of tasks.line) x.version = 0
      await tasks.poll()
      this.lineUp()
    })
  },

  // lineUp shows the cards that wait as they stand in line, the next to begin last. Only a
  // person's own move does that: it keeps the focus, and the cards glide.
  lineUp() {
    const tasks = store("tasks")
    const line = this.ids()
    const waits = new Set(line)
    const next = tasks.list.map((x) => (waits.has(x.task_id) ? tasks.find(line.pop()) : x))
    if (next.every((x, i) => x.task_id === tasks.list[i].task_id)) return
    const focus = document.activeElement
    const cards = [...document.getElementById("strip").children].map((card) => ({ card, left: card.offsetLeft }))
    tasks.list = next
    setTimeout(() => { // once they are drawn
      if (focus.isConnected) focus.focus()
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return
      for (const { card, left } of cards) {
        const by = left - card.offsetLeft
        if (by !== 0) card.animate({ translate: [`${by}px`, "0"] }, { duration: GLIDE_MS, easing: "cubic-bezier(0.2, 0, 0, 1)" })
      }
    })
  },
})
