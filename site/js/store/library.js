// What is kept: tasks that are over, newest first, and the part of them that is in sight.

import { Unreachable } from "../api.js"
import { inSight, layRows } from "../layout.js"
import { NO_FILTER } from "../query.js"
import { keep, kept } from "../session.js"
import * as task from "../task.js"

const COUNTED_MS = 1_500 // a new task counts once it is in the index
const FIRST_PAGE = 60, PAGE = 100
const MOST_AT_ONCE = 2_000 // tasks read again to come back to a place far down
const SEARCH_PAUSE_MS = 150
const FRESHEN_PAUSE_MS = 30_000 // between two requests for new links of the same task
const REVISIT_MS = 30_000 // a list younger than this is not read again
const AHEAD = 1 // windows above and below that are drawn too
const MOST_NEW = 16 // tiles drawn anew at once; more take more than a frame on a slow machine
const ROWS = { small: 132, medium: 208, large: 320 } // height of a row, px
const PHONE_ROWS = { small: 92, medium: 132, large: 240 }

export const createLibrary = ({ api, persist, store }) => {
  // Not reactive: there may be ten thousand. `revision` tells those who read them that they changed.
  let tasks = []
  let tiles = []
  let places = new Map() // index in tiles, by key
  let plan = layRows([], { width: 0, target: 1, gap: 0 })
  let window_ = { top: 0, height: 800 } // what is seen of the grid, px from its upper edge
  let round = 0 // of the filter: answers to an older one are dropped
  let askedAt = 0
  let searchTimer = 0
  const freshened = new Map()

  return {
    revision: 0,
    size: 0, // tiles in all, as far as read
    sight: [], // tiles that are drawn
    height: 0, // of the grid, px
    width: 0,
    at: "", // the tile that Tab comes to
    hovered: null,
    cursor: "",
    place: {}, // what the place one is in asks for: favourites, a folder, the bin
    filter: { ...NO_FILTER },
    counts: null, // {status, tags, favourites} of all that is kept
    loading: false,
    loaded: false, // the first page is here
    whole: false, // it is of all that is kept: nothing narrowed what was asked for
    failed: false,
    hidden: [], // ids that are being deleted and can still be brought back
    tileSize: persist("medium").as("tile-size"),
    wasUntouched: persist(null).as("untouched"), // what the first drawing goes by, before the answer is here

    get plan() { return this.revision >= 0 && plan },
    get tiles() { return this.revision >= 0 ? tiles : [] },
    get pictures() { return this.tiles.filter((t) => t.kind === "picture") },
    get tasks() { return this.revision >= 0 ? tasks : [] },
    get filtered() {
      const { order, ...narrows } = this.filter
      return Object.values(narrows).some(Boolean)
    },
    get tags() { return Object.keys(this.counts?.tags ?? {}).sort() },
    get more() { return this.cursor !== "" },
    // kept is how many tasks there are in all, the bin left out: 0 for unknown.
    get kept() { return Object.values(this.counts?.status ?? {}).reduce((sum, n) => sum + n, 0) },
    // total is how many there are of what is asked for, where they are counted: 0 for unknown.
    get total() {
      const { order, ...filter } = this.filter, { counts, place } = this
      const narrows = Object.entries({ ...place, ...filter }).filter(([, value]) => value)
      if (!counts || narrows.length > 1) return 0
      const [[name, value]] = [...narrows, ["", ""]]
      const sums = { favourite: counts.favourites, bin: counts.bin, folder: counts.folders[value], tag: counts.tags[value], status: counts.status[value] }
      return (name ? sums[name] : this.kept) ?? 0
    },
    get empty() { return this.loaded && !this.loading && this.size === 0 && !this.more },
    // untouched: nothing was made here yet, so the page shows how to begin.
    get untouched() {
      if (!this.loaded) return Boolean(this.wasUntouched) && store("tasks").visible.length === 0
      return this.empty && this.whole && !this.filtered && !this.inside && store("tasks").visible.length === 0
    },
    // unknown: a first visit, and no answer yet. Drawing nothing is better than drawing the wrong thing.
    get unknown() { return !this.loaded && !this.failed && this.wasUntouched === null && store("app").reachable },
    get inside() { return Object.keys(this.place).length > 0 },
    get shown() { return this.loaded && !this.untouched && (this.size > 0 || !this.whole || this.filtered || this.inside) },

    find(key) { return this.revision >= 0 ? tiles[places.get(key)] ?? null : null },
    indexOf(key) { return places.get(key) ?? -1 },

    // resume rebuilds the page from the service: what runs, and the newest of what is kept.
    async resume() {
      try {
        const [active] = await Promise.all([api.history({ status: "active", limit: 100 }), this.reload(true)])
        store("tasks").add(active.items)
        store("tasks").poll()
      } catch (err) {
        store("toasts").problem(err)
      }
      store("app").measure()
      this.count()
    },

    async count() {
      try {
        this.counts = await api.counts()
      } catch {
        // the numbers are left out
      }
    },

    // recount counts now and again once the index has what was changed.
    recount() {
      this.count()
      setTimeout(() => this.count(), COUNTED_MS)
    },

    // go shows another place of the library.
    go(place, filter) {
      this.place = place
      this.filter = { ...NO_FILTER, ...filter }
      store("selection").clear()
      if (this.loaded) this.refilter()
    },

    revisit() {
      if (Date.now() - askedAt > REVISIT_MS) this.resume()
    },

    query(cursor, limit) { return { limit, cursor, ...this.place, ...this.filter, q: this.filter.q.trim() } },

    // ordered: a folder is shown in its own order.
    get ordered() { return Boolean(this.place.folder) && !this.filtered && !this.filter.order },

    read(cursor, limit) {
      return this.ordered ? api.inFolder(this.place.folder, { limit, cursor }) : api.history(this.query(cursor, limit))
    },

    // reload reads the first page anew; what is shown stays until it is there. The first
    // time it reads on to where the person was when the page was closed.
    async reload(begin = false) {
      const mine = ++round
      const place = begin && !this.loaded ? kept("place") : null
      const whole = !this.filtered && !this.inside
      this.loading = true
      this.failed = false
      try {
        let page = await this.read("", FIRST_PAGE)
        const items = [...page.items]
        while (page.next_cursor && items.length < Math.min(place?.tasks ?? 0, MOST_AT_ONCE)) {
          page = await this.read(page.next_cursor, PAGE)
          items.push(...page.items)
        }
        if (mine !== round) return
        tasks = this.known(items)
        this.cursor = page.next_cursor ?? ""
        this.loaded = true
        this.whole = whole
        askedAt = Date.now()
        this.refresh()
        if (place?.top) requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, place.top)))
      } catch (err) {
        if (mine === round) this.failed = true
        if (!(err instanceof Unreachable)) throw err
      } finally {
        if (mine === round) this.loading = false
      }
    },

    async loadMore() {
      if (this.loading || !this.more) return
      const mine = round
      this.loading = true
      this.failed = false
      try {
        const page = await this.read(this.cursor, PAGE)
        if (mine !== round) return
        const have = new Set(tasks.map((x) => x.task_id))
        const more = this.known(page.items).filter((x) => !have.has(x.task_id))
        tasks = [...tasks, ...more]
        this.cursor = page.next_cursor ?? ""
        this.loading = false
        this.append(more)
      } catch (err) {
        if (mine !== round) return
        this.failed = true
        store("toasts").problem(err)
      } finally {
        if (mine === round) this.loading = false
      }
    },

    // known leaves out what runs, and keeps links that still live.
    known(items) {
      const now = Date.now() + store("app").offset
      const old = new Map(tasks.map((x) => [x.task_id, x]))
      return items.filter((x) => !task.active(x)).map((x) => Object.freeze(task.merge(old.get(x.task_id), x, now)))
    },

    // append adds the tiles of tasks that come after all others: nothing before them changes.
    append(more) {
      const held = (x) => this.hidden.includes(x.task_id) || store("tasks").holds(x.task_id)
      for (const t of task.tiles(more.filter((x) => !held(x)))) {
        places.set(t.key, tiles.length)
        tiles.push(Object.freeze({ ...t, index: tiles.length }))
      }
      this.size = tiles.length
      this.lay()
    },

    // refresh makes the tiles of the tasks anew and lays them out.
    refresh() {
      const away = new Set([...this.hidden, ...store("tasks").list.map((x) => x.task_id)])
      tiles = task.tiles(tasks.filter((x) => !away.has(x.task_id))).map((t, index) => Object.freeze({ ...t, index }))
      places = new Map(tiles.map((t, i) => [t.key, i]))
      this.size = tiles.length
      this.revision++
      this.lay()
    },

    // lay puts the tiles into rows and keeps in its place what is looked at.
    lay() {
      const anchor = this.anchor()
      const phone = matchMedia("(max-width: 47.99rem)").matches
      const target = (phone ? PHONE_ROWS : ROWS)[this.tileSize] ?? ROWS.medium
      plan = layRows(tiles, { width: this.width, target, gap: phone ? 4 : 8 })
      this.height = Math.ceil(plan.height)
      this.revision++
      const at = anchor && places.get(anchor.key)
      if (at !== undefined && at !== null) {
        const by = this.rowOf(at).y - anchor.y
        window_ = { ...window_, top: window_.top + by }
        if (Math.abs(by) >= 1) requestAnimationFrame(() => scrollBy(0, by))
      }
      this.look()
    },

    // anchor is the first tile that is wholly in sight, where the grid's beginning is not.
    anchor() {
      if (window_.top <= 0 || plan.rows.length === 0) return null
      const [first] = inSight(plan.rows, window_.top, window_.top)
      const row = plan.rows[Math.min(first + 1, plan.rows.length - 1)]
      return { key: this.sight.find((t) => t.index === row.from)?.key ?? "", y: row.y }
    },

    rowOf(i) { return plan.rows.find((row) => i < row.to) },

    // look draws what is in sight, and reads on where the end is near. New tiles are drawn some at
    // a time, those that are seen before those ahead, so that no frame waits long for them.
    look() {
      const { top, height } = window_
      const [first, end] = inSight(plan.rows, top - height * AHEAD, top + height * (1 + AHEAD))
      const [seen, unseen] = inSight(plan.rows, top, top + height)
      const before = new Map(this.sight.map((t) => [t.key, t]))
      const sight = []
      let fresh = 0
      for (const row of [...plan.rows.slice(seen, unseen), ...plan.rows.slice(unseen, end), ...plan.rows.slice(first, seen)]) {
        for (let i = row.from; i < row.to; i++) {
          if (before.has(tiles[i].key) || ++fresh <= MOST_NEW) sight.push(this.placed(i, row, before))
        }
      }
      if (fresh > MOST_NEW) requestAnimationFrame(() => this.look())
      // The tile with the focus stays, wherever it is.
      const kept_ = plan.rows.length > 0 ? places.get(this.at) : undefined
      if (kept_ !== undefined && !sight.some((t) => t.key === this.at)) sight.push(this.placed(kept_, this.rowOf(kept_), before))
      this.sight = sight.sort((a, b) => a.index - b.index)
      if (!places.has(this.at)) this.at = tiles[0]?.key ?? ""
      if (this.hovered) this.hovered = sight.find((t) => t.key === this.hovered.key) ?? null
      if (this.more && !this.loading && !this.failed && top + height * 2.5 > plan.height) this.loadMore()
    },

    // placed is a tile with its box; the same object as before where nothing changed.
    placed(i, row, before) {
      const tile = tiles[i]
      const box = { transform: `translate(${px(plan.x[i])}, ${px(row.y)})`, width: px(plan.w[i]), height: px(row.h) }
      const was = before.get(tile.key)
      const same = was && was.task === tile.task && was.index === i && was.box.transform === box.transform && was.box.width === box.width
      return same ? was : Object.freeze({ ...tile, box: Object.freeze(box) })
    },

    // seen is told what part of the grid is seen.
    seen(top, height) {
      window_ = { top, height }
      this.look()
    },

    measure(width) {
      if (width === 0 || width === this.width) return
      this.width = width
      this.lay()
    },

    resize(name) {
      this.tileSize = name
      this.lay()
    },

    // remember notes where the person is, for the next time.
    remember() {
      keep("place", { top: Math.round(scrollY), tasks: tasks.length })
    },

    search() {
      clearTimeout(searchTimer)
      searchTimer = setTimeout(() => this.refilter(), SEARCH_PAUSE_MS)
    },

    async refilter() {
      clearTimeout(searchTimer)
      try {
        await this.reload()
      } catch (err) {
        store("toasts").problem(err)
      }
    },

    suggest: (text) => api.suggest(text),

    // hasChildren tells whether anything was made from a task.
    async hasChildren(id) {
      try {
        return (await api.history({ parent: id, limit: 1 })).items.length > 0
      } catch {
        return false // the link is left out
      }
    },

    // narrow shows what a filter finds in all of the library.
    narrow(filter) {
      this.filter = { ...NO_FILTER, ...filter }
      if (this.inside) location.hash = "library"
      else this.refilter()
    },

    clearFilter() {
      this.filter = { ...NO_FILTER, order: this.filter.order }
      this.refilter()
    },

    // take adds tasks that have just ended, or come back.
    take(...more) {
      for (const x of more) if (task.matches(x, { ...this.place, ...this.filter })) tasks = task.place(tasks, Object.freeze(x))
      this.refresh()
    },

    // change says something of tasks that the service has been told already.
    change(ids, what) {
      const changed = new Set(ids), asked = { ...this.place, ...this.filter }
      tasks = tasks.flatMap((x) => {
        if (!changed.has(x.task_id)) return [x]
        const now = Object.freeze({ ...x, ...what(x) })
        // Words in the search box mean more than can be told here: what did not match before says nothing.
        return task.matches(now, asked) || !task.matches(x, asked) ? [now] : []
      })
      this.refresh()
    },

    // shift moves a task by so many places in the folder that is shown.
    shift(id, by) {
      const ids = tasks.map((x) => x.task_id)
      const to = Math.min(Math.max(ids.indexOf(id) + by, 0), ids.length - 1)
      return ids[to] === id ? null : store("shelves").arrange(id, ids[by > 0 ? to + 1 : to] ?? null)
    },

    reorder(ids) {
      const at = new Map(ids.map((id, i) => [id, i]))
      tasks = [...tasks].sort((a, b) => at.get(a.task_id) - at.get(b.task_id))
      this.refresh()
    },

    forget(...ids) {
      tasks = tasks.filter((x) => !ids.includes(x.task_id))
      this.refresh()
    },

    // hide takes tasks out of sight while it is not yet known whether they go.
    hide(ids) {
      this.hidden = [...this.hidden, ...ids]
      this.refresh()
    },

    unhide(...ids) {
      this.hidden = this.hidden.filter((h) => !ids.includes(h))
      this.refresh()
    },

    // mark says something of a task: shown at once, taken back where the service refuses.
    async mark(x, change) {
      const put = (next) => {
        tasks = tasks.map((old) => (old.task_id === x.task_id ? Object.freeze({ ...old, ...next }) : old))
        this.refresh()
      }
      put(change)
      try {
        const { favourite, tags, note = "", folder = "", version } = await api.mark(x.task_id, change)
        put({ favourite, tags, note, folder, version })
        this.recount()
      } catch (err) {
        put({ favourite: x.favourite, tags: x.tags, note: x.note, folder: x.folder })
        store("toasts").problem(err)
      }
    },

    // freshen asks for new links of a task whose own have ended. It answers whether it asked.
    async freshen(id) {
      const now = Date.now()
      if (now - (freshened.get(id) ?? 0) < FRESHEN_PAUSE_MS) return false
      freshened.set(id, now)
      try {
        const items = await api.tasks([id])
        if (items[0]) tasks = tasks.map((x) => (x.task_id === id ? Object.freeze(items[0]) : x))
        store("tasks").apply(items)
        this.refresh()
        return items.length > 0
      } catch {
        return false
      }
    },
  }
}

const px = (n) => `${Math.round(n * 100) / 100}px`
